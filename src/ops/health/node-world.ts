import { hostname } from "node:os";
import { isHavenError } from "../../base/errors.ts";
import type { HealthCheck } from "../../contract/health-check.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import { cibPath, corosyncConfPath } from "../../host/node-facts.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { type CorosyncConf, readCorosyncConf } from "../../pacemaker/corosync.ts";
import { settingsInCib } from "../../vm/settings-in-cib.ts";
import type { Environment } from "../environment.ts";
import type { NodeContext } from "./node-context.ts";
import { whyOf } from "./why-of.ts";

const timeoutMs = 8000;

/** What a node knows of its cluster, and what it found in finding that out. */
export type NodeWorld = Pick<NodeContext, "cib" | "settings" | "corosync"> & {
  readonly found: readonly HealthCheck[];
};

/**
 * Reads what this node knows of its cluster: from Pacemaker, and where that does not answer from its disk; nothing where
 * it is of no cluster.
 *
 * @throws HavenError interrupted; for a file (`CIB_file`) pacemaker.*, settings.invalid
 */
export async function nodeWorld(
  { pacemaker, signal, isLive }: Pick<Environment, "pacemaker" | "signal" | "isLive">,
  host: NodeAccess,
): Promise<NodeWorld> {
  const ask = async () => Cib.parse(await pacemaker.queryCib({ signal, timeoutMs, scope: "configuration" }));
  if (!isLive) {
    const cib = await ask();
    return { cib, settings: await settingsInCib(cib), corosync: undefined, found: [] };
  }
  const [conf, live] = await Promise.all([
    corosyncHere(host),
    ask().catch((error: unknown) => {
      if (signal.aborted || isHavenError(error, "interrupted")) throw error;
      return error;
    }),
  ]);
  const cib = live instanceof Cib ? live : await cibOnDisk(host);
  const settings = await settingsOf(cib);
  const found = [...conf.found, ...settings.found, pacemakerCheck(conf.corosync, live)];
  return { cib, settings: settings.settings, corosync: conf.corosync, found };
}

function pacemakerCheck(corosync: CorosyncConf | undefined, live: unknown): HealthCheck {
  const about = { id: "pacemaker" };
  if (live instanceof Cib) return { ...about, severity: "ok", text: "Pacemaker answers" };
  if (corosync === undefined) return { ...about, severity: "ok", text: "this node is of no cluster yet" };
  const why = whyOf(live);
  return {
    ...{ ...about, severity: "error", text: `Pacemaker does not answer on this node: ${why}` },
    ...{
      expected: "Pacemaker running",
      next: "systemctl start pacemaker; systemctl status corosync pacemaker",
    },
  };
}

async function corosyncHere(
  host: NodeAccess,
): Promise<{ readonly corosync: CorosyncConf | undefined; readonly found: readonly HealthCheck[] }> {
  try {
    const text = await host.readFile(corosyncConfPath);
    const corosync = text === undefined ? undefined : readCorosyncConf(text);
    // Debian's package comes with a cluster of one node that nobody has asked for.
    const isOwn = corosync?.nodes.some(({ name }) => name === hostname());
    if (corosync === undefined || isOwn) return { corosync, found: [] };
    const isDebians = corosync.nodes.every(({ addresses }) => addresses[0] === "127.0.0.1");
    if (isDebians) return { corosync: undefined, found: [] };
    const names = corosync.nodes.map(({ name }) => name).join(", ");
    return { corosync: undefined, found: [confCheck(`it is for ${names}, and not for ${hostname()}`)] };
  } catch (error) {
    return { corosync: undefined, found: [confCheck(whyOf(error))] };
  }
}

function confCheck(text: string): HealthCheck {
  const expected = `a cluster that ${hostname()} is a node of`;
  return { id: "corosync.conf", severity: "error", subject: corosyncConfPath, text, expected };
}

async function cibOnDisk(host: NodeAccess): Promise<Cib | undefined> {
  try {
    const text = await host.readFile(cibPath);
    return text === undefined ? undefined : Cib.parse(text);
  } catch {
    return undefined;
  }
}

async function settingsOf(
  cib: Cib | undefined,
): Promise<{ readonly settings: NodeContext["settings"]; readonly found: readonly HealthCheck[] }> {
  if (cib === undefined) return { settings: {}, found: [] };
  try {
    return { settings: await settingsInCib(cib), found: [] };
  } catch (error) {
    if (!isHavenError(error)) throw error;
    const text = whyOf(error);
    return {
      settings: {},
      found: [{ id: "settings", severity: "error", text, next: "haven settings edit" }],
    };
  }
}
