import { systemClock } from "../base/clock.ts";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import type { Chassis } from "../power/chassis.ts";
import type { SwitchOptions } from "../power/switch-chassis.ts";
import { type FenceAgent, type FenceCall, runFenceAgent } from "./fence-agent.ts";
import { chassisCredentials, chassisOptions, checkChassisOptions } from "./fence-chassis-options.ts";
import type { FenceValues } from "./fence-option.ts";

/** fence_haven_chassis: IBM BladeCenter and Flex System management modules over SNMP. */
const chassisAgent: FenceAgent = {
  name: "fence_haven_chassis",
  short: "Fence agent for IBM BladeCenter and Flex System chassis over SNMP",
  long:
    "fence_haven_chassis switches servers in an IBM BladeCenter (Advanced Management Module) or an IBM Flex System " +
    "chassis (Chassis Management Module) over SNMP version 1, 2c or 3. A server is named by its slots' labels: the " +
    "text before a round bracket. A server over several slots is switched in all of them. Off asks the server to shut " +
    "down first (softoff_timeout), then cuts its power (power_timeout), and succeeds only when the device says off " +
    "for every slot and the node is not heard on the network any more. That may take 90 seconds and a few more: set " +
    "pcmk_off_timeout and pcmk_reboot_timeout to 120 seconds or more, or the cluster's stonith-timeout.",
  vendorUrl: "https://www.ibm.com",
  options: chassisOptions,
  check: checkChassisOptions,
  run: runChassis,
};

/** The face fence_haven_chassis. Words are the command line; without any, options come on standard input. */
export function fenceChassisMain(words: readonly string[]): Promise<number> {
  return runFenceAgent(chassisAgent, words);
}

async function runChassis(call: FenceCall): Promise<number> {
  const { action, values, signal } = call;
  if (action === "off" || action === "reboot") await systemClock.sleep(seconds(values, "delay"), signal);
  const chassis = await login(call);
  try {
    return await perform(chassis, call);
  } finally {
    chassis.close();
  }
}

async function perform(chassis: Chassis, call: FenceCall): Promise<number> {
  const { action, values, say } = call;
  const plug = values.get("plug") ?? "";
  switch (action) {
    case "status": {
      const power = await chassis.status(plug);
      say(`Status: ${power.toUpperCase()}`);
      return power === "on" ? 0 : 2;
    }
    case "monitor": {
      await chassis.slots();
      if (plug !== "") await chassis.find(plug);
      return 0;
    }
    case "list":
    case "list-status": {
      const separator = values.get("separator") ?? ",";
      for (const { slot, host, power } of await chassis.slots()) {
        const columns = [slot, host, ...(action === "list" ? [] : [power.toUpperCase()])];
        say(columns.join(separator));
      }
      return 0;
    }
    case "off":
      await off(chassis, plug, call);
      say("Success: Powered OFF");
      return 0;
    case "on":
      await on(chassis, plug, call);
      say("Success: Powered ON");
      return 0;
    case "reboot":
      await reboot(chassis, plug, call);
      say("Success: Rebooted");
      return 0;
  }
}

/**
 * Off, and then on. With "off" the node is fenced, and VMs wait for this action's end: that it comes back is not
 * waited for, and that the device does not take the command is a fault to tell of, not a failed fencing.
 */
async function reboot(chassis: Chassis, plug: string, call: FenceCall): Promise<void> {
  const wasSwitched = await off(chassis, plug, call);
  if (wasSwitched) await systemClock.sleep(1000, call.signal);
  const { askOn } = await import("../power/switch-chassis.ts");
  await askOn(chassis, plug, { ...times(call), onMs: 2000 }).catch((error: unknown) => {
    if (isHavenError(error, "interrupted")) throw error;
    call.warn(`Fenced, but not told to switch on again: ${printError(error)}`);
  });
}

async function off(chassis: Chassis, plug: string, call: FenceCall): Promise<boolean> {
  const { switchOff } = await import("../power/switch-chassis.ts");
  return await switchOff(chassis, plug, { ...times(call), ...(await hearing(plug, call)) });
}

