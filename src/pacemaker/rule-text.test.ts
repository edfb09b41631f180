import { describe, expect, test } from "bun:test";
import { writeXml } from "../xml/write.ts";
import { Cib } from "./cib.ts";
import { livePacemaker } from "./live.ts";
import { parseRule, ruleElement } from "./rule-text.ts";

const xmlOf = (text: string): string => {
  const parsed = parseRule(text);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return writeXml(ruleElement(parsed.rule, "r", { score: "INFINITY" }));
};

const rules: readonly (readonly [string, string])[] = [
  [
    "pingd gte 1",
    '<rule id="r" score="INFINITY"><expression id="r-expression" attribute="pingd" operation="gte" value="1"/></rule>',
  ],
  [
    'not_defined pingd or pingd lt number 1 or site eq "a b"',
    '<rule id="r" score="INFINITY" boolean-op="or"><expression id="r-expression" attribute="pingd" operation="not_defined"/><expression id="r-expression-1" attribute="pingd" operation="lt" type="number" value="1"/><expression id="r-expression-2" attribute="site" operation="eq" value="a b"/></rule>',
  ],
  [
    "#uname eq node1 or (#kind eq remote and defined x)",
    '<rule id="r" score="INFINITY" boolean-op="or"><expression id="r-expression" attribute="#uname" operation="eq" value="node1"/><rule id="r-rule-1" score="0" boolean-op="and"><expression id="r-rule-1-expression" attribute="#kind" operation="eq" value="remote"/><expression id="r-rule-1-expression-1" attribute="x" operation="defined"/></rule></rule>',
  ],
  [
    "date in_range 2027-01-01 to duration months=2 and date-spec hours=9-16 weekdays=1-5",
    '<rule id="r" score="INFINITY" boolean-op="and"><date_expression id="r-expression" operation="in_range" start="2027-01-01"><duration id="r-expression-duration" months="2"/></date_expression><date_expression id="r-expression-1" operation="date_spec"><date_spec id="r-expression-1-date_spec" hours="9-16" weekdays="1-5"/></date_expression></rule>',
  ],
  [
    "date gt 2027-01-01T08:00:00Z",
    '<rule id="r" score="INFINITY"><date_expression id="r-expression" operation="gt" start="2027-01-01T08:00:00Z"/></rule>',
  ],
  [
    "date in_range 2027-01-01 to 2027-02-01",
    '<rule id="r" score="INFINITY"><date_expression id="r-expression" operation="in_range" start="2027-01-01" end="2027-02-01"/></rule>',
  ],
  [
    "x eq number",
    '<rule id="r" score="INFINITY"><expression id="r-expression" attribute="x" operation="eq" value="number"/></rule>',
  ],
];

test("rules become what Pacemaker reads", () => {
  for (const [text, expected] of rules) expect(xmlOf(text)).toBe(expected);
});

test("what is no rule is told with what was expected", () => {
  const said = (text: string) => {
    const parsed = parseRule(text);
    return "problem" in parsed ? parsed.problem : "no problem";
  };
  expect(said("")).toBe("an expression such as pingd gte 1, found nothing");
  expect(said("pingd")).toBe("lt, gt, lte, gte, eq or ne after pingd, found nothing");
  expect(said("pingd > 1")).toBe("lt, gt, lte, gte, eq or ne after pingd, found >");
  expect(said("pingd gt")).toBe("a value after pingd gt, found nothing");
  expect(said("pingd gt 1 and")).toBe("an expression such as pingd gte 1, found nothing");
  expect(said("pingd gt 1 x")).toBe("and, or, or the end, found x");
  expect(said("(pingd gt 1")).toBe("a closing parenthesis, found nothing");
  expect(said('site eq "a')).toBe('a closing quotation mark for "a');
  expect(said("date before 2027")).toBe("gt, lt or in_range after date, found before");
  expect(said("date gt tomorrow")).toBe("a date such as 2027-01-31 or 2027-01-31T08:00:00Z, found tomorrow");
  expect(said("date-spec noon=1")).toStartWith("one of years, months");
  expect(said("date-spec")).toBe("fields such as hours=9-16 after date-spec, found nothing");
  expect(said(`${"(".repeat(30)}a eq 1`)).toBe("at most 20 parentheses in each other");
});

describe.skipIf(Bun.which("crm_simulate") === null)("with Pacemaker", () => {
  test("each rule passes its schema, and decides where a resource may run", async () => {
    const cibOf = (rule: string) =>
      `<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.8" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1"><configuration><crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="node1"/><node id="2" uname="node2"/></nodes><resources><primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/></resources><constraints><rsc_location id="l" rsc="a">${rule}</rsc_location></constraints></configuration><status>${[1, 2].map((id) => `<node_state id="${id}" uname="node${id}" in_ccm="true" crmd="online" join="member" expected="member"/>`).join("")}</status></cib>`;
    const pacemaker = livePacemaker({ cibFile: "/dev/null" });
    for (const [, rule] of rules) await pacemaker.simulate(Cib.parse(cibOf(rule)).toXml());
    const parsed = parseRule("#uname eq node1 or (#kind eq remote and defined x)");
    if ("problem" in parsed) throw new Error(parsed.problem);
    for (const [score, node] of [
      ["INFINITY", "node1"],
      ["-INFINITY", "node2"],
    ] as const) {
      const rule = writeXml(ruleElement(parsed.rule, "r", { score }));
      const { actions } = await pacemaker.simulate(cibOf(rule));
      expect(actions).toMatchObject([{ kind: "start", resource: "a", to: node }]);
    }
  });
});
