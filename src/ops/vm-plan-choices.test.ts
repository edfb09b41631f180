import { expect, test } from "bun:test";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { isHavenError } from "../base/errors.ts";
import { Cib } from "../pacemaker/cib.ts";
import { toCib } from "../vm/to-cib.ts";
import { xml } from "../xml/element.ts";
import { tooOldForTpm } from "./libvirt-needs.ts";
import { planVms } from "./vm-plan.ts";

const text = `
name: web1
memory: 1 GiB
disks: [{file: /srv/images/web1.img}]
firmware: uefi
tpm: true
networks: [{bridge: br0, mac: random}, {bridge: br1, mac: random}]
`;

function cibWith(...resources: readonly ReturnType<typeof xml>[]): Cib {
  const sections = [xml("nodes"), xml("resources", {}, resources), xml("constraints")];
  return new Cib(
    xml("cib", { admin_epoch: 0, epoch: 1, num_updates: 0 }, [xml("configuration", {}, sections)]),
  );
}

async function plan(cib: Cib, mode: "add" | "apply", yaml = text) {
  return await planVms(fileEnvironment("none.xml"), cib, { texts: [{ file: "web.yaml", text: yaml }], mode });
}

test("what was chosen when a VM was added stays when its specification is applied again", async () => {
  const { created } = await plan(cibWith(), "add");
  const [first] = created;
  if (first === undefined) throw new Error("nothing is planned");
  expect(first.resolved.firmware?.nvram).toBe("/srv/images/web1.nvram.fd");
  const cib = cibWith(toCib(first.resolved).primitive);
  expect((await plan(cib, "apply")).unchanged).toEqual(["web1"]);
  const elsewhere = text.replace("/srv/images", "/srv/other").replace("1 GiB", "2 GiB");
  const [changed] = (await plan(cib, "apply", elsewhere)).changed;
  expect(changed?.resolved.networks).toEqual(first.resolved.networks);
  expect(changed?.resolved.firmware).toEqual(first.resolved.firmware);
  expect(changed?.resolved.tpm).toEqual(first.resolved.tpm);
  expect(changed?.resolved.memory).toBe(2048);
});

test("a baseline needs nodes to ask", async () => {
  const problems = await plan(
    cibWith(),
    "add",
    "name: a\nmemory: 1\ncpu: {count: 1, model: baseline}\n",
  ).catch((error: unknown) => (isHavenError(error) ? error.message : String(error)));
  expect(problems).toContain("web.yaml:3:17: cpu.model: expected a model, found baseline");
});

test("libvirt that keeps a TPM's state on the node is named", () => {
  const nodes = [
    { node: "node1", version: 9_000_000 },
    { node: "node2", version: 10_010_000 },
    { node: "node3", version: 11_003_000 },
  ];
  expect(tooOldForTpm(nodes).map(({ what }) => what.slice(0, 77))).toEqual([
    "expected libvirt 10.10 or later on every node, found 9.0.0 on node1, which wo",
  ]);
});
