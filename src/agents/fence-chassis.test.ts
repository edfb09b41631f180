import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { exec } from "../base/exec.ts";
import { startChassisSimulator } from "../lab/chassis/simulator.ts";
import type { ChassisSimulator, ChassisSimulatorOptions } from "../lab/chassis/types.ts";

const executable = resolve(import.meta.dir, "../../dist/haven");
const open: { close(): unknown }[] = [];
let directory = "";
let agent = "";

beforeAll(() => {
  if (!existsSync(executable)) throw new Error("These tests call the executable: make build");
});

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function setup(options: Partial<ChassisSimulatorOptions> = {}): Promise<{
  readonly simulator: ChassisSimulator;
  readonly on: Map<string, boolean>;
}> {
  directory = await mkdtemp(join(tmpdir(), "fence-"));
  const made = directory;
  open.push({ close: () => rm(made, { recursive: true }) });
  agent = join(directory, "fence_haven_chassis");
  await symlink(executable, agent);
  const on = new Map<string, boolean>();
  const simulator = await startChassisSimulator({
    model: "amm",
    address: "127.0.0.1",
    port: 0,
    slots: [
      { slot: 1, host: "node1" },
      { slot: 2, host: "node2" },
      { slot: 3, host: "big" },
      { slot: 4, host: "big" },
    ],
    communities: ["topsecret"],
    users: [
      {
        name: "admin",
        level: "authPriv",
        authProtocol: "sha",
        authKey: "authsecret",
        privProtocol: "aes",
        privKey: "privsecret",
      },
    ],
    hooks: {
      powerOff: async (host) => void on.set(host, false),
      powerOn: async (host) => void on.set(host, true),
      softOff: async (host) => void on.set(host, false),
      isOn: (host) => on.get(host) ?? true,
    },
    ...options,
  });
  open.push(simulator);
  return { simulator, on };
}

const quick = "softoff_timeout=1\npower_timeout=1\nlogin_timeout=1\nshell_timeout=1\nalive_check=0\n";

async function input(simulator: ChassisSimulator, text: string, credentials = "community=topsecret\n") {
  const options = `ip=127.0.0.1\nipport=${simulator.port}\n${credentials}${quick}${text}`;
  return await exec([agent], { input: options });
}

describe("actions", () => {
  test("status, list, list-status, monitor", async () => {
    const { simulator, on } = await setup();
    on.set("node2", false);
    expect(await input(simulator, "action=status\nplug=node1")).toMatchObject({
      code: 0,
      stdout: "Status: ON\n",
    });
    expect(await input(simulator, "action=status\nplug=node2")).toMatchObject({
      code: 2,
      stdout: "Status: OFF\n",
    });
    expect((await input(simulator, "action=status\nplug=node3")).code).toBe(1);
    expect((await input(simulator, "action=list")).stdout).toBe("1,node1\n2,node2\n3,big\n4,big\n");
    expect((await input(simulator, "action=list-status\nseparator=;")).stdout).toBe(
      "1;node1;ON\n2;node2;OFF\n3;big;ON\n4;big;ON\n",
    );
    expect(await input(simulator, "action=monitor")).toMatchObject({ code: 0, stdout: "" });
    expect((await input(simulator, "action=monitor\nplug=node9")).code).toBe(1);
  });

  test("off, on and reboot", async () => {
    const { simulator, on } = await setup();
    expect(await input(simulator, "action=off\nport=node1")).toMatchObject({
      code: 0,
      stdout: "Success: Powered OFF\n",
    });
    expect(on.get("node1")).toBe(false);
    expect((await input(simulator, "action=on\nplug=node1")).code).toBe(0);
    expect(on.get("node1")).toBe(true);
    // Without an action it is reboot.
    expect(await input(simulator, "plug=big\nno_softoff=1")).toMatchObject({
      code: 0,
      stdout: "Success: Rebooted\n",
    });
    const written = simulator
      .requests()
      .flatMap(({ pdu, varbinds }) => (pdu === "SetRequest" ? varbinds : []));
    expect(written.map(({ oid, value }) => [Number(oid.split(".").at(-1)), Number(value)])).toEqual([
      [1, 2],
      [1, 1],
      [3, 0],
      [4, 0],
      [3, 1],
      [4, 1],
    ]);
  });

  test("the command line does the same", async () => {
    const { simulator, on } = await setup();
    const words = [
      "-a",
      "127.0.0.1",
      "-u",
      String(simulator.port),
      "-c",
      "topsecret",
      "-n",
      "node1",
      "-o",
      "off",
    ];
    expect(await exec([agent, ...words, "--alive-check=0"])).toMatchObject({ code: 0, stderr: "" });
    expect(on.get("node1")).toBe(false);
  });

  test("over SNMP v3, with passwords from programs", async () => {
    const { simulator } = await setup();
    const script = join(directory, "password");
    await writeFile(script, "#!/bin/sh\necho $1secret\n");
    await chmod(script, 0o755);
    const credentials = `login=admin\npassword_script=${script} auth\nsnmp_priv_passwd_script=${script} priv\n`;
    expect(await input(simulator, "action=status\nplug=node1", credentials)).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(simulator.requests()[0]).toMatchObject({ version: "3", principal: "admin" });
    const failing = await input(
      simulator,
      "action=status\nplug=node1",
      "login=admin\npassword_script=/bin/false\n",
    );
    expect(failing).toMatchObject({
      code: 1,
      stderr: "fence_haven_chassis: The program of password_script ended with 1\n",
    });
  });

  test("validate-all looks at the options only", async () => {
    await setup();
    expect((await exec([agent], { input: "action=validate-all\nip=192.0.2.1\ncommunity=x" })).code).toBe(0);
    const wrong = await exec([agent], { input: "action=validate-all\nip=192.0.2.1" });
    expect(wrong).toMatchObject({
      code: 1,
      stderr: "fence_haven_chassis: community is missing, which SNMP version 1 and 2c need\n",
    });
    expect((await exec([agent], { input: "action=explode\nip=x\ncommunity=x" })).code).toBe(1);
  });
});

