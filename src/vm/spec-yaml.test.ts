import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { keepIdentity } from "./keep-identity.ts";
import { readSpecs } from "./read-spec.ts";
import { type ResolvedSpec, resolveSpec } from "./resolve-spec.ts";
import { shortSpec, specYaml } from "./spec-yaml.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";

async function resolved(text: string): Promise<readonly ResolvedSpec[]> {
  const { specs, problems } = await readSpecs([{ file: "x", text }], {});
  expect(problems).toEqual([]);
  return specs.map(({ spec }) => resolveSpec(spec, { hypervisor: "qemu", uuid }));
}

const full = `
name: web1
labels: [web, old]
memory: 1536
cpu: {count: 2}
networks: [{bridge: br0}, {bridge: br1, mac: "02:00:00:00:00:01"}]
boot: disk
placement: {prefer: n1, only-on: [n1, n2], apart-from: [label=web, {vm: b, strength: should}], after: db}
policies: {graceful-stop: 5 min, io-error: resume}
migration: {bandwidth: 1 GiB/s, timeout: 90}
ready-signal: {timeout: 2 min}
priority: 4
`;

const examples = readdirSync("examples").filter((name) => name.endsWith(".yaml") && name !== "cluster.yaml");

test.each([
  ["all short forms", full],
  ...examples.map((name) => [name, readFileSync(`examples/${name}`, "utf8")]),
])("%s: written and read again it is the same", async (_, text) => {
  for (const spec of await resolved(text ?? "")) {
    const { specs, problems } = await readSpecs([{ file: "x", text: await specYaml(spec) }], {});
    expect(problems).toEqual([]);
    const [read] = specs;
    expect(read && resolveSpec(keepIdentity(read.spec, spec), { hypervisor: "kvm", uuid: "other" })).toEqual(
      spec,
    );
  }
});

test("it is as a person would write it", async () => {
  const [spec] = await resolved(full);
  expect(spec && (await specYaml(spec))).toBe(`name: web1
labels:
  - web
  - old
memory: 1536 MiB
cpu: 2
networks:
  - bridge: br0
  - bridge: br1
    mac: 02:00:00:00:00:01
boot: disk
placement:
  prefer: n1
  only-on:
    - n1
    - n2
  apart-from:
    - label=web
    - vm: b
      strength: should
  after: db
policies:
  io-error: resume
  graceful-stop: 5 min
migration:
  bandwidth: 1024 MiB/s
  timeout: 90 s
priority: 4
ready-signal:
  enabled: true
  timeout: 2 min
hypervisor: qemu
uuid: ${uuid}
`);
});

test("a ready signal alone is a word", () => {
  const spec = {
    name: "a",
    memory: 2048,
    uuid,
    hypervisor: "kvm",
    "ready-signal": { enabled: true },
  } as const;
  expect(shortSpec(spec)).toMatchObject({ memory: "2 GiB", "ready-signal": true });
});
