import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { normalUuid } from "../../base/normal-uuid.ts";
import { Deadline } from "./deadline.ts";
import { type Identity, identityOf } from "./identity.ts";
import { Record } from "./record.ts";

type Environment = Readonly<{ [name: string]: string | undefined }>;

/** What Pacemaker hands an action, as it is needed by all of them. */
export interface Settings {
  readonly env: Environment;
  /** The resource's id. */
  readonly instance: string;
  /** A monitor that asks whether it runs here at all. */
  readonly probe: boolean;
  readonly deadline: Deadline;
  readonly record: Record;
  /** The domain's XML, or why there is none that can be read. */
  readonly xml: string | undefined;
  /** Whose domain it is: from the XML; where that cannot be read, what this node remembers. */
  readonly identity: Identity | undefined;
  /** Whose domain was started here, where UUID or kind of the configuration were changed since: it may still run. */
  readonly former: Identity | undefined;
  /** Why the configuration cannot be read; undefined when it can. */
  readonly problem: string | undefined;
  /** What is known without the configuration: the name that the resource's id or its specification gives. */
  readonly hint: {
    readonly uuid: string | undefined;
    readonly name: string | undefined;
    /** The domain's type: kvm, qemu, lxc, xen. */
    readonly type: string | undefined;
  };
  /** libvirt's URI on this node. */
  readonly uri: string;
}

/** Milliseconds that an action may take when Pacemaker names no timeout. As in the metadata. */
export const defaultTimeouts: Readonly<{ [action: string]: number }> = {
  start: 120_000,
  stop: 180_000,
  monitor: 30_000,
  status: 30_000,
  migrate_to: 600_000,
  migrate_from: 600_000,
  "reload-agent": 60_000,
  reload: 60_000,
  "validate-all": 30_000,
};

/** How long a file named by `config` may take to be read: it may be on storage that hangs. */
const configFileTimeoutMs = 5000;

export async function readSettings(action: string, env: Environment, usedMs: number): Promise<Settings> {
  const instance = env.OCF_RESOURCE_INSTANCE ?? "default";
  const record = new Record(instance);
  const { text, problem: missing } = await readConfiguration(env);
  const parsed = text === undefined ? (missing ?? "there is no XML") : identityOf(text);
  const readable = typeof parsed !== "string";
  const hint = hintOf(env, instance);
  const kept = record.read();
  const identity = readable ? withFormerName(parsed, kept) : kept;
  const asked = Number(env.OCF_RESKEY_CRM_meta_timeout);
  const timeout = Number.isFinite(asked) && asked > 0 ? asked : (defaultTimeouts[action] ?? 30_000);
  return {
    env,
    instance,
    probe: action === "monitor" && Number(env.OCF_RESKEY_CRM_meta_interval ?? "0") === 0,
    deadline: new Deadline(timeout, usedMs),
    record,
    xml: readable ? text : undefined,
    identity,
    former: readable && kept !== undefined && !isSame(kept, parsed) ? kept : undefined,
    problem: readable ? undefined : parsed,
    hint,
    uri: env.OCF_RESKEY_uri || uriOf(identity?.type ?? hint.type),
  };
}

/** Under the name of before its process is known to libvirt, until it is stopped. */
function withFormerName(identity: Identity, kept: Identity | undefined): Identity {
  if (kept?.uuid !== identity.uuid || kept.name === identity.name) return identity;
  return { ...identity, formerName: kept.name };
}

function isSame(one: Identity, other: Identity): boolean {
  return one.uuid === other.uuid && processKind(one.type) === processKind(other.type);
}

/** Settings with the domain that they are of. */
export interface KnownSettings {
  readonly settings: Settings;
  readonly identity: Identity;
}

/** The same for the domain that was started under the UUID of before; undefined when there is none. */
export function formerSettings(settings: Settings): KnownSettings | undefined {
  const { former } = settings;
  return former === undefined ? undefined : settingsOf(settings, former);
}

/** The same settings for another domain, whose XML is not known. */
function settingsOf(settings: Settings, identity: Identity): KnownSettings {
  const uri = settings.env.OCF_RESKEY_uri || uriOf(identity.type);
  return { settings: { ...settings, xml: undefined, identity, former: undefined, uri }, identity };
}

/**
 * Whom to look for: what the configuration or this node's memory says, else what the specification's UUID may be.
 * Where that does not say the hypervisor, it is each of those whose domains are processes. Empty when nothing is known.
 */
export function whomToSeek(settings: Settings): readonly KnownSettings[] {
  const { identity, hint } = settings;
  if (identity !== undefined) return [{ settings, identity }];
  const { uuid, name = "", type } = hint;
  if (uuid === undefined) return [];
  const types = type === undefined ? ["qemu", "lxc"] : [type];
  return types.map((one) => settingsOf(settings, { uuid, name, type: one, emulator: undefined }));
}

async function readConfiguration(
  env: Environment,
): Promise<{ readonly text?: string; readonly problem?: string }> {
  const inline = env.OCF_RESKEY_xml;
  if (inline !== undefined && inline !== "") return { text: inline };
  const path = env.OCF_RESKEY_config;
  if (path === undefined || path === "") return { problem: "neither xml nor config is set" };
  if (!path.startsWith("/")) return { problem: `config is not an absolute path: ${path}` };
  try {
    const signal = AbortSignal.timeout(configFileTimeoutMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("it does not answer")));
    });
    return { text: await Promise.race([readFile(path, "utf8"), late]) };
  } catch (error) {
    return { problem: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** What the specification or the resource's id (vm-NAME) says of the name, without any XML. */
function hintOf(env: Environment, instance: string): Settings["hint"] {
  const spec = readSpec(env);
  const uuid = typeof spec.uuid === "string" ? normalUuid(spec.uuid) : undefined;
  const id = instance.replace(/:\d+$/, "");
  const name = typeof spec.name === "string" ? spec.name : id.startsWith("vm-") ? id.slice(3) : undefined;
  const type = ["kvm", "qemu", "lxc", "xen"].find((one) => one === spec.hypervisor);
  return { uuid, name: name === "" ? undefined : name, type };
}

/** The specification as it is, an empty one when it is not readable: only hints and policies come from it. */
export function readSpec(env: Environment): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(env.OCF_RESKEY_spec || "{}");
    return typeof value === "object" && value !== null ? (value as { [key: string]: unknown }) : {};
  } catch {
    return {};
  }
}

function uriOf(type: string | undefined): string {
  if (type === "lxc" || type === "xen") return `${type}:///system`;
  return "qemu:///system";
}

/** Whose processes run domains of that type. */
export function processKind(type: string | undefined): "qemu" | "lxc" | "xen" {
  return type === "lxc" || type === "xen" ? type : "qemu";
}

/** This node's name, as Pacemaker has it. */
export function nodeName(settings: Settings): string {
  return settings.env.OCF_RESKEY_CRM_meta_on_node || hostname();
}