test("a reboot has fenced, also when the device will not switch on again", async () => {
  const { simulator, on } = await setup();
  on.set("node1", false);
  simulator.setFault({ mode: "refuses-set" });
  const result = await input(simulator, "action=reboot\nplug=node1");
  expect(result).toMatchObject({ code: 0, stdout: "Success: Rebooted\n" });
  expect(result.stderr).toContain("Fenced, but not told to switch on again");
});

describe("failures are exit code 1, and never claim success", () => {
  test.each([
    ["ack-stays-on", "did not switch node1 off within 2 s: slot 1 on"],
    ["silent", "did not answer within 1 s"],
    ["wrong-community", "did not answer within 1 s"],
    ["garbage", "slot 1 in the state 77"],
    ["refuses-set", "GeneralError"],
  ] as const)("%s", async (mode, text) => {
    const { simulator } = await setup();
    simulator.setFault({ mode });
    const result = await input(simulator, "action=off\nplug=node1");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain(text);
  });

  test("a device that says off about a node that still answers", async () => {
    const { simulator } = await setup();
    simulator.setFault({ mode: "lies-off" });
    // This machine itself plays the node that is still there.
    const address = Object.values((await import("node:os")).networkInterfaces())
      .flat()
      .find((one) => one?.family === "IPv4" && !one.internal)?.address;
    if (address === undefined) return;
    const result = await input(
      simulator,
      `action=off\nplug=node1\nnodename=node1\nalive_check=1\nnode_addresses=${address}\n`,
    );
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("says node1 is off, but it is still heard");
  });

  test("a device that is something else", async () => {
    const { simulator } = await setup({ signature: "Linux printer 5.10" });
    const result = await input(simulator, "action=off\nplug=node1");
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('says it is "Linux printer 5.10"');
    expect(simulator.requests().every(({ pdu }) => pdu === "GetRequest")).toBe(true);
  });

  test("ended by Pacemaker in the middle of off", async () => {
    const { simulator } = await setup();
    simulator.setFault({ mode: "ack-stays-on" });
    const options = `ip=127.0.0.1\nipport=${simulator.port}\ncommunity=topsecret\naction=off\nplug=node1\n`;
    const result = await exec(["timeout", "--preserve-status", "-s", "TERM", "1", agent], { input: options });
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toEndWith("fence_haven_chassis: Interrupted\n");
  });
});

test("secrets are neither printed nor written to the debug file", async () => {
  const { simulator } = await setup();
  const log = join(directory, "debug");
  const result = await input(
    simulator,
    `action=off\nplug=node1\nverbose=1\ndebug_file=${log}\npasswd=hunter2222\n`,
  );
  expect(result.code).toBe(0);
  const text = result.stdout + result.stderr + (await readFile(log, "utf8"));
  expect(text).toContain("Slot 1: wrote 2");
  expect(text).not.toMatch(/topsecret|hunter2222/);
});

test("metadata needs nothing: no root, no home, no environment", async () => {
  await setup();
  // Where only root may read the work tree, a copy stands in for it.
  const copy = join(directory, "copy");
  await copyFile(executable, copy);
  await chmod(copy, 0o755);
  await chmod(directory, 0o755);
  await rm(agent);
  await symlink(copy, agent);
  const argv = [
    "setpriv",
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "env",
    "-i",
    agent,
    "-o",
    "metadata",
  ];
  const result = await exec(process.getuid?.() === 0 ? argv : argv.slice(4));
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toStartWith('<?xml version="1.0" ?>\n<resource-agent name="fence_haven_chassis"');
  expect((await exec([agent], { input: "action=meta-data\n" })).stdout).toBe(result.stdout);
  expect((await exec([agent, "--help"])).stdout).toContain("-a, --ip=[ip]");
  expect((await exec([agent, "-V"])).stdout).toMatch(/^\d+\.\d+/);
});
