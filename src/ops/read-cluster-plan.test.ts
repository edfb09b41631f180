import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { planProblems } from "./cluster-check.ts";
import { readClusterPlan } from "./read-cluster-plan.ts";

describe("a plan in YAML", () => {
  test("the example can be read and has no problems", async () => {
    const path = "examples/cluster.yaml";
    const plan = await readClusterPlan(path, await readFile(path, "utf8"));
    expect(planProblems(plan)).toEqual([]);
    expect(plan.fencing.map((device) => device.kind)).toEqual(["chassis", "agent"]);
    expect(plan.nodes[0]?.addresses.length).toBe(2);
  });

  test("a third vote", async () => {
    const text = (device: string): string =>
      `name: a\nnodes: [{name: n, addresses: [10.0.0.1]}]\nquorum-device: ${device}\n`;
    const read = async (device: string) => (await readClusterPlan("f", text(device))).quorumDevice;
    expect(await read("{host: 10.0.0.9}")).toEqual({ host: "10.0.0.9" });
    const all = "{host: witness, port: 5404, algorithm: lms, tie-breaker: n}";
    expect(await read(all)).toEqual({ host: "witness", port: 5404, algorithm: "lms", tieBreaker: "n" });
    for (const wrong of [
      "10.0.0.9",
      "{port: 1}",
      '{host: "a b"}',
      "{host: a, port: 0}",
      "{host: a, tls: off}",
    ]) {
      await expect(read(wrong)).rejects.toMatchObject({ code: "input.invalid" });
    }
    expect(await readClusterPlan("f", "name: a\nnodes: [{name: n, addresses: [x]}]\n")).not.toHaveProperty(
      "quorumDevice",
    );
  });

  test("SNMP v3 with and without privacy", async () => {
    const text = (more: string): string =>
      `name: a\nnodes: [{name: n, addresses: [10.0.0.1]}]\nfencing:\n  - {chassis: c, user: u, ${more} hosts: [n]}\n`;
    const level = async (more: string): Promise<unknown> => {
      const [device] = (await readClusterPlan("f", text(more))).fencing;
      return device?.kind === "chassis" && device.credentials.version === "3" && device.credentials.level;
    };
    const authentication = "authentication: {protocol: SHA256, password: 12345678},";
    expect(await level("")).toBe("noAuthNoPriv");
    expect(await level(authentication.replace("12345678", '"12345678"'))).toBe("authNoPriv");
    const privacy = 'privacy: {protocol: AES, password: "12345678"},';
    expect(await level(authentication.replace("12345678", '"12345678"') + privacy)).toBe("authPriv");
  });

  test.each([
    ["name: a\nnodes: [", "f:2: found"],
    ["name: a\n", "f:1 nodes: found nothing, expected a list of nodes"],
    ["name: a\nnodes:\n  - name: n\n    addreses: [x]\n", "f:3 nodes[0].addresses: found nothing"],
    ["name: a\nnodes:\n  - name: n\n    addresses: []\n", "f:4 nodes[0].addresses: found a value"],
    ["name: a\nnodes:\n  - {name: n, addresses: [x]}\nfoo: 1\n", "f:4 foo: found an unknown field"],
    [
      "name: a\nnodes:\n  - {name: n, addresses: [x]}\nfencing:\n  - hosts: [n]\n",
      "either chassis with an address or agent",
    ],
    ["", "expected"],
  ])("%j", async (text, words) => {
    let message = "";
    try {
      await readClusterPlan("f", text);
    } catch (error) {
      message = error instanceof Error ? error.message : "";
    }
    expect(message).toContain(words);
  });
});
