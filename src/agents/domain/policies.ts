import { readSpec, type Settings } from "./settings.ts";

/** What to do about a guest that stands still. */
export type PausePolicy = "wait" | "resume" | "fail";

/** How the administrator wants this VM treated: a parameter of the resource counts before its specification. */
export interface Policies {
  readonly ioError: PausePolicy;
  readonly suspended: PausePolicy;
  /** What becomes of a VM whose guest has powered off. */
  readonly guestShutdown: "restart" | "stay-down";
  /** How long the guest has to shut down, milliseconds; undefined: as long as the stop's timeout allows. */
  readonly gracefulMs: number | undefined;
  /** End it at once, without asking the guest. */
  readonly forceStop: boolean;
  readonly escFirst: boolean;
  /** MiB/s; undefined: no limit. */
  readonly bandwidth: number | undefined;
  /** Appended to the destination's host name to name its address for migration. */
  readonly networkSuffix: string;
  readonly autoConverge: boolean;
  /** Milliseconds the migration may take, within Pacemaker's timeout. */
  readonly migrationMs: number | undefined;
  /** Migrate although libvirt does not know the file system as shared. */
  readonly sharedStorage: boolean;
  readonly monitorScripts: readonly string[];
  /** Have the guest agent set the clock after the guest stood still. */
  readonly setClock: boolean;
  /** How long a start waits for the guest to say that it is ready, milliseconds; undefined: it does not. */
  readonly readyMs: number | undefined;
}

const suffixPattern = /^[A-Za-z0-9._-]{1,60}$/;

const shutdownPolicies: readonly string[] = ["restart", "stay-down"];

const pausePolicies: readonly string[] = ["wait", "resume", "fail"];

/**
 * Reads the policies. A value that makes no sense counts as not given: an agent that refused to stop a VM over a
 * misspelt policy would be worse. `validate-all` names it, see `problems`.
 */
export function readPolicies(settings: Pick<Settings, "env">): Policies {
  const { env } = settings;
  const spec = readSpec(env);
  const policies = part(spec, "policies");
  const migration = part(spec, "migration");
  return {
    ioError: policy(env.OCF_RESKEY_io_error_policy) ?? policy(policies["io-error"]) ?? "wait",
    suspended: policy(env.OCF_RESKEY_paused_policy) ?? policy(policies.suspended) ?? "wait",
    guestShutdown:
      shutdownPolicy(env.OCF_RESKEY_guest_shutdown_policy) ??
      shutdownPolicy(policies["guest-shutdown"]) ??
      "restart",
    gracefulMs: seconds(env.OCF_RESKEY_graceful_timeout) ?? seconds(policies["graceful-stop"]),
    forceStop: truth(env.OCF_RESKEY_force_stop) ?? false,
    escFirst: truth(env.OCF_RESKEY_esc_before_shutdown) ?? truth(policies["esc-before-shutdown"]) ?? false,
    bandwidth: positive(env.OCF_RESKEY_migration_bandwidth) ?? positive(migration.bandwidth),
    networkSuffix: env.OCF_RESKEY_migration_network_suffix || suffix(migration["network-suffix"]),
    autoConverge: truth(env.OCF_RESKEY_auto_converge) ?? truth(migration["auto-converge"]) ?? true,
    migrationMs: seconds(migration.timeout),
    sharedStorage: truth(env.OCF_RESKEY_shared_storage) ?? truth(migration["shared-storage"]) ?? false,
    monitorScripts: scripts(env.OCF_RESKEY_monitor_scripts) ?? paths(policies["monitor-scripts"]),
    setClock: truth(part(spec, "clock").sync) ?? true,
    readyMs: ready(env.OCF_RESKEY_ready_signal, spec["ready-signal"]),
  };
}

/** What is wrong with the parameters' values, for `validate-all`. */
export function policyProblems(env: Settings["env"]): readonly string[] {
  const problems: string[] = [];
  const check = (name: string, good: (text: string) => boolean, expected: string): void => {
    const value = env[`OCF_RESKEY_${name}`];
    if (value !== undefined && value !== "" && !good(value)) {
      problems.push(`${name} is ${value.slice(0, 80)}, expected ${expected}`);
    }
  };
  for (const name of ["io_error_policy", "paused_policy"]) {
    check(name, (text) => pausePolicies.includes(text), "wait, resume or fail");
  }
  check("guest_shutdown_policy", (text) => shutdownPolicy(text) !== undefined, shutdownPolicies.join(" or "));
  check("graceful_timeout", (text) => seconds(text) !== undefined, "a number of seconds");
  check("migration_bandwidth", (text) => positive(text) !== undefined, "a number of MiB/s");
  check("migration_network_suffix", (text) => suffixPattern.test(text), "a part of a host name");
  for (const name of ["force_stop", "esc_before_shutdown", "auto_converge", "shared_storage"]) {
    check(name, (text) => truth(text) !== undefined, "true or false");
  }
  check(
    "ready_signal",
    (text) => ready(text, undefined) !== undefined || truth(text) === false,
    "true, false or a number of seconds",
  );
  check(
    "monitor_scripts",
    (text) => text.split(/\s+/).every((path) => path === "" || path.startsWith("/")),
    "absolute paths",
  );
  if (env.OCF_RESKEY_spec) {
    try {
      JSON.parse(env.OCF_RESKEY_spec);
    } catch {
      problems.push("spec is not JSON");
    }
  }
  return problems;
}

function part(spec: { readonly [key: string]: unknown }, name: string): { readonly [key: string]: unknown } {
  const value = spec[name];
  return typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : {};
}

function policy(value: unknown): PausePolicy | undefined {
  return typeof value === "string" && pausePolicies.includes(value) ? (value as PausePolicy) : undefined;
}

function shutdownPolicy(value: unknown): Policies["guestShutdown"] | undefined {
  return typeof value === "string" && shutdownPolicies.includes(value)
    ? (value as Policies["guestShutdown"])
    : undefined;
}

function suffix(value: unknown): string {
  return typeof value === "string" && suffixPattern.test(value) ? value : "";
}

/** Undefined where the parameter is not set. */
function scripts(parameter: string | undefined): readonly string[] | undefined {
  const found = (parameter ?? "").split(/\s+/).filter((path) => path !== "");
  return found.length === 0 ? undefined : found;
}

function paths(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return all.filter((path) => typeof path === "string").filter((path) => path.startsWith("/"));
}

function positive(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : undefined;
}

/** Seconds, also written "90s"; the result in milliseconds. */
function seconds(value: unknown): number | undefined {
  const number = positive(typeof value === "string" ? value.trim().replace(/\s*s$/, "") : value);
  return number === undefined ? undefined : number * 1000;
}

function truth(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (["1", "true", "yes", "on", "y", "t"].includes(text)) return true;
  if (["0", "false", "no", "off", "n", "f"].includes(text)) return false;
  return undefined;
}

/** As long as the start's own timeout allows, unless a time is given. */
const readyDefaultMs = 24 * 3_600_000;

function ready(parameter: string | undefined, spec: unknown): number | undefined {
  if (parameter !== undefined && parameter !== "") {
    // "1" is a truth value to OCF, not a second.
    const truthful = truth(parameter);
    return truthful === undefined ? seconds(parameter) : truthful ? readyDefaultMs : undefined;
  }
  const { enabled, timeout } = part({ spec }, "spec");
  return enabled === true ? (seconds(timeout) ?? readyDefaultMs) : undefined;
}
