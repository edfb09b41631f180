import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { neededBy } from "./needed-by.ts";

function needed(constraints: string, ...resources: string[]): Readonly<Record<string, string>> {
  const cib = Cib.parse(
    `<cib><configuration><crm_config/><nodes/><resources/><constraints>${constraints}</constraints></configuration></cib>`,
  );
  return Object.fromEntries(neededBy(cib, resources));
}

test("what is to be up before, and what it runs beside, through others too", () => {
  const order = '<rsc_order id="1" first="db" then="app" kind="Mandatory" symmetrical="false"/>';
  const beside = '<rsc_colocation id="2" rsc="db" with-rsc="disk" score="INFINITY"/>';
  expect(needed(order + beside, "app")).toEqual({ db: "app", disk: "db" });
  expect(needed(order + beside, "disk")).toEqual({});
  expect(needed('<rsc_order id="1" first="db" then="app"/>', "app")).toEqual({ db: "app" });
});

test("no wish, no distance and no order of stops is a need", () => {
  const soft =
    '<rsc_order id="1" first="a" then="b" kind="Optional"/><rsc_order id="2" first="a" then="b" score="0"/>' +
    '<rsc_order id="3" first="a" first-action="stop" then="b" then-action="stop"/>' +
    '<rsc_colocation id="4" rsc="b" with-rsc="a" score="-INFINITY"/><rsc_colocation id="5" rsc="b" with-rsc="a" score="500"/>' +
    '<rsc_location id="6" rsc="b" node="n1" score="INFINITY"/>';
  expect(needed(soft, "b")).toEqual({});
});

test("of a constraint with sets each needs all others", () => {
  const set = '<resource_set id="s"><resource_ref id="a"/><resource_ref id="b"/></resource_set>';
  expect(needed(`<rsc_colocation id="1" score="INFINITY">${set}</rsc_colocation>`, "b")).toEqual({ a: "b" });
  expect(needed(`<rsc_order id="1">${set}</rsc_order>`, "a")).toEqual({ b: "a" });
});
