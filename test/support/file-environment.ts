import { systemClock } from "../../src/base/clock.ts";
import { HavenError } from "../../src/base/errors.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Environment } from "../../src/ops/environment.ts";
import { livePacemaker } from "../../src/pacemaker/live.ts";

/** Questions that an operation asked, with the lines before them. */
export interface Asked {
  readonly question: string;
  readonly lines: readonly string[];
}

/**
 * An environment on the CIB of a file, as with `CIB_file`, that answers every question the same way.
 *
 * @param hosts What its resolver knows
 */
export function fileEnvironment(
  path: string,
  answer = true,
  hosts: Readonly<Record<string, readonly string[]>> = {},
): Environment & { readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    pacemaker: livePacemaker({ cibFile: path }),
    isLive: false,
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    progress: () => undefined,
    lookUp: (name) =>
      hosts[name] === undefined
        ? Promise.reject(new Error("is not known to this node's resolver"))
        : Promise.resolve(hosts[name]),
    confirm(question, lines = []) {
      asked.push({ question, lines });
      return Promise.resolve(answer);
    },
    history: () => Promise.reject(new HavenError("pacemaker.no-file-action", { what: "The history" })),
    libvirt: () => Promise.reject(new HavenError("pacemaker.no-file-action", { what: "libvirt" })),
  };
}
