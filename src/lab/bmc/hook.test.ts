import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serveControl, setDeviceFault } from "../device/control.ts";
import { bmcHookMain } from "./hook.ts";
import { BmcPower } from "./power.ts";
import { powerRoutes } from "./simulator.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A server behind a control socket, and the program that ipmi_sim calls. */
async function start() {
  const dir = mkdtempSync(join(tmpdir(), "bmc-"));
  open.push({ close: () => rmSync(dir, { recursive: true }) });
  const did: string[] = [];
  let on = true;
  const power = new BmcPower(
    "node1",
    {
      isOn: () => on,
      powerOff: async () => {
        on = false;
        did.push("off");
      },
      powerOn: async () => {
        on = true;
        did.push("on");
      },
      softOff: async () => void did.push("button"),
    },
    (error) => did.push(String(error)),
  );
  const socket = join(dir, "control.sock");
  const device = {
    address: "127.0.0.1",
    port: 623,
    faults: ["lies-off", "refuses-set"] as const,
    fault: () => power.fault,
    setFault: (fault: BmcPower["fault"]) => power.setFault(fault),
    states: async () => new Map([[1, await power.state()]]),
    requests: () => [],
  };
  open.push(await serveControl(socket, device, powerRoutes(power)));
  const hook = async (...words: readonly string[]) => {
    let said = "";
    const code = await bmcHookMain([socket, ...words], (text) => {
      said += text;
    });
    await power.idle();
    return [code, said] as const;
  };
  return { hook, did, socket };
}

test("asks for the power and switches it", async () => {
  const { hook, did } = await start();
  expect(await hook("get", "power")).toEqual([0, "power:1\n"]);
  expect(await hook("set", "power", "0")).toEqual([0, ""]);
  expect(await hook("get", "power")).toEqual([0, "power:0\n"]);
  await hook("set", "power", "1");
  await hook("set", "reset", "1");
  await hook("set", "shutdown", "1");
  expect(did).toEqual(["off", "on", "off", "on", "button"]);
});

test("what it does not know, and what is refused, is an error and does nothing", async () => {
  const { hook, did, socket } = await start();
  for (const words of [["get", "boot"], ["set", "boot", "pxe"], ["check"], []]) {
    expect((await hook(...words))[0]).toBe(1);
  }
  await setDeviceFault(socket, { mode: "refuses-set" });
  expect((await hook("set", "power", "0"))[0]).toBe(1);
  await expect(setDeviceFault(socket, { mode: "wrong-oid" })).rejects.toThrow("400");
  expect(did).toEqual([]);
});

test("a lie is told of its own switching only", async () => {
  const { hook, did, socket } = await start();
  await setDeviceFault(socket, { mode: "lies-off" });
  expect(await hook("get", "power")).toEqual([0, "power:1\n"]);
  expect((await hook("set", "power", "0"))[0]).toBe(0);
  expect(await hook("get", "power")).toEqual([0, "power:0\n"]);
  await setDeviceFault(socket, undefined);
  expect(await hook("get", "power")).toEqual([0, "power:1\n"]);
  expect(did).toEqual([]);
});
