import { hostname } from "node:os";
import { systemClock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import { createLog } from "../base/log.ts";
import { lookUp } from "../base/look-up.ts";
import { whoAsked } from "../base/who-asked.ts";
import type { VersionStore } from "../history/version-store.ts";
import type { Environment } from "../ops/environment.ts";
import { LibvirtConnections } from "../ops/libvirt-connections.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import type { CommandCall } from "./command.ts";
import { keepHistoryLater } from "./keep-history-later.ts";

/** What a command's call says about the world around it. */
export type EnvironmentCall = Pick<CommandCall, "global" | "terminal" | "signal">;

/**
 * Runs an operation with the environment of a command: this node's Pacemaker (or the file that `CIB_file`
 * names), libvirt by its socket here and over TLS elsewhere, questions and progress on the terminal. Connections
 * are closed in the end.
 *
 * @throws HavenError not-root on a live cluster, besides what the operation throws
 */
export async function withEnvironment<T>(
  call: EnvironmentCall,
  operation: (environment: Environment) => Promise<T>,
): Promise<T> {
  const { terminal, global, signal } = call;
  const pacemaker = livePacemaker();
  const isLive = pacemaker.cibFile === undefined;
  if (isLive && process.getuid?.() !== 0) {
    throw new HavenError("not-root", { what: "Working with the live cluster" });
  }
  const connections = new LibvirtConnections(signal);
  let history: Promise<VersionStore> | undefined;
  const environment: Environment = {
    pacemaker,
    isLive,
    clock: systemClock,
    log: createLog((line) => terminal.err(line)),
    signal,
    lookUp: (name) => lookUp(name, signal),
    progress: (text) => terminal.progress(text),
    async confirm(question, lines = []) {
      if (!global.quiet && !global.json) for (const line of lines) terminal.err(`  ${line}`);
      return global.yes || (await terminal.confirm(question));
    },
    async onCommit(change) {
      if (!isLive) return;
      const { recordChange } = await import("../ops/record-change.ts");
      const maker = () => ({ ...whoAsked(), words: process.argv.slice(2), node: hostname() });
      await recordChange(change, maker, (text) => environment.log.warn(text));
    },
    async libvirt(node = hostname(), driver = "qemu") {
      if (!isLive) throw new HavenError("pacemaker.no-file-action", { what: `libvirt on ${node}` });
      return await connections.open(node, driver);
    },
    async history() {
      if (!isLive) throw new HavenError("pacemaker.no-file-action", { what: "The history of definitions" });
      const { openHistory } = await import("../history/open-history.ts");
      history ??= openHistory({ warn: (text) => environment.log.warn(text), signal });
      return await history;
    },
  };
  try {
    return await operation(environment);
  } finally {
    await connections.close();
    if (history !== undefined) await history.then((store) => store.close()).catch(() => undefined);
    else if (isLive) keepHistoryLater();
  }
}
