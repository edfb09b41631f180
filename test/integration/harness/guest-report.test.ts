import { expect, test } from "bun:test";
import { readReports } from "./guest-report.ts";

const boots = ["11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"];
const line = (boot: string | undefined, fact: string): string =>
  `haven-guest web1 boot=${boot} report ${fact}\r\n`;

test("a report counts when it is at its end; a value may be empty or hold anything", () => {
  const text = [
    line(boots[0], "cpu.count=2"),
    "[    1.2] a kernel's line\r\n",
    line(boots[0], "disk.vda.serial="),
    line(boots[0], "cmdline=console=ttyS0 quiet"),
    line(boots[0], "end=end"),
    line(boots[1], "cpu.count=4"),
  ].join("");
  const reports = readReports(text);
  expect(reports.map(({ boot }) => boot)).toEqual([boots[0] ?? ""]);
  expect(reports[0]?.get("cpu.count")).toBe("2");
  expect(reports[0]?.get("cmdline")).toBe("console=ttyS0 quiet");
  expect(reports[0]?.get("nothing")).toBe("");
  expect(reports[0]?.below("disk.vda.")).toEqual({ serial: "" });
});
