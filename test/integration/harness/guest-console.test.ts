import { expect, test } from "bun:test";
import { joinConsole } from "./guest-console.ts";

const boot = "11111111-2222-3333-4444-555555555555";
const line = (seq: number): string => `haven-guest web1 boot=${boot} seq=${seq} uptime=${seq}.50\r\n`;

test("a console that moved is joined, also where a line was cut", () => {
  const cut = line(3);
  const texts = new Map([
    ["node1", `SeaBIOS\r\n${line(0)}${line(1)}${line(2)}${cut.slice(0, 40)}${line(6)}`],
    ["node2", `${cut.slice(40)}${line(4)}${line(5)}`],
  ]);
  const joined = joinConsole("web1", texts);
  expect(joined.boots).toEqual([boot]);
  expect(joined.lines.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(joined.missing(boot)).toEqual([]);
  expect(joined.doubled(boot)).toEqual([]);
  expect(joined.lines[3]?.nodes).toEqual(["node1", "node2"]);
});

test("what is lost or doubled is seen", () => {
  const joined = joinConsole("web1", new Map([["node1", `${line(0)}${line(2)}${line(2)}${line(4)}`]]));
  expect(joined.missing(boot)).toEqual([1, 3]);
  expect(joined.doubled(boot)).toEqual([2]);
});
