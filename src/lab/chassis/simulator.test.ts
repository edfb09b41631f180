import { afterEach, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chassisOids } from "../../power/chassis-table.ts";
import { openSnmp } from "../../power/snmp.ts";
import { readDevice, setDeviceFault } from "../device/control.ts";
import { startChassisSimulator } from "./simulator.ts";
import type { ChassisSimulator, ChassisSimulatorOptions } from "./types.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Servers that switch at once. */
function servers(names: readonly string[]) {
  const on = new Map(names.map((name) => [name, true]));
  return {
    on,
    hooks: {
      powerOff: async (host: string) => void on.set(host, false),
      powerOn: async (host: string) => void on.set(host, true),
      softOff: async (host: string) => void on.set(host, false),
      isOn: (host: string) => on.get(host) === true,
    },
  };
}

async function start(options: Partial<ChassisSimulatorOptions> = {}): Promise<ChassisSimulator> {
  const simulator = await startChassisSimulator({
    model: "amm",
    address: "127.0.0.1",
    port: 0,
    slots: [
      { slot: 1, host: "node1" },
      { slot: 2, host: "node2" },
    ],
    hooks: servers(["node1", "node2"]).hooks,
    communities: ["private"],
    ...options,
  });
  open.push(simulator);
  return simulator;
}

test("answers get and next, and logs who asked for what", async () => {
  const directory = await mkdtemp(join(tmpdir(), "chassis-"));
  const simulator = await start({ logPath: join(directory, "log") });
  const snmp = await openSnmp({
    host: "127.0.0.1",
    port: simulator.port,
    credentials: { version: "2c", community: "private" },
  });
  open.push(snmp);
  const [signature] = await snmp.get([chassisOids.signature]);
  expect(Buffer.from(signature?.value as Uint8Array).toString()).toBe(
    "BladeCenter Advanced Management Module",
  );
  const [first] = await snmp.next([chassisOids.label]);
  expect(first?.oid).toBe(`${chassisOids.label}.1`);
  await snmp.set(`${chassisOids.control}.2`, 0);
  expect((await simulator.states()).get(2)).toBe(0);
  open.splice(open.indexOf(simulator), 1);
  await simulator.close();
  const lines = (await readFile(join(directory, "log"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ pdu }) => pdu)).toEqual(["GetRequest", "GetNextRequest", "SetRequest"]);
  expect(lines[2]).toMatchObject({
    version: "2c",
    principal: "private",
    varbinds: [{ oid: `${chassisOids.control}.2`, value: 0 }],
  });
  await rm(directory, { recursive: true });
});

test("faults are set through the control socket while it runs", async () => {
  const directory = await mkdtemp(join(tmpdir(), "chassis-"));
  const controlPath = join(directory, "control");
  const simulator = await start({ controlPath });
  expect(await readDevice(controlPath)).toMatchObject({ states: { 1: 1, 2: 1 }, requests: 0 });
  expect((await setDeviceFault(controlPath, { mode: "garbage", slots: [2] })).fault?.mode).toBe("garbage");
  expect(simulator.fault()).toEqual({ mode: "garbage", slots: [2] });
  await expect(setDeviceFault(controlPath, { mode: "nonsense" as "garbage" })).rejects.toThrow("400");
  await setDeviceFault(controlPath, undefined);
  expect(simulator.fault()).toBeUndefined();
  await rm(directory, { recursive: true });
});

test("a server over two slots has power only when both slots give it", async () => {
  const { on, hooks } = servers(["big"]);
  const simulator = await start({
    slots: [
      { slot: 3, host: "big" },
      { slot: 4, host: "big" },
    ],
    hooks,
  });
  const snmp = await openSnmp({
    host: "127.0.0.1",
    port: simulator.port,
    credentials: { version: "1", community: "private" },
  });
  open.push(snmp);
  await snmp.set(`${chassisOids.control}.3`, 0);
  expect(on.get("big")).toBe(false);
  await snmp.set(`${chassisOids.control}.4`, 0);
  await snmp.set(`${chassisOids.control}.3`, 1);
  expect(on.get("big")).toBe(false);
  await snmp.set(`${chassisOids.control}.4`, 1);
  expect(on.get("big")).toBe(true);
});

test("a community that may only read cannot switch", async () => {
  const simulator = await start({ readCommunities: ["public"] });
  const snmp = await openSnmp({
    host: "127.0.0.1",
    port: simulator.port,
    credentials: { version: "2c", community: "public" },
  });
  open.push(snmp);
  await expect(snmp.set(`${chassisOids.control}.1`, 0)).rejects.toMatchObject({ code: "power.denied" });
  expect((await simulator.states()).get(1)).toBe(1);
});
