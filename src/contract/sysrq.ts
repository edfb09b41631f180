export interface SysrqRequest {
  readonly key: string;
  /** What it does to the guest, where that is more than to print something; asked before. */
  readonly harm?: string;
}

/**
 * What Linux's magic SysRq key asks for.
 *
 * Source: Documentation/admin-guide/sysrq.rst of Linux.
 */
const requests: Readonly<Record<string, SysrqRequest>> = {
  help: { key: "h" },
  "show-backtraces": { key: "l" },
  "show-blocked": { key: "w" },
  "show-locks": { key: "d" },
  "show-memory": { key: "m" },
  "show-registers": { key: "p" },
  "show-tasks": { key: "t" },
  "show-timers": { key: "q" },
  sync: { key: "s" },
  unraw: { key: "r" },
  thaw: { key: "j" },
  crash: { key: "c", harm: "its kernel crashes" },
  kill: { key: "i", harm: "all its processes are killed" },
  "low-priority": { key: "n", harm: "its real-time tasks become ordinary ones" },
  "out-of-memory": { key: "f", harm: "a process that uses much memory is killed" },
  "power-off": { key: "o", harm: "it is switched off without writing anything back" },
  "read-only": { key: "u", harm: "its file systems become read-only" },
  reboot: { key: "b", harm: "it restarts at once, without writing anything back" },
  sak: { key: "k", harm: "all programs on its console are killed" },
  terminate: { key: "e", harm: "all its processes are asked to end" },
};

/** Names of requests, and the letters and digits that are sent for them. */
export const sysrqWords: readonly string[] = [
  ...Object.keys(requests),
  ...Object.values(requests).map(({ key }) => key),
  ..."0123456789",
].sort();

/** For help: each request with its letter. */
export const sysrqHelp: readonly string[] = Object.entries(requests).map(
  ([name, { key, harm }]) => `  ${key}  ${name}${harm === undefined ? "" : `: ${harm}`}`,
);

/** The request that a word names, with its name; undefined where there is none. A digit is its own. */
export function sysrqRequest(word: string): (SysrqRequest & { readonly name: string }) | undefined {
  if (/^\d$/.test(word)) return { name: word, key: word };
  const found = Object.entries(requests).find(([name, { key }]) => name === word || key === word);
  return found === undefined ? undefined : { name: found[0], ...found[1] };
}
