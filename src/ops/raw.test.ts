import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { writeXml } from "../xml/write.ts";
import { rawAdd } from "./raw-add.ts";
import { rawAgentList, rawAgentShow } from "./raw-agents.ts";
import { rawCleanup } from "./raw-cleanup.ts";
import { rawList } from "./raw-list.ts";
import { rawManage } from "./raw-manage.ts";
import { rawRemove } from "./raw-remove.ts";
import { rawShow } from "./raw-show.ts";
import { vmAdd } from "./vm-add.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-raw-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const environment = () => fileEnvironment(file.path);
const add = (text: string, options: { readonly dryRun?: boolean; readonly force?: boolean } = {}) =>
  rawAdd(environment(), { texts: [{ file: "raw.yaml", text }], ...options });
const whole = () => readFileSync(file.path, "utf8");
const element = (id: string) => {
  const found = file.read().byId(id);
  return found === undefined ? undefined : writeXml(found);
};

const everything = `type: tag
id: site
objects: [servers, first-a]
---
type: group
id: front
members: [address, proxy]
meta: {resource-stickiness: 100}
---
type: primitive
id: address
agent: ocf:heartbeat:IPaddr2
params: {ip: 192.0.2.7, cidr_netmask: 24}
---
type: primitive
id: proxy
agent: ocf:pacemaker:Dummy
operations: [{name: monitor, interval: 30s, timeout: 20s, on-fail: restart}]
---
{type: primitive, id: a, agent: "ocf:pacemaker:Dummy", meta: {target-role: Started}, utilization: {memory: 10}}
---
{type: primitive, id: b, agent: "ocf:heartbeat:Dummy"}
---
{type: primitive, id: state, agent: "ocf:pacemaker:Stateful"}
---
{type: clone, id: servers, of: state, promotable: true, meta: {promoted-max: 1}}
---
{type: location, id: near, resource: a, node: node2, score: 50}
---
{type: location, id: reach, resource: b, rule: "not_defined pingd or pingd lt 1", score: -INFINITY}
---
{type: location, id: both, resources: [a, b], rule: "#uname eq node3", score-attribute: weight}
---
{type: colocation, id: beside, resource: a, with: front, score: 100}
---
{type: colocation, id: apart, score: -500, sets: [{resources: [a, b], sequential: false}]}
---
{type: order, id: first-a, first: a, then: b, kind: Optional, symmetrical: false}
---
{type: order, id: in-sets, sets: [{resources: [a, b], sequential: false}, {resources: [front]}]}
`;

