import { createHash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { spawnDetached } from "../../base/exec.ts";
import { bmcFace } from "../bin.ts";
import { serveControl } from "../device/control.ts";
import type { DeviceFault, FaultMode } from "../device/fault.ts";
import type { PowerHooks } from "../device/power-hooks.ts";
import { isAlive, killProcess, processIdentity, signalProcess } from "../process.ts";
import { writeWhole } from "../state.ts";
import { BmcPower, bmcCommands } from "./power.ts";

export interface BmcSimulatorOptions {
  /** "bmc-node1" */
  readonly name: string;
  /** The server that it switches. */
  readonly host: string;
  readonly address: string;
  readonly username: string;
  /** 16 characters at the most, as older versions of IPMI have it. */
  readonly password: string;
  readonly hooks: PowerHooks;
  /** The node image, which has OpenIPMI's ipmi_sim. */
  readonly image: string;
  /** The lab's directory. */
  readonly labDir: string;
  /** The controller's own, made anew; its control socket and what it says are there. */
  readonly dir: string;
}

/** What a management controller can do wrong here. */
const faults: readonly FaultMode[] = [
  "ack-stays-on",
  "lies-off",
  "reads-off",
  "silent",
  "switches-late",
  "flapping",
  "refuses-set",
];

/**
 * Starts a management controller that answers IPMI 2.0 (RMCP+) at its address: OpenIPMI's ipmi_sim, which asks this
 * process for the server's power, and has it switched, through `haven-lab-bmc` and the control socket. It ends with this
 * process, however that ends.
 */
export async function startBmcSimulator(options: BmcSimulatorOptions): Promise<{ close(): Promise<void> }> {
  const { name, dir, image, labDir } = options;
  const power = new BmcPower(options.host, options.hooks, (error) => {
    process.stderr.write(`${name}: ${String(error)}\n`);
  });
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(`${dir}/state`, { recursive: true, mode: 0o700 });
  writeWhole(`${dir}/lan.conf`, lanConf(options), 0o600);
  writeWhole(`${dir}/bmc.emu`, emulation);
  let pid = 0;
  const simulator = () => processIdentity(pid);
  const control = await serveControl(
    `${dir}/control.sock`,
    {
      address: options.address,
      port: 623,
      faults,
      fault: () => (simulator() === undefined ? { mode: "silent" } : power.fault),
      setFault(fault: DeviceFault | undefined) {
        power.setFault(fault);
        const identity = simulator();
        if (identity !== undefined) signalProcess(identity, fault?.mode === "silent" ? "SIGSTOP" : "SIGCONT");
      },
      states: async () => new Map([[1, await power.state()]]),
      requests: () => [],
    },
    powerRoutes(power),
  );
  const argv = [
    "unshare",
    "--mount",
    "--propagation=slave",
    "--",
    "/bin/sh",
    `${labDir}/bin/bmc`,
    image,
    labDir,
    dir,
  ];
  pid = spawnDetached(["setpriv", "--pdeathsig", "KILL", ...argv], { outputFile: `${dir}/log` });
  return {
    async close() {
      const identity = simulator();
      if (identity !== undefined && isAlive(identity)) await killProcess(identity);
      await control.close();
      await power.idle();
    },
  };
}

/** What `haven-lab-bmc` asks: GET tells the state, POST of a command's name switches. */
export function powerRoutes(power: BmcPower) {
  return {
    "/power": {
      GET: async () => new Response(String(await power.toldState(1))),
      POST: async (request: Request) => {
        const name = await request.text();
        const command = Object.entries(bmcCommands).find(([known]) => known === name)?.[1];
        if (command === undefined) return new Response("Not a command\n", { status: 400 });
        if (power.fault?.mode === "refuses-set") return new Response("Refused\n", { status: 409 });
        power.write(1, command);
        return new Response("");
      },
    },
  };
}

/** See ipmi_lan(5). Paths are those within the simulator's own root. */
function lanConf({ name, address, username, password, dir }: BmcSimulatorOptions): string {
  // Without one it opens no RMCP+ session.
  const guid = createHash("sha256").update(dir).digest("hex").slice(0, 32);
  return `name "${name}"
set_working_mc 0x20
  startlan 1
    addr ${address} 623
    priv_limit admin
    allowed_auths_admin md5
    guid ${guid}
  endlan
  chassis_control "/usr/lib/haven-lab/bin/${bmcFace} /mnt/control.sock"
  user 2 true "${username}" "${password}" admin 10 md5
`;
}

/** One controller with a chassis device, see ipmi_sim_cmd(5). */
const emulation = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
`;
