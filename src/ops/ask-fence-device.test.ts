import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { HavenError } from "../base/errors.ts";
import type { ExecResult } from "../base/exec.ts";
import type { FenceAnswer } from "../power/fence-questions.ts";
import { askFenceDevice } from "./ask-fence-device.ts";
import type { FenceDevice } from "./fence-devices.ts";

const device: FenceDevice = {
  id: "pdu",
  agent: "fence_apc_snmp",
  hosts: [{ node: "node1", plugs: ["1", "9"] }],
  parameters: new Map(),
  hidden: ["community"],
  open: [],
  notOn: [],
};
const values = {
  pcmk_host_map: "node1:1,9",
  pcmk_status_timeout: "20s",
  ip: "10.0.0.9",
  community: "lrm://",
  provides: "x",
};
const sum = createHash("md5").update("secret").digest("hex");

interface World {
  readonly device?: Partial<FenceDevice>;
  readonly values?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly results?: readonly (Partial<ExecResult> | Error)[];
  readonly parameters?: readonly string[];
}

/** What the device is made to say, and what its agent was given. */
async function ask(
  world: World,
): Promise<{ readonly answer: FenceAnswer; readonly given: readonly string[] }> {
  const given: string[] = [];
  const files: Readonly<Record<string, string>> = world.files ?? {
    community: "secret\n",
    "community.sign": `${sum}\n`,
  };
  const results = [...(world.results ?? [{ code: 0 }])];
  const parameters = (world.parameters ?? ["plug", "port"]).map(
    (name) => `<parameter name="${name}"><content type="string"/></parameter>`,
  );
  const answer = await askFenceDevice(
    { device: { ...device, ...world.device }, values: new Map(Object.entries(world.values ?? values)) },
    "node1",
    {
      pacemaker: {
        fenceAgentMetadata: () =>
          Promise.resolve(
            `<resource-agent name="a"><parameters>${parameters.join("")}</parameters><actions/></resource-agent>`,
          ),
      },
      readSecret: (path) => {
        const text = files[path.replace("/var/lib/pacemaker/lrm/secrets/pdu/", "")];
        return text === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(text);
      },
      run: (agent, input, timeoutMs) => {
        given.push(`${agent} ${timeoutMs} ${input.trim().split("\n").join(" ")}`);
        const result = results.shift() ?? { code: 1 };
        if (result instanceof Error) return Promise.reject(result);
        return Promise.resolve({ code: 0, signal: null, stdout: "", stderr: "", ...result });
      },
    },
  );
  return { answer, given };
}

test("the agent is given what Pacemaker's fencer would give it", async () => {
  const { answer, given } = await ask({});
  expect(answer).toMatchObject({ target: "node1", device: "pdu", state: "on", why: undefined });
  expect(given).toEqual([
    "fence_apc_snmp 20000 ip=10.0.0.9 community=secret plug=1,9 action=status nodename=node1",
  ]);
  const own = { ip: "10.0.0.9", plug: "7" };
  expect((await ask({ values: own })).given[0]).toContain("plug=7 action=status");
  expect((await ask({ values: { ...own, pcmk_host_argument: "none", plug: "dynamic" } })).given[0]).toContain(
    "plug=dynamic action",
  );
  const other = { ip: "a", pcmk_host_argument: "uuid", pcmk_status_action: "monitor" };
  expect((await ask({ values: other })).given[0]).toContain("uuid=1,9 action=monitor");
  expect((await ask({ values: { ip: "a" }, parameters: ["port"] })).given[0]).toContain("port=1,9");
  expect(
    (await ask({ values: { ip: "a" }, device: { hosts: [{ node: "node1", plugs: [] }] } })).given[0],
  ).toContain("plug=node1");
});

test("only on and off are answers", async () => {
  const said = async (...results: readonly (Partial<ExecResult> | Error)[]) => {
    const { answer } = await ask({ results });
    return [answer.state, answer.why];
  };
  expect(await said({ code: 2 })).toEqual(["off", undefined]);
  expect(await said({ code: 1, stderr: "first\nNo answer from 10.0.0.9\n" })).toEqual([
    "failed",
    "No answer from 10.0.0.9",
  ]);
  expect(await said({ code: null, signal: "SIGKILL" })).toEqual(["failed", "exit code null"]);
  expect(await said(new HavenError("exec.timeout", { command: "x", seconds: 1 }))).toEqual([
    "failed",
    "no answer in time",
  ]);
});

test("a secret that is missing or not whole is said, and the device is not asked", async () => {
  const missing = await ask({ files: {} });
  expect([missing.answer.state, missing.answer.why, missing.given]).toEqual([
    "failed",
    "its secret 'community' is not on this node",
    [],
  ]);
  const half = await ask({ files: { community: "sec", "community.sign": sum } });
  expect(half.answer.why).toBe("its secret 'community' does not match its checksum");
  expect(JSON.stringify([missing, half])).not.toContain(sum);
});

test("a device that is asked for its servers need not know this one", async () => {
  const dynamic = { device: { hosts: undefined } };
  expect((await ask({ ...dynamic, results: [{ code: 0, stdout: "node2,\nnode10," }] })).answer.state).toBe(
    "unknown",
  );
  expect(
    (await ask({ ...dynamic, results: [{ code: 0, stdout: "node1,\n" }, { code: 0 }] })).answer.state,
  ).toBe("on");
  expect((await ask({ ...dynamic, results: [{ code: 1, stderr: "no login" }] })).answer).toMatchObject({
    state: "failed",
    why: "no login",
  });
  expect((await ask({ device: { agent: "external/ipmi" } })).answer.state).toBe("failed");
});

test("of what an agent says, the complaint is told, not the help that follows it", async () => {
  const stderr = 'haven: No slot is called node1\n  next: Its labels are: 1 "spare"\n';
  expect((await ask({ results: [{ code: 1, stderr }] })).answer.why).toBe("haven: No slot is called node1");
});
