import { startChassisSimulator } from "../../src/lab/chassis/simulator.ts";
import type { ChassisSimulator, ChassisSimulatorOptions } from "../../src/lab/chassis/types.ts";
import type { SimulatedUser } from "../../src/lab/device/snmp-device.ts";
import { Chassis } from "../../src/power/chassis.ts";
import { openSnmp } from "../../src/power/snmp.ts";
import type { SnmpCredentials, SnmpOptions } from "../../src/power/snmp-options.ts";

/** What the test has opened; `closeAll` closes it. */
export const open: { close(): unknown }[] = [];
/** Closes what a test has opened, youngest first. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).reverse()) await one.close();
}

export const v2: SnmpCredentials = { version: "2c", community: "private" };

/** A simulated chassis, and the servers in it. */
export interface World {
  readonly simulator: ChassisSimulator;
  readonly on: Map<string, boolean>;
  readonly soft: string[];
  connect(credentials?: SnmpCredentials, options?: Partial<SnmpOptions>): Promise<Chassis>;
}

export async function world(
  options: Partial<ChassisSimulatorOptions> & { softOffMs?: number } = {},
): Promise<World> {
  const on = new Map<string, boolean>();
  const soft: string[] = [];
  const simulator = await startChassisSimulator({
    model: "cmm",
    address: "127.0.0.1",
    port: 0,
    slots: [
      { slot: 1, host: "node1" },
      { slot: 2, host: "node10" },
      { slot: 5, host: "big", label: "big (5)" },
      { slot: 6, host: "big", label: "big (6)" },
    ],
    communities: ["private"],
    hooks: {
      powerOff: async (host) => void on.set(host, false),
      powerOn: async (host) => void on.set(host, true),
      softOff: async (host) => {
        soft.push(host);
        await Bun.sleep(options.softOffMs ?? 0);
        on.set(host, false);
      },
      isOn: (host) => on.get(host) ?? true,
    },
    ...options,
  });
  open.push(simulator);
  return {
    simulator,
    on,
    soft,
    async connect(credentials = v2, more = {}) {
      const snmp = await openSnmp({
        host: "127.0.0.1",
        port: simulator.port,
        credentials,
        timeoutMs: 1500,
        ...more,
      });
      const chassis = new Chassis(snmp);
      open.push(chassis);
      return chassis;
    },
  };
}

/** A user for every combination of protocols. */
export const users: readonly SimulatedUser[] = [
  ...(["md5", "sha", "sha224", "sha256", "sha384", "sha512"] as const).flatMap((authProtocol) => [
    { name: `auth-${authProtocol}`, level: "authNoPriv" as const, authProtocol, authKey: "authsecret" },
    ...(["des", "aes", "aes256b", "aes256r"] as const).map((privProtocol) => ({
      name: `${authProtocol}-${privProtocol}`,
      level: "authPriv" as const,
      authProtocol,
      authKey: "authsecret",
      privProtocol,
      privKey: "privsecret",
    })),
  ]),
  { name: "open", level: "noAuthNoPriv" },
];
