import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeProcess, fakeLibvirtFile, fakeProc } from "../../test/support/fake-proc.ts";
import { type ProcessEvidence, processEvidence } from "./process-evidence.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const otherUuid = "00000000-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const query = { kind: "lxc", uuid, name: "web" } as const;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haven-proc-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const controller = (name: string, pid = 5): FakeProcess => ({
  pid,
  comm: "libvirt_lxc",
  words: ["/usr/lib/libvirt/libvirt_lxc", "--name", name, "--console", "23"],
});

const first = (change: Partial<FakeProcess> = {}): FakeProcess => ({
  pid: 6,
  comm: "systemd",
  words: ["/sbin/init"],
  parent: 5,
  numbers: [6, 1],
  environ: ["container=lxc-libvirt", `LIBVIRT_LXC_UUID=${uuid}`, "LIBVIRT_LXC_NAME=web"],
  ...change,
});

async function look(
  processes: readonly FakeProcess[],
  change: object = {},
  libvirtFolder = "/nonexistent",
): Promise<ProcessEvidence> {
  return await processEvidence({ ...query, ...change }, { root: fakeProc(folder, processes), libvirtFolder });
}

test("the UUID of its first process makes the controller certain, too", async () => {
  const { found, doubts } = await look([controller("web"), first()]);
  expect(found).toMatchObject([
    { pid: 5, by: "uuid" },
    { pid: 6, by: "uuid" },
  ]);
  expect(doubts).toEqual([]);
});

test("a first process whose controller has died is found by its UUID", async () => {
  expect((await look([first({ parent: 1 })])).found).toMatchObject([{ pid: 6, by: "uuid" }]);
});

test("libvirt's note of a controller's UUID counts", async () => {
  const noted = (id: string): string =>
    fakeLibvirtFile(folder, { driver: "lxc", name: "web", pid: 5, uuid: id });
  const own = await look([controller("web")], {}, noted(uuid));
  expect(own).toMatchObject({ found: [{ pid: 5, by: "uuid" }], doubts: [] });
  const others = await look([controller("web"), first()], {}, noted(otherUuid));
  expect(others).toMatchObject({ found: [{ pid: 5, by: "name", uuid: otherUuid }], doubts: [] });
});

test("a controller of the name whose UUID nobody says is a doubt, and is not ended", async () => {
  for (const processes of [
    [controller("web")],
    [controller("web"), first({ environ: ["LIBVIRT_LXC_UUID=x"] })],
  ]) {
    const { found, doubts } = await look(processes);
    expect(found).toMatchObject([{ pid: 5, by: "name" }]);
    expect(doubts).toHaveLength(1);
  }
});

test("looked for by its name only, a controller has the name", async () => {
  expect(await look([controller("web")], { uuid: undefined })).toMatchObject({
    found: [{ pid: 5, by: "name" }],
    doubts: [],
  });
  expect(await look([controller("other")])).toEqual({ found: [], doubts: [] });
});

test("only a namespace's first process counts: what its guest starts may say anything", async () => {
  const forged = [first({ pid: 7, numbers: [7, 2] }), first({ pid: 8, numbers: [8, 3, 1] })];
  expect(await look([...forged, first({ pid: 9, numbers: [9] })])).toEqual({ found: [], doubts: [] });
});

test("a first process that does not show its environment is a doubt", async () => {
  const { environ: _, ...silent } = first({ parent: 1 });
  expect((await look([silent])).doubts).toHaveLength(1);
  // One that is ending shows an empty one.
  const ending = { ...silent, state: "Z", environ: [], threads: { 7: [] } };
  expect((await look([ending])).doubts).toHaveLength(1);
  expect(await look([{ ...silent, environ: [] }])).toEqual({ found: [], doubts: [] });
  const cgroup = "0::/machine.slice/machine-lxc\\x2d9\\x2dother.scope\n";
  expect(await look([{ ...silent, cgroup }])).toEqual({ found: [], doubts: [] });
  expect(await look([{ ...silent, parent: 5 }, controller("other")])).toEqual({ found: [], doubts: [] });
});

test("a controller that does not say its name is a doubt for all, or for whom libvirt has noted", async () => {
  const silent = { pid: 5, comm: "libvirt_lxc", state: "D" };
  expect((await look([silent])).doubts).toHaveLength(1);
  const noted = (name: string, id: string): string =>
    fakeLibvirtFile(folder, { driver: "lxc", name, pid: 5, uuid: id });
  expect(await look([silent], {}, noted("other", otherUuid))).toEqual({ found: [], doubts: [] });
  expect((await look([silent], {}, noted("web", uuid))).found).toMatchObject([{ pid: 5, by: "uuid" }]);
});
