import { HavenError } from "../base/errors.ts";
import type { ClusterFile } from "../contract/cluster-file.ts";
import type { SnmpCredentials } from "../power/snmp-options.ts";
import type { ClusterPlan, ClusterTuning, FencingDevice, SbdPlan } from "./cluster-plan.ts";

const maxLength = 1024 * 1024;

/**
 * Reads a plan from YAML.
 *
 * @param file What errors name
 * @throws HavenError input.invalid for the first problem, with line and field
 */
export async function readClusterPlan(file: string, text: string): Promise<ClusterPlan> {
  const invalid = (where: string, found: string | undefined, expected: string): HavenError =>
    new HavenError("input.invalid", { where, found, expected });
  if (text.length > maxLength) throw invalid(file, `${text.length} characters`, "a file of at most 1 MiB");
  const [{ parseDocument, LineCounter, isNode }, { clusterFile }] = await Promise.all([
    import("yaml"),
    import("../contract/cluster-file.ts"),
  ]);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const line = (offset: number): string => `${file}:${lineCounter.linePos(offset).line}`;
  const [syntax] = document.errors;
  if (syntax !== undefined) throw invalid(line(syntax.pos[0]), syntax.message.split("\n")[0], "YAML");
  const result = clusterFile.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (result.success) return toPlan(result.data);
  const issue = result.error.issues[0];
  if (issue === undefined) throw invalid(file, undefined, "the plan of a cluster");
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  // Where the field is absent, the line of what should hold it.
  let offset = 0;
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (!isNode(node) || node.range === undefined || node.range === null) continue;
    offset = node.range[0];
    break;
  }
  const field = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const where = `${line(offset)}${field === "" ? "" : ` ${field.replace(/^\./, "")}`}`;
  const value: unknown = document.getIn(path);
  const scalar = ["string", "number", "boolean"].includes(typeof value);
  const isSecret = /password|community|secrets/.test(field);
  const found =
    value === undefined || value === null ? "nothing" : scalar && !isSecret ? `'${value}'` : "a value";
  throw unknown === undefined
    ? invalid(where, found, issue.message)
    : invalid(where, "an unknown field", "one that the documentation names");
}

function toPlan(file: ClusterFile): ClusterPlan {
  const { tuning, "quorum-device": device } = file;
  const { host = "", port, algorithm, "tie-breaker": tieBreaker } = device ?? {};
  const quorumDevice = { host, ...defined({ port, algorithm, tieBreaker }) };
  return {
    name: file.name,
    nodes: file.nodes.map(({ name, addresses, cpu, "memory-mib": memoryMiB }) => ({
      name,
      addresses,
      utilization: defined({ memoryMiB, cpu }),
    })),
    fencing: (file.fencing ?? []).map(toDevice),
    ...(device === undefined ? {} : { quorumDevice }),
    ...(file.sbd === undefined ? {} : { sbd: toSbd(file.sbd) }),
    pingTargets: file.ping ?? [],
    expectedVms: file["expected-vms"] ?? 50,
    tuning: tuning === undefined ? {} : toTuning(tuning),
  };
}

function toTuning(tuning: NonNullable<ClusterFile["tuning"]>): ClusterTuning {
  return defined({
    tokenMs: tuning["token-ms"],
    dcDeadtimeS: tuning["dc-deadtime"],
    cpuOvercommit: tuning["cpu-overcommit"],
    stickiness: tuning.stickiness,
    batchLimit: tuning["batch-limit"],
    migrationLimit: tuning["migration-limit"],
    fenceOffS: tuning["fence-off-seconds"],
    pingIntervalS: tuning["ping-interval"],
    pingDampenS: tuning["ping-dampen"],
  });
}

function toSbd(sbd: NonNullable<ClusterFile["sbd"]>): SbdPlan {
  return {
    watchdog: sbd.watchdog ?? "/dev/watchdog",
    timeoutS: sbd["timeout-seconds"] ?? 10,
    devices: sbd.devices ?? [],
  };
}

type FileDevice = NonNullable<ClusterFile["fencing"]>[number];

function toDevice(device: FileDevice): FencingDevice {
  const hosts = device.hosts.map((host) => (typeof host === "string" ? { node: host } : host));
  if (device.agent !== undefined) {
    return {
      kind: "agent",
      agent: device.agent,
      options: strings(device.options),
      secrets: strings(device.secrets),
      hosts,
    };
  }
  return {
    kind: "chassis",
    address: device.chassis ?? "",
    credentials: toCredentials(device),
    hosts,
    ...defined({ port: device.port, noSoftOff: device["no-softoff"] }),
  };
}

function toCredentials(device: FileDevice): SnmpCredentials {
  const { community, user, authentication, privacy } = device;
  if (community !== undefined) {
    return { version: device["snmp-version"] === "1" ? "1" : "2c", community };
  }
  const named = { version: "3", user: user ?? "" } as const;
  if (authentication === undefined) return { ...named, level: "noAuthNoPriv" };
  const authenticated = {
    ...named,
    authProtocol: authentication.protocol,
    authPassword: authentication.password,
  };
  if (privacy === undefined) return { ...authenticated, level: "authNoPriv" };
  return {
    ...authenticated,
    level: "authPriv",
    privProtocol: privacy.protocol,
    privPassword: privacy.password,
  };
}

function strings(values: Readonly<Record<string, string | number | boolean>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
