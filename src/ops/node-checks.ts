import { existsSync, readFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { isHavenError, printError } from "../base/errors.ts";
import { exec } from "../base/exec.ts";
import { version } from "../base/version.ts";
import type { NetworkCheck, NodeChecks, StorageCheck } from "../contract/node-checks.ts";
import { programs } from "../host/node-facts.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import type { Environment } from "./environment.ts";

/** A file system that takes longer hangs, for who waits for it. */
const storageMs = 5000;

export interface NodeChecksOptions {
  /** Where the kernel tells of interfaces, for tests. */
  readonly netFolder?: string;
  readonly storageMs?: number;
}

/**
 * Looks at this node: what is installed, whether the places of the VMs' disks answer, whether the zones' bridges are there.
 * What hangs or is missing is an answer, too.
 *
 * @throws HavenError pacemaker.*, settings.invalid
 */
export async function nodeChecks(
  { pacemaker, clock, signal }: Pick<Environment, "pacemaker" | "clock" | "signal">,
  options: NodeChecksOptions = {},
): Promise<NodeChecks> {
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const { storage = [], zones = {} } = await settingsInCib(cib);
  const folder = options.netFolder ?? "/sys/class/net";
  const [versions, places] = await Promise.all([
    versionsHere(signal),
    Promise.all(storage.map((path) => storageCheck(path, signal, options.storageMs ?? storageMs))),
  ]);
  const networks = Object.entries(zones).map(([zone, { bridge, ovs }]) =>
    networkCheck(zone, bridge ?? ovs ?? "", folder),
  );
  return { node: hostname(), time: clock.now(), versions, storage: places, networks };
}

async function versionsHere(signal: AbortSignal): Promise<NodeChecks["versions"]> {
  const asked = await Promise.all(
    Object.entries(programs).map(async ([name, argv]) => {
      try {
        const { stdout, stderr } = await exec(argv, { signal, timeoutMs: 5000 });
        return [name, /\d+(?:\.\d+)+/.exec(`${stdout}\n${stderr}`)?.[0]] as const;
      } catch (error) {
        if (isHavenError(error, "interrupted")) throw error;
        return [name, undefined] as const;
      }
    }),
  );
  const found = asked.filter((one): one is readonly [string, string] => one[1] !== undefined);
  return { haven: version, linux: release(), ...Object.fromEntries(found) };
}

/** The file system is asked by a process of its own: one that hangs takes nobody along. */
async function storageCheck(path: string, signal: AbortSignal, timeoutMs: number): Promise<StorageCheck> {
  const began = performance.now();
  try {
    const argv = ["stat", "--file-system", "--format=%T %S %b %a", "--", path];
    const { code, stdout, stderr } = await exec(argv, { signal, timeoutMs });
    const ms = Math.round(performance.now() - began);
    const words = /^(\S+) (\d+) (\d+) (\d+)$/.exec(stdout.trim());
    if (code !== 0 || words === null) {
      const why = /no such file/i.test(stderr) ? "it is not there" : stderr.trim().split(": ").at(-1);
      return { path, ok: false, text: why ?? "it cannot be looked at" };
    }
    const [, kind = "", block = "0", blocks = "0", available = "0"] = words;
    if (path === "/dev" || path.startsWith("/dev/")) return { path, ok: true, text: "block devices", ms };
    const mib = (count: string): number => Math.floor((Number(count) * Number(block)) / 2 ** 20);
    return { path, ok: true, text: kind, free: mib(available), total: mib(blocks), ms };
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    if (isHavenError(error, "exec.timeout")) {
      return { path, ok: false, text: `it does not answer within ${timeoutMs / 1000} s` };
    }
    return { path, ok: false, text: printError(error) };
  }
}

function networkCheck(zone: string, bridge: string, folder: string): NetworkCheck {
  const path = `${folder}/${bridge}`;
  if (!existsSync(path)) return { zone, bridge, ok: false, text: `there is no bridge ${bridge}` };
  const read = (name: string): string => {
    try {
      return readFileSync(`${path}/${name}`, "utf8").trim();
    } catch {
      return "";
    }
  };
  const mtu = Number(read("mtu"));
  const state = read("operstate");
  // A bridge without ports that are up says "down"; one of Open vSwitch's says "unknown".
  const ok = state !== "down" && state !== "notpresent";
  const text = ok ? "up" : "down: none of its ports is up";
  return { zone, bridge, ok, text, ...(Number.isInteger(mtu) && mtu > 0 ? { mtu } : {}) };
}