const minute = 60_000;

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("crm_resource") === null)("raw", () => {
  beforeEach(() => file.reset());

  test(
    "everything that can be added is added in one change, in any order, and Pacemaker takes it",
    async () => {
      const before = whole();
      const dry = await add(everything, { dryRun: true });
      expect(dry.committed).toBe(false);
      expect(whole()).toBe(before);
      expect(dry.effect).toContain("a starts on node2");
      const { names, committed, plan } = await add(everything);
      expect(committed).toBe(true);
      expect(names).toHaveLength(15);
      expect(plan).toContain("+ primitive address (ocf:heartbeat:IPaddr2)");
      expect(plan).toContain("+ clone servers of state");
      expect(element("front")).toStartWith(
        '<group id="front"><meta_attributes id="front-meta_attributes"><nvpair id="front-meta_attributes-resource-stickiness" name="resource-stickiness" value="100"/></meta_attributes><primitive id="address" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="address-instance_attributes"><nvpair id="address-instance_attributes-ip" name="ip" value="192.0.2.7"/>',
      );
      expect(element("proxy-monitor-30s")).toBe(
        '<op id="proxy-monitor-30s" name="monitor" interval="30s" timeout="20s" on-fail="restart"/>',
      );
      // What the agent suggests, of both roles.
      expect(element("state-monitor-10s")).toContain('timeout="20s"');
      expect(element("state-monitor-11s")).toBeDefined();
      expect(element("reach")).toBe(
        '<rsc_location id="reach" rsc="b"><rule id="reach-rule" score="-INFINITY" boolean-op="or"><expression id="reach-rule-expression" attribute="pingd" operation="not_defined"/><expression id="reach-rule-expression-1" attribute="pingd" operation="lt" value="1"/></rule></rsc_location>',
      );
      expect(element("in-sets")).toBe(
        '<rsc_order id="in-sets"><resource_set id="in-sets-set-0" sequential="false"><resource_ref id="a"/><resource_ref id="b"/></resource_set><resource_set id="in-sets-set-1"><resource_ref id="front"/></resource_set></rsc_order>',
      );
      const { resources, constraints, tags } = await rawList(environment());
      expect(resources.map(({ id }) => id)).toEqual(
        expect.arrayContaining(["front", "address", "proxy", "a", "b", "servers", "state"]),
      );
      expect(resources.find(({ id }) => id === "address")).toMatchObject({
        inside: ["front"],
        instances: [{ state: "stopped", managed: true }],
      });
      expect(constraints.map(({ id }) => id)).toEqual(
        expect.arrayContaining(["near", "reach", "both", "beside", "apart", "first-a", "in-sets"]),
      );
      expect(tags).toEqual([{ id: "site", objects: ["servers", "first-a"] }]);
    },
    5 * minute,
  );

  test(
    "what does not fit is refused, each problem with its place, and nothing is written",
    async () => {
      await vmAdd(environment(), { texts: [{ file: "vm.yaml", text: "name: web\nmemory: 64\n" }] });
      await add("{type: primitive, id: there, agent: 'ocf:pacemaker:Dummy'}\n");
      await add("{type: group, id: held, members: [there]}\n");
      const before = whole();
      const wrong: readonly (readonly [string, string])[] = [
        [
          "type: primitiv\nid: x\n",
          'raw.yaml:1:1: type: expected one of primitive, group, clone, location, colocation, order, tag, found "primitiv" (did you mean primitive?)',
        ],
        [
          "{type: primitive, id: there, agent: 'ocf:pacemaker:Dummy'}",
          "id: expected an id that is not taken, found there, which is there",
        ],
        [
          "{type: primitive, id: vm-x, agent: 'ocf:pacemaker:Dummy'}",
          "id: expected an id that does not begin as Haven's own do",
        ],
        [
          "{type: location, id: vm-web.mine, resource: there, node: node1}",
          "id: expected an id that does not begin as Haven's own do",
        ],
        ["{type: primitive, id: 9x, agent: 'ocf:pacemaker:Dummy'}", "id: expected an id: a letter or _"],
        ["{type: primitive, id: x, agent: Dummy}", "agent: expected an agent such as ocf:heartbeat:IPaddr2"],
        [
          "{type: primitive, id: x, agent: 'ocf:heartbeat:IPadr2'}",
          "agent: expected an agent that is installed on this node (did you mean ocf:heartbeat:IPaddr2?), found ocf:heartbeat:IPadr2",
        ],
        ["{type: primitive, id: x, agent: 'ocf:other:Dummy'}", "installed on this node (did you mean ocf:"],
        [
          "{type: primitive, id: x, agent: 'ocf:haven:Domain'}",
          "agent: expected an agent that is not Haven's: haven vm add",
        ],
        [
          "{type: primitive, id: x, agent: 'ocf:heartbeat:IPaddr2'}",
          "params: expected ip (IPv4 or IPv6 address), which ocf:heartbeat:IPaddr2 needs, found nothing",
        ],
        [
          "{type: primitive, id: x, agent: 'ocf:heartbeat:IPaddr2', params: {ip: 1.2.3.4, nicc: eth0}}",
          "params.nicc: expected a parameter of ocf:heartbeat:IPaddr2 (did you mean nic?), found nicc",
        ],
        [
          "{type: primitive, id: x, agent: 'ocf:heartbeat:IPaddr2', params: {ip: 1.2.3.4, arp_count: many}}",
          "params.arp_count: expected a whole number, found many",
        ],
        [
          "{type: primitive, id: x, agent: 'ocf:pacemaker:Dummy', operations: [{name: monitor, interval: soon}]}",
          "operations[0].interval: expected a time such as 10s",
        ],
        [
          "{type: primitive, id: x, agent: 'ocf:pacemaker:Dummy', colour: red}",
          "colour: expected one of type, id, agent, params, meta, utilization, operations, found an unknown field",
        ],
        [
          "{type: group, id: x, members: [ther]}",
          "members[0]: expected something that is there (did you mean there?), found ther",
        ],
        [
          "{type: group, id: x, members: [there]}",
          "members[0]: expected a primitive that is in no other one, found there, which is in held",
        ],
        [
          "{type: group, id: x, members: [held]}",
          "members[0]: expected a primitive that is in no other one, found held, which is a group",
        ],
        [
          "{type: group, id: x, members: [vm-web]}",
          "members[0]: expected what is not Haven's: haven vm … web, found vm-web",
        ],
        ["{type: group, id: x, members: []}", "members: expected at least one id, found an empty list"],
        ["{type: clone, id: x, of: fence}", "of: expected what is not Haven's: haven fence, found fence"],
        ["{type: clone, id: x, of: nothing}", "of: expected something that is there, found nothing"],
        [
          "{type: location, id: x, resource: vm-web, node: node1}",
          "resource: expected a resource among them that is not Haven's: for these haven vm edit web (placement), found vm-web",
        ],
        [
          "{type: location, id: x, resource: there, node: node9}",
          "node: expected a node: did you mean node1?, found node9",
        ],
        [
          "{type: location, id: x, resource: there, rule: pingd > 1}",
          "rule: expected lt, gt, lte, gte, eq or ne after pingd, found >",
        ],
        ["{type: location, id: x, resource: there}", "expected either node or rule"],
        [
          "{type: location, id: x, resource: there, node: node1, score: lots}",
          "score: expected INFINITY, -INFINITY or a whole number",
        ],
        ["{type: colocation, id: x, resource: there}", "expected either resource and with, or sets"],
        [
          "{type: colocation, id: x, resource: there, with: gone}",
          "with: expected something that is there, found gone",
        ],
        ["{type: order, id: x, first: there}", "expected either first and then, or sets"],
        [
          "{type: order, id: x, first: there, then: held, kind: Strict}",
          "kind: expected one of Mandatory, Optional, Serialize",
        ],
        [
          "{type: order, id: x, sets: [{resources: [there, gone]}]}",
          "sets[0].resources[1]: expected something that is there, found gone",
        ],
        [
          "{type: tag, id: x, objects: [hel]}",
          "objects[0]: expected something that is there (did you mean held?), found hel",
        ],
        ["", "raw.yaml: expected a definition, found nothing"],
      ];
      for (const [text, said] of wrong) {
        const refused = await refusal(add(text));
        expect(refused).toStartWith("raw.invalid: ");
        expect(refused).toContain(said);
      }
      expect(whole()).toBe(before);
    },
    5 * minute,
  );

  test(
    "with force an agent is given what it does not know, and what Pacemaker's schema refuses is refused all the same",
    async () => {
      const text = "{type: primitive, id: x, agent: 'ocf:pacemaker:Dummy', params: {unknown: 1}}";
      expect(await add(text, { force: true })).toMatchObject({ committed: true });
      // A set of an order has a kind, one of a colocation a score, none both.
      const both = "{type: order, id: o, sets: [{resources: [x], score: 1, kind: Optional}]}";
      expect(await refusal(add(both))).toMatch(/^pacemaker\.rejected/);
    },
    5 * minute,
  );

  test(
    "what would hurt a VM that runs is refused without force",
    async () => {
      await vmAdd(environment(), { texts: [{ file: "vm.yaml", text: "name: web\nmemory: 64\n" }] });
      file.runs({ web: { node: 1 } });
      await add(
        "{type: primitive, id: far, agent: 'ocf:pacemaker:Dummy'}\n---\n{type: location, id: l, resource: far, node: node3}\n",
      );
      const beside = "{type: colocation, id: c, resource: vm-web, with: far}";
      expect(await refusal(add(beside))).toMatch(/^vm\.refused: web would migrate live from node1/);
      expect(await add(beside, { force: true })).toMatchObject({ committed: true });
      expect((await rawList(environment())).constraints.map(({ id }) => id)).toEqual(["l", "c"]);
    },
    5 * minute,
  );

  test(
    "what is removed takes along what is of no use without it, and says so",
    async () => {
      await add(everything);
      const { plan, committed } = await rawRemove(environment(), { ids: ["a"], dryRun: true });
      expect(committed).toBe(false);
      expect(plan).toEqual(
        expect.arrayContaining([
          "- primitive a (ocf:pacemaker:Dummy)",
          "- location near, which names nothing else or is of no use without it",
          "- order first-a, which names nothing else or is of no use without it",
          "~ order in-sets: without a",
        ]),
      );
      expect((await rawRemove(environment(), { ids: ["a"] })).committed).toBe(true);
      expect(element("tags")).toBeUndefined();
      expect(element("site")).toBe('<tag id="site"><obj_ref id="servers"/></tag>');
      await rawRemove(environment(), { ids: ["first-a", "reach"].filter((id) => element(id) !== undefined) });
      await rawRemove(environment(), { ids: ["front", "servers", "b"] });
      expect(await rawList(environment())).toEqual({ resources: [], constraints: [], tags: [] });
    },
    5 * minute,
  );

  test(
    "what is Haven's, or is not there, is neither removed, managed, cleaned up nor shown",
    async () => {
      await vmAdd(environment(), { texts: [{ file: "vm.yaml", text: "name: web\nmemory: 64\n" }] });
      await add(
        "{type: primitive, id: mine, agent: 'ocf:pacemaker:Dummy'}\n---\n{type: location, id: l, resource: mine, node: node3}\n",
      );
      const before = whole();
      for (const act of [
        (id: string) => rawRemove(environment(), { ids: [id] }),
        (id: string) => rawManage(environment(), { ids: [id], managed: false }),
        (id: string) => rawCleanup(environment(), { ids: [id] }),
        (id: string) => rawShow(environment(), id),
      ]) {
        expect(await refusal(act("vm-web"))).toBe("raw.refused: vm-web is Haven's own");
        expect(await refusal(act("fence"))).toBe("raw.refused: fence is Haven's own");
        expect(await refusal(act("mne"))).toMatch(/^cib\.not-found: There is no resource/);
      }
      expect(await refusal(rawManage(environment(), { ids: ["l"], managed: false }))).toMatch(
        /^cib\.not-found/,
      );
      expect(await refusal(rawCleanup(environment(), { ids: ["mine"] }))).toMatch(
        /^pacemaker\.no-file-action/,
      );
      expect(whole()).toBe(before);
    },
    5 * minute,
  );

  test(
    "a resource is unmanaged and managed again, also by what is around it",
    async () => {
      await add(everything);
      const managed = (id: string) =>
        file
          .read()
          .nvpairs(file.read().byId(id) ?? file.read().root, "meta_attributes")
          .get("is-managed");
      const manage = (id: string, on: boolean) => rawManage(environment(), { ids: [id], managed: on });
      expect(await manage("front", false)).toMatchObject({ names: ["front"], committed: true });
      expect([managed("address"), managed("proxy"), managed("front")]).toEqual(["false", "false", undefined]);
      expect(await manage("address", false)).toMatchObject({
        names: [],
        unchanged: ["address"],
        committed: false,
      });
      expect(await manage("address", true)).toMatchObject({ committed: true });
      expect([managed("address"), managed("proxy")]).toEqual([undefined, "false"]);
      await manage("front", true);
      expect(managed("proxy")).toBeUndefined();
      await add(
        "{type: primitive, id: c, agent: 'ocf:pacemaker:Dummy'}\n---\n{type: group, id: left, members: [c], meta: {is-managed: false}}\n",
      );
      await manage("c", true);
      expect([managed("c"), managed("left")]).toEqual(["true", "false"]);
      // What is in it is managed already, whatever it says of itself.
      expect(await manage("left", true)).toMatchObject({ names: [], unchanged: ["left"] });
    },
    5 * minute,
  );

  test(
    "a resource is shown as it stands, without what may be a secret, and with what names it",
    async () => {
      await add(
        "{type: primitive, id: a, agent: 'ocf:pacemaker:Dummy', params: {passwd: s3cr3t, fake: x}}\n---\n{type: tag, id: t, objects: [a]}\n",
      );
      const shown = await rawShow(environment(), "a");
      expect(shown).toMatchObject({ id: "a", type: "primitive", namedBy: ["t"], failures: [] });
      expect(shown.xml).toContain('name="fake" value="x"');
      expect(shown.xml).not.toContain("s3cr3t");
      expect((await rawShow(environment(), "t")).type).toBe("tag");
    },
    5 * minute,
  );

  test(
    "agents are listed, and say what they take",
    async () => {
      const { agents } = await rawAgentList(environment());
      expect(agents).toContain("ocf:pacemaker:Dummy");
      expect(agents.some((agent) => agent.startsWith("stonith:") || agent.startsWith("ocf:haven:"))).toBe(
        false,
      );
      const shown = await rawAgentShow(environment(), "ocf:heartbeat:IPaddr2");
      expect(shown.parameters.find(({ name }) => name === "ip")).toMatchObject({ required: true });
      expect(await refusal(rawAgentShow(environment(), "ocf:../../bin:sh"))).toMatch(/^raw\.no-agent/);
      expect(await refusal(rawAgentShow(environment(), "stonith:fence_ipmilan"))).toMatch(/^raw\.no-agent/);
    },
    5 * minute,
  );
});
