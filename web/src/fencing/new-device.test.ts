import { expect, test } from "bun:test";
import type { FenceKindAnswer } from "../api/cluster-answers.ts";
import { deviceParameters, newDeviceBody, noDevice, whyNotYet } from "./new-device.ts";

const parameter = (name: string, changes: object = {}) => ({
  ...{ name, type: "string", choices: [], default: undefined, required: false, deprecated: false, short: "" },
  ...changes,
});

const kind = {
  ...{ name: "ipmi", agent: "fence_ipmilan", package: "", what: "", single: false, plug: "none" as const },
  ...{ preset: { lanplus: "1" }, usual: ["ip", "username"], secrets: ["password"] },
} satisfies FenceKindAnswer;

test("what is usual and required is filled in first, secrets last; old names and the cluster's own never", () => {
  const agent = {
    ...{ name: "fence_ipmilan", short: "" },
    parameters: [
      ...[
        parameter("action", { required: true }),
        parameter("password"),
        parameter("ipaddr", { deprecated: true }),
      ],
      ...[
        parameter("username"),
        parameter("lanplus", { required: true }),
        parameter("ip", { required: true }),
      ],
      ...[
        parameter("cipher"),
        parameter("port", { required: true }),
        parameter("needed", { required: true }),
      ],
    ],
  };
  const { first, others } = deviceParameters(agent, kind);
  expect(first.map(({ name }) => name)).toEqual(["ip", "username", "needed", "password"]);
  expect(others.map(({ name }) => name)).toEqual(["lanplus", "cipher"]);
});

test("secrets are sent apart, outlets as a list, and nothing that is empty", () => {
  const device = {
    ...{ ...noDevice, kind: "apc", hosts: { node1: "1, 9", node2: "" }, level: "2" },
    values: { ip: "192.0.2.1", community: "hidden", timeout: "" },
  };
  expect(newDeviceBody(device)).toEqual({
    ...{ kind: "apc", hosts: [{ node: "node1", plugs: ["1", "9"] }, { node: "node2" }], level: 2 },
    ...{ values: { ip: "192.0.2.1" }, secrets: { community: "hidden" } },
  });
  expect(whyNotYet(device)).toBeUndefined();
  expect(whyNotYet(noDevice)).toBe("Choose a kind of device");
  expect(whyNotYet({ ...noDevice, kind: "apc" })).toBe("Choose the servers that it switches");
});
