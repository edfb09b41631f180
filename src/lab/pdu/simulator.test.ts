import { afterEach, expect, test } from "bun:test";
import { exec } from "../../base/exec.ts";
import { openSnmp } from "../../power/snmp.ts";
import type { DeviceFault } from "../device/fault.ts";
import type { SnmpDevice } from "../device/snmp-device.ts";
import { outletState, pduOids } from "./pdu-oids.ts";
import { startPduSimulator } from "./simulator.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A PDU with two servers of two supplies each, and a client of it. */
async function start() {
  const on = new Map([
    ["node1", true],
    ["node2", true],
  ]);
  const device = await startPduSimulator({
    address: "127.0.0.1",
    port: 0,
    outlets: [
      { outlet: 1, host: "node1" },
      { outlet: 2, host: "node2" },
      { outlet: 9, host: "node1" },
      { outlet: 10, host: "node2" },
    ],
    hooks: {
      powerOff: async (host) => void on.set(host, false),
      powerOn: async (host) => void on.set(host, true),
      isOn: (host) => on.get(host) === true,
    },
    communities: ["private"],
  });
  open.push(device);
  const snmp = await openSnmp({
    host: "127.0.0.1",
    port: device.port,
    credentials: { version: "1", community: "private" },
  });
  open.push(snmp);
  const command = async (outlet: number, state: number) => {
    await snmp.set(`${pduOids.control}.${outlet}`, state);
    await Bun.sleep(5);
  };
  const told = async (outlet: number) => (await snmp.get([`${pduOids.state}.${outlet}`]))[0]?.value;
  return { on, device, snmp, command, told };
}

test("a server has power while one of its outlets gives it", async () => {
  const { on, command, told } = await start();
  await command(1, outletState.off);
  expect([on.get("node1"), await told(1), await told(9)]).toEqual([true, 2, 1]);
  await command(9, outletState.off);
  expect([on.get("node1"), on.get("node2"), await told(9)]).toEqual([false, true, 2]);
  await command(9, outletState.on);
  expect([on.get("node1"), await told(1), await told(9)]).toEqual([true, 2, 1]);
});

test("it names its outlets", async () => {
  const { snmp } = await start();
  const [name] = await snmp.next([pduOids.name]);
  expect([name?.oid, Buffer.from(name?.value as Uint8Array).toString()]).toEqual([
    `${pduOids.name}.1`,
    "node1-A",
  ]);
});

test("a server that was switched on another way has power from its outlets again", async () => {
  const { on, command, told } = await start();
  for (const outlet of [1, 9]) await command(outlet, outletState.off);
  on.set("node1", true);
  expect([await told(1), await told(9)]).toEqual([1, 1]);
});

const outletFaults: readonly (readonly [DeviceFault, number, boolean])[] = [
  [{ mode: "ack-stays-on", slots: [9] }, outletState.on, true],
  [{ mode: "lies-off", slots: [9] }, outletState.off, true],
  [{ mode: "switches-late", slots: [9], delayMs: 80 }, outletState.on, true],
];

test.each(outletFaults)(
  "with the fault %o of its second outlet a server lives on",
  async (fault, state, lives) => {
    const { on, device, command, told } = await start();
    device.setFault(fault);
    await command(1, outletState.off);
    await command(9, outletState.off);
    expect([await told(1), await told(9), on.get("node1")]).toEqual([2, state, lives]);
    if (fault.mode !== "switches-late") return;
    await Bun.sleep(120);
    expect([await told(9), on.get("node1")]).toEqual([2, false]);
  },
);

// Debian's fence-agents-apc-snmp, with its snmpget and snmpset, where they are installed.
const agent = "/usr/sbin/fence_apc_snmp";
const hasAgent = Bun.which("fence_apc_snmp", { PATH: "/usr/sbin" }) !== null && Bun.which("snmpget") !== null;

async function ask(device: SnmpDevice, plug: string, action: string) {
  const words = ["-a", "127.0.0.1", "-u", String(device.port), "-c", "private", "-n", plug, "-o", action];
  const { code, stdout } = await exec([agent, ...words], { timeoutMs: 50_000 });
  return { code, said: stdout.trim() };
}

test.skipIf(!hasAgent)(
  "the maintained agent switches an outlet",
  async () => {
    const { device, on } = await start();
    expect(await ask(device, "2", "off")).toEqual({ code: 0, said: "Success: Powered OFF" });
    expect((await ask(device, "2", "status")).code).toBe(2);
    expect((await ask(device, "node2-B", "status")).code).toBe(0);
    expect(on.get("node2")).toBe(true);
    expect((await ask(device, "10", "off")).code).toBe(0);
    expect(on.get("node2")).toBe(false);
  },
  60_000,
);

test.skipIf(!hasAgent)(
  "the maintained agent takes the first of several outlets for all of them, and says off while the server runs",
  async () => {
    const { device, on } = await start();
    expect(await ask(device, "1,9", "off")).toEqual({ code: 0, said: "Success: Powered OFF" });
    expect([...(await device.states())]).toEqual([
      [1, 2],
      [2, 1],
      [9, 1],
      [10, 1],
    ]);
    expect(on.get("node1")).toBe(true);
  },
  60_000,
);
