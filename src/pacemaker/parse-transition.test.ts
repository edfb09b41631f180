import { expect, test } from "bun:test";
import { parseTransition } from "./parse-transition.ts";

const wrap = (actions: string): string =>
  `<pacemaker-result><cluster_status/>${actions}<status code="0" message="OK"/></pacemaker-result>`;

test("actions of every kind, as crm_simulate writes them", () => {
  const { actions, fenced, scores } = parseTransition(
    wrap(`<actions>
      <node_action task="Fence (reboot)" node="n4" reason="peer is no longer part of the cluster"/>
      <node_action task="Fence (on)" node="n5" reason="required by x"/>
      <rsc_action action="start" resource="a" node="n1"/>
      <rsc_action action="stop" resource="b" node="n1" reason="node availability" blocked="true"/>
      <rsc_action action="migrate" resource="c" source="n1" dest="n2"/>
      <rsc_action action="move" resource="d" role="Promoted" source="n1" next-role="Started" dest="n2"/>
      <rsc_action action="restart" resource="e" source="n1" reason="resource definition change"/>
      <rsc_action action="recover" resource="f" node="n1"/>
      <rsc_action action="recover" resource="g" source="n1" dest="n2"/>
      <rsc_action action="reload" resource="h" source="n1"/>
      <rsc_action action="promote" resource="i" role="Stopped" next-role="Promoted" dest="n1"/>
      <rsc_action action="promote" resource="j" role="Unpromoted" next-role="Promoted" source="n1"/>
      <rsc_action action="demote" resource="k" role="Promoted" next-role="Unpromoted" source="n1"/>
    </actions>`),
  );
  expect(fenced).toEqual([{ node: "n4", reason: "peer is no longer part of the cluster" }]);
  expect(actions).toEqual([
    { kind: "start", resource: "a", to: "n1" },
    { kind: "stop", resource: "b", from: "n1", reason: "node availability", blocked: true },
    { kind: "migrate", resource: "c", from: "n1", to: "n2" },
    { kind: "move", resource: "d", from: "n1", to: "n2" },
    { kind: "restart", resource: "e", from: "n1", to: "n1", reason: "resource definition change" },
    { kind: "recover", resource: "f", from: "n1", to: "n1" },
    { kind: "recover", resource: "g", from: "n1", to: "n2" },
    { kind: "reload", resource: "h", from: "n1", to: "n1" },
    { kind: "promote", resource: "i", to: "n1" },
    { kind: "promote", resource: "j", from: "n1", to: "n1" },
    { kind: "demote", resource: "k", from: "n1", to: "n1" },
  ]);
  expect(scores).toBeUndefined();
});

test("scores, the last one of a resource and node counts", () => {
  const { scores } = parseTransition(
    wrap(`<allocations>
      <node_weight function="f" node="n1" score="0" id="a"/><node_weight function="f" node="n1" score="-INFINITY" id="a"/>
      <node_weight function="f" node="n2" score="1000" id="a"/></allocations><actions/>`),
  );
  expect(scores?.get("a")).toEqual(
    new Map([
      ["n1", Number.NEGATIVE_INFINITY],
      ["n2", 1000],
    ]),
  );
});

test("an answer without actions is an error, with its reason", () => {
  const said = `<pacemaker-result><status code="78" message="Invalid configuration"/></pacemaker-result>`;
  expect(() => parseTransition(said)).toThrow("crm_simulate failed: Invalid configuration");
});
