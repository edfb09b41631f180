import { describe, expect, test } from "bun:test";
import { type ConsoleEnd, consoleTail } from "../base/console-ends.ts";
import { joinConsoleLogs, type NodeLog } from "./join-console-logs.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** The note that the agent makes when the log is that and was written then. */
const end = (text: string, time: number): ConsoleEnd => ({
  size: text.length,
  tail: consoleTail(bytes(text)),
  time,
});

function log(node: string, files: readonly string[], more: Partial<NodeLog> = {}): NodeLog {
  return { node, files: files.map(bytes), ends: [], modified: 0, runs: false, ...more };
}

function shown(logs: readonly NodeLog[]): readonly (readonly [string, string, number | undefined])[] {
  return joinConsoleLogs(logs).map(({ node, bytes, until }) => [node, Buffer.from(bytes).toString(), until]);
}

describe("the logs of a VM are joined", () => {
  test("one that went to another node and came back; a line that was cut is whole", () => {
    const first = "one\ntwo\nth";
    const logs = [
      log("node1", [`${first}five\n`], { ends: [end(first, 100)], runs: true }),
      log("node2", ["ree\nfour\n"], { ends: [end("ree\nfour\n", 200)] }),
    ];
    expect(shown(logs)).toEqual([
      ["node1", first, 100],
      ["node2", "ree\nfour\n", 200],
      ["node1", "five\n", undefined],
    ]);
    expect(Buffer.concat(joinConsoleLogs(logs).map((piece) => piece.bytes)).toString()).toBe(
      "one\ntwo\nthree\nfour\nfive\n",
    );
  });

  test("a log that was renamed since, the end in a file of before", () => {
    const old = `${"x".repeat(3000)}\n`;
    const logs = [
      log("node1", [`${old}more of it\n`, "newer\n"], { ends: [end(old, 100)], modified: 300 }),
      log("node2", ["between\n"], { modified: 200 }),
    ];
    expect(shown(logs)).toEqual([
      ["node1", old, 100],
      ["node2", "between\n", 200],
      ["node1", "more of it\nnewer\n", 300],
    ]);
  });

  test("ends whose files are gone, and those noted twice, cut nothing", () => {
    const ends = [end("what is gone", 50), end("a\n", 100), end("a\n", 100)];
    expect(shown([log("node1", ["a\nb\n"], { ends, modified: 150 })])).toEqual([["node1", "a\nb\n", 150]]);
  });

  test("without notes each log is one piece, by the time of its last byte; where it runs it is the last", () => {
    const logs = [
      log("node1", ["now\n"], { runs: true, modified: 1 }),
      log("node2", ["later\n"], { modified: 20 }),
      log("node3", ["earlier\n"], { modified: 10 }),
    ];
    expect(shown(logs).map(([node]) => node)).toEqual(["node3", "node2", "node1"]);
  });

  test("a node that died before it could note the end: what it printed comes before what came later", () => {
    const logs = [
      log("node1", ["before the crash\n"], { ends: [end("before the crash\n", 100)] }),
      log("node2", ["started anew\n"], { runs: true }),
    ];
    expect(shown(logs).map(([node]) => node)).toEqual(["node1", "node2"]);
  });

  test("nothing at all", () => {
    expect(joinConsoleLogs([])).toEqual([]);
    expect(joinConsoleLogs([log("node1", [])])).toEqual([]);
  });
});