async function on(chassis: Chassis, plug: string, call: FenceCall): Promise<void> {
  const { switchOn } = await import("../power/switch-chassis.ts");
  const tries = Math.max(1, Number(call.values.get("retry_on")));
  for (let attempt = 1; ; attempt++) {
    try {
      await switchOn(chassis, plug, times(call));
      return;
    } catch (error) {
      if (!isHavenError(error, "power.failed") || attempt >= tries) throw error;
      call.warn(`${error.message}; trying again`);
    }
  }
}

/** Opens the conversation and makes sure that it is one of the two devices; tries until login_timeout. */
async function login(call: FenceCall): Promise<Chassis> {
  const { values, signal, note } = call;
  const [{ openSnmp }, { Chassis }] = await Promise.all([
    import("../power/snmp.ts"),
    import("../power/chassis.ts"),
  ]);
  const credentials = await chassisCredentials(values, (option) => fromProgram(values, option, signal));
  if (credentials.version === "3" && credentials.level === "noAuthNoPriv") {
    call.warn("SNMP version 3 without a password: anyone on the network can forge the device's answers");
  }
  const snmp = await openSnmp({
    host: values.get("ip") ?? "",
    port: Number(values.get("ipport")),
    credentials,
    timeoutMs: Math.max(1, seconds(values, "shell_timeout")),
    signal,
    onNote: note,
    ...familyOf(values),
  });
  const chassis = new Chassis(snmp, { signal, separator: values.get("plug_separator") ?? "," });
  const end = systemClock.monotonic() + seconds(values, "login_timeout");
  for (;;) {
    try {
      note(`${chassis.device} is ${await chassis.identify()}`);
      return chassis;
    } catch (error) {
      if (!isHavenError(error, "power.unreachable") || systemClock.monotonic() >= end) {
        chassis.close();
        throw error;
      }
      note(error.message);
    }
  }
}

function familyOf(values: FenceValues): { readonly family?: 4 | 6 } {
  if (values.get("inet4_only") === "1") return { family: 4 };
  return values.get("inet6_only") === "1" ? { family: 6 } : {};
}

function times({ values, note, signal }: FenceCall): SwitchOptions & { readonly signal: AbortSignal } {
  const power =
    values.get("disable_timeout") === "1" ? Number.POSITIVE_INFINITY : seconds(values, "power_timeout");
  return {
    noSoftOff: values.get("no_softoff") === "1",
    softOffMs: seconds(values, "softoff_timeout"),
    offMs: power,
    onMs: power,
    settleMs: seconds(values, "power_wait"),
    pollMs: Math.max(100, seconds(values, "stonith_status_sleep")),
    onNote: note,
    signal,
  };
}

/** What contradicts a device that says off: the node on the network. */
async function hearing(plug: string, call: FenceCall): Promise<Pick<SwitchOptions, "heard">> {
  const { values, signal, warn, note } = call;
  if (values.get("alive_check") !== "1") return {};
  const { hear, nodeAddresses } = await import("../power/heard.ts");
  // A slot's number is no name, although it would resolve to an address.
  const node = values.get("nodename") ?? (/^[\d,. ]*$/.test(plug) ? undefined : plug);
  const given = (values.get("node_addresses") ?? "").split(/[\s,]+/).filter((address) => address !== "");
  const addresses = await nodeAddresses({ node, addresses: given });
  if (addresses.length === 0) {
    warn(`No address of ${node ?? plug} is known: the device's word is all there is`);
    return {};
  }
  note(`Listening for ${node ?? plug} at ${addresses.join(", ")}`);
  return { heard: () => hear(addresses, { signal }) };
}

/**
 * What a program prints, without the line's end. The option is a path with words behind it, never a shell's line.
 * Nothing of what it was called with or printed goes into an error.
 */
async function fromProgram(values: FenceValues, option: string, signal: AbortSignal): Promise<string> {
  const { exec } = await import("../base/exec.ts");
  const argv = (values.get(option) ?? "").split(" ").filter((word) => word !== "");
  const result = await exec(argv, { signal, timeoutMs: 10_000, maxOutputBytes: 4096 });
  const text = result.stdout.replace(/\r?\n$/, "");
  if (result.code === 0 && text !== "") return text;
  const what = result.code === 0 ? "printed nothing" : `ended with ${result.code ?? result.signal}`;
  throw new HavenError("usage", { what: `The program of ${option} ${what}` });
}

function seconds(values: FenceValues, name: string): number {
  return Number(values.get(name) ?? "0") * 1000;
}
