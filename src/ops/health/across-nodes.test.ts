import { expect, test } from "bun:test";
import type { NodeChecks } from "../../contract/node-checks.ts";
import { acrossNodes } from "./across-nodes.ts";
import { healthOf } from "./health-of.ts";

const versions = { haven: "1", pacemaker: "3.0.0", corosync: "3.1.9", libvirt: "11.3.0", qemu: "10.0.2" };
const mount = { kind: "nfs4", source: "filer:/vms", point: "/srv/vms" };
const node = (name: string, more: Partial<NodeChecks> = {}): NodeChecks => ({
  ...{ node: name, time: 1, versions, networks: [] },
  storage: [{ path: "/srv/vms", ok: true, text: "nfs", mount }],
  ...more,
});

test("nodes that are the same, and one alone", () => {
  expect(acrossNodes([node("node1"), node("node2")])).toMatchObject([{ id: "versions", severity: "ok" }]);
  expect(acrossNodes([node("node1")])).toEqual([]);
});

test("another version, and storage that is not mounted on one", () => {
  const local = { kind: "ext4", source: "/dev/sda1", point: "/" };
  const odd = node("node3", {
    versions: { ...versions, qemu: "7.2.0" },
    storage: [{ path: "/srv/vms", ok: true, text: "ext2/ext3", mount: local }],
  });
  expect(acrossNodes([node("node1"), node("node2"), odd])).toMatchObject([
    {
      ...{ id: "versions", subject: "qemu", severity: "warning" },
      text: "qemu 10.0.2 on node1, node2, qemu 7.2.0 on node3",
    },
    {
      ...{ id: "storage.same", subject: "/srv/vms", severity: "error" },
      text: "nfs4 filer:/vms on node1, node2, a disk of its own on node3",
    },
  ]);
});

test("one server by two names is less than a disk of its own", () => {
  const other = { ...mount, source: "10.0.1.5:/vms" };
  const named = node("node2", { storage: [{ path: "/srv/vms", ok: true, text: "nfs", mount: other }] });
  expect(acrossNodes([node("node1"), named])).toContainEqual(
    expect.objectContaining({ id: "storage.same", severity: "warning" }),
  );
});

test("a node with an older Haven", () => {
  const old = node("node2", { storage: [{ path: "/srv/vms", ok: false, text: "it is not there" }] });
  expect(healthOf(old).map(({ id, severity }) => `${id} ${severity}`)).toEqual([
    "node.older unknown",
    "storage error",
  ]);
  expect(healthOf({ ...old, health: [] })).toEqual([]);
});
