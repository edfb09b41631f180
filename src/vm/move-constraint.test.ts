import { expect, test } from "bun:test";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { xml } from "../xml/element.ts";
import { dropExpiredMoves, moveConstraint, movesInCib } from "./move-constraint.ts";

const at = Date.UTC(2026, 7, 2, 10, 0, 0);

function cib(...constraints: readonly ReturnType<typeof xml>[]): Cib {
  const sections = [xml("resources"), xml("constraints", {}, constraints)];
  return new Cib(
    xml("cib", { admin_epoch: 0, epoch: 1, num_updates: 0 }, [xml("configuration", {}, sections)]),
  );
}

test("a move names its owner and its end", () => {
  const constraint = moveConstraint("web1", "node2", { host: "node1.example.org", pid: 4242 }, at);
  expect(constraint.child("rule")?.child("date_expression")?.get("end")).toBe("2026-08-02 10:00:00Z");
  expect(movesInCib(cib(constraint))).toEqual([
    {
      name: "web1",
      constraint: "vm-web1.move",
      to: "node2",
      host: "node1.example.org",
      pid: 4242,
      owner: "process 4242 on node1.example.org",
      expiresAt: at,
      expires: "2026-08-02T10:00:00.000Z",
    },
  ]);
});

test("only what has expired is taken away", () => {
  const owner = { host: "node1", pid: 1 };
  const editor = new CibEditor(
    cib(moveConstraint("old", "n", owner, at), moveConstraint("new", "n", owner, at + 1000)),
  );
  dropExpiredMoves(editor, at);
  expect(movesInCib(editor.cib).map(({ name }) => name)).toEqual(["new"]);
});

test("a VM named like another one's move is not mistaken for it", () => {
  const constraint = xml("rsc_location", { id: "vm-web1-move", rsc: "vm-web1-move", node: "n", score: 1 });
  expect(movesInCib(cib(constraint))).toEqual([]);
});
