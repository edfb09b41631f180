import { hostname, release } from "node:os";
import { isHavenError } from "../base/errors.ts";
import { exec } from "../base/exec.ts";
import { version } from "../base/version.ts";
import type { HealthCheck } from "../contract/health-check.ts";
import type { NodeChecks } from "../contract/node-checks.ts";
import { localNode } from "../host/local-node.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { programs } from "../host/node-facts.ts";
import type { Environment } from "./environment.ts";
import { allStorageHealth } from "./health/all-storage-health.ts";
import { softwareHealth } from "./health/host-health.ts";
import { networkHealth } from "./health/network-health.ts";
import type { NodeContext } from "./health/node-context.ts";
import { nodeHealth } from "./health/node-health.ts";
import { nodeWorld } from "./health/node-world.ts";
import { openLibvirt } from "./health/open-libvirt.ts";

const mostText = 1500;

export interface NodeChecksOptions {
  /** Where the kernel tells of interfaces, for tests. */
  readonly netFolder?: string;
  readonly storageMs?: number;
  /** Asks another node's daemon who it is; nobody is asked unless given. */
  readonly hello?: Exclude<NodeContext["hello"], undefined>;
  readonly openLibvirt?: NodeContext["openLibvirt"];
  readonly host?: NodeAccess;
}

/**
 * Looks at this node: what is installed, whether the places of the VMs' disks answer, whether the zones' bridges are there,
 * and on a live cluster whatever else it needs to run VMs and to take them over. What hangs or is missing is an answer,
 * too. It needs neither a daemon nor a cluster.
 *
 * @throws HavenError interrupted; for a file (`CIB_file`) pacemaker.*, settings.invalid
 */
export async function nodeChecks(
  environment: Pick<Environment, "pacemaker" | "clock" | "signal" | "isLive">,
  options: NodeChecksOptions = {},
): Promise<NodeChecks> {
  const { clock, signal, isLive } = environment;
  const host = options.host ?? localNode();
  const [versions, world] = await Promise.all([versionsHere(signal), nodeWorld(environment, host)]);
  const { settings, found } = world;
  const context: NodeContext = {
    ...{ node: hostname(), clock, signal, pacemaker: environment.pacemaker, host, ...world },
    openLibvirt: options.openLibvirt ?? openLibvirt,
    hello: options.hello,
  };
  const { timeoutMs, folder } = {
    timeoutMs: options.storageMs ?? 5000,
    folder: options.netFolder ?? "/sys/class/net",
  };
  const [storage, others] = await Promise.all([
    allStorageHealth(settings.storage ?? [], { host, signal, timeoutMs, lookOnly: !isLive }),
    isLive ? nodeHealth(context) : ([] as readonly HealthCheck[]),
  ]);
  const { networks, health } = networkHealth(settings.zones ?? {}, folder);
  return {
    ...{ node: hostname(), time: clock.now(), versions, storage: storage.storage, networks },
    health: [...found, ...softwareHealth(versions), ...storage.health, ...health, ...others].map(short),
  };
}

/** Others read what is no longer than this. */
function short(check: HealthCheck): HealthCheck {
  return check.text.length <= mostText ? check : { ...check, text: `${check.text.slice(0, mostText)}…` };
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
