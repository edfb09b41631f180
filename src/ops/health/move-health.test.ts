import { expect, test } from "bun:test";
import { smallCib } from "../../../test/support/small-cib.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { CibEditor } from "../../pacemaker/cib-editor.ts";
import { moveConstraint } from "../../vm/move-constraint.ts";
import { moveHealth } from "./move-health.ts";

test("a move whose process on this node has gone; those of other nodes are theirs to tell", () => {
  const editor = new CibEditor(Cib.parse(smallCib));
  editor.addConstraint(moveConstraint("web", "node2", { host: "node1", pid: 77 }, Date.UTC(2030, 0, 1)));
  const { cib } = editor;
  expect(moveHealth({ node: "node1", cib }, () => false)).toMatchObject([
    {
      ...{ id: "leftover.move", severity: "warning", subject: "web" },
      text: "the move of VM web to node2 has its constraint vm-web.move, and process 77 on node1 has gone",
    },
  ]);
  expect(moveHealth({ node: "node1", cib }, () => true)).toEqual([]);
  expect(moveHealth({ node: "node2", cib }, () => false)).toEqual([]);
  expect(moveHealth({ node: "node1", cib: undefined })).toEqual([]);
});
