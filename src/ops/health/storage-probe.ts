import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { isHavenError } from "../../base/errors.ts";
import { exec } from "../../base/exec.ts";
import { whyOf } from "./why-of.ts";

/** What a place of VMs' disks answered, as far as it did. */
export interface StorageAnswer {
  /** The file system; undefined where it did not answer. */
  readonly fs?: {
    readonly kind: string;
    /** MiB. */
    readonly free: number;
    readonly total: number;
    /** The share of its files that could still be made, 0 to 1; undefined where it does not count them. */
    readonly inodes: number | undefined;
    /** How long it took, milliseconds. */
    readonly ms: number;
  };
  /** A block written for good, and read again: milliseconds, or why not. Undefined where it was not tried or did not end. */
  readonly write?: { readonly ms: number } | { readonly why: string };
  readonly read?: { readonly ms: number } | { readonly why: string };
  /** Why there is no more. */
  readonly failure?: string;
  /** It hangs, for who waits for it. */
  readonly hangs?: true;
}

export interface StorageProbeOptions {
  /** For all together. Default 5000. */
  readonly timeoutMs?: number;
  /** Only ask the file system, write nothing. */
  readonly lookOnly?: boolean;
  /** Where it is kept that a probe is under way; of this node. */
  readonly lockFolder?: string;
  readonly signal: AbortSignal;
}

/** The small file that is written, read and taken away again; one for each node that looks. */
export function probeFile(node: string = hostname()): string {
  return `.haven-health-${node}`;
}

const locked = 75;

/**
 * Each step says what came of it in a line, so that one that hangs is known by the last. The file is made anew (excl) and
 * never through a link; where the file system takes no O_DIRECT, it is synced only. It is taken away also when nobody
 * waits any longer. Place and file are words of their own, never a part of the script.
 */
const script = `
trap '' PIPE
file=$1/$2
say() { printf '%s %s %s\\n' "$1" "$2" "$(printf %s "$3" | tr '\\n' ' ')"; }
out=$(stat --file-system --format='%T %S %b %a %c %d' -- "$1" 2>&1); rc=$?
say fs $rc "$out"
if [ $rc != 0 ] || [ "$2" = . ] || ! [ -d "$1" ]; then exit 0; fi
rm -f -- "$file"
out=$(dd if=/dev/zero of="$file" bs=4096 count=1 conv=excl,fsync oflag=direct,nofollow 2>&1); rc=$?
flag=iflag=direct
if [ $rc != 0 ]; then
  rm -f -- "$file"
  out=$(dd if=/dev/zero of="$file" bs=4096 count=1 conv=excl,fsync oflag=nofollow 2>&1); rc=$?
  flag=iflag=nofollow
fi
say write $rc "$out"
if [ $rc = 0 ]; then
  out=$(dd if="$file" of=/dev/null bs=4096 count=1 $flag 2>&1); rc=$?
  say read $rc "$out"
fi
rm -f -- "$file"
`;

/**
 * Asks a place of VMs' disks, and writes and reads a small file there, in a process of its own: a file system that hangs
 * takes nobody along. While such a process hangs, no other one is started for that place on this node, whoever asks.
 *
 * @throws HavenError interrupted
 */
export async function storageProbe(place: string, options: StorageProbeOptions): Promise<StorageAnswer> {
  const { timeoutMs = 5000, lookOnly = false, lockFolder = "/run/haven/health", signal } = options;
  const began = performance.now();
  const lines: { readonly text: string; readonly ms: number }[] = [];
  let rest = "";
  const onStdout = (piece: string): void => {
    const parts = (rest + piece).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) lines.push({ text, ms: Math.round(performance.now() - began) });
  };
  const isDevice = place === "/dev" || place.startsWith("/dev/");
  const argv = ["sh", "-c", script, "sh", place, lookOnly || isDevice ? "." : probeFile()];
  try {
    const words = lookOnly ? argv : [...lockWords(place, lockFolder, timeoutMs), ...argv];
    const { code } = await exec(words, { signal, timeoutMs, onStdout, leaveLate: true });
    const answer = answerOf(lines);
    if (code !== locked) return answer;
    return { ...answer, hangs: true, failure: "an earlier look at it still waits for its answer" };
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    const answer = answerOf(lines);
    if (!isHavenError(error, "exec.timeout")) return { ...answer, failure: whyOf(error) };
    return { ...answer, hangs: true, failure: `it does not answer within ${timeoutMs / 1000} s` };
  }
}

/** The lock is the process's own as long as it lives, whatever becomes of who started it. */
function lockWords(place: string, folder: string, timeoutMs: number): readonly string[] {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const name = createHash("sha256").update(place).digest("hex").slice(0, 32);
  const wait = ["--timeout", String(timeoutMs * 0.0008), "--conflict-exit-code", String(locked)];
  return ["flock", "--no-fork", ...wait, `${folder}/${name}.lock`];
}

function answerOf(lines: readonly { readonly text: string; readonly ms: number }[]): StorageAnswer {
  let answer: StorageAnswer = {};
  for (const { text, ms } of lines) {
    const [, what, code, said = ""] = /^(fs|write|read) (\d+) (.*)$/.exec(text) ?? [];
    if (what === "fs") answer = { ...answer, ...fsOf(code === "0" ? said : undefined, said, ms) };
    else if (what === "write" || what === "read") answer = { ...answer, [what]: copyOf(code === "0", said) };
  }
  return answer;
}

function fsOf(words: string | undefined, said: string, ms: number): Pick<StorageAnswer, "fs" | "failure"> {
  const found = /^(\S+) (\d+) (\d+) (\d+) (\d+) (\d+)\s*$/.exec(words ?? "");
  if (found === null)
    return {
      failure: /no such file/i.test(said) ? "it is not there" : lastWords(said) || "it cannot be looked at",
    };
  const [, kind = "", block = "0", blocks = "0", available = "0", files = "0", free = "0"] = found;
  const mib = (count: string): number => Math.floor((Number(count) * Number(block)) / 2 ** 20);
  const inodes = Number(files) > 0 ? Number(free) / Number(files) : undefined;
  return { fs: { kind, free: mib(available), total: mib(blocks), inodes, ms } };
}

/** dd's own measure leaves out what starting it takes. */
function copyOf(isGood: boolean, said: string): { readonly ms: number } | { readonly why: string } {
  const seconds = /copied, ([\d.]+(?:e-?\d+)?) s/.exec(said)?.[1];
  if (!isGood || seconds === undefined) return { why: lastWords(said) || "it could not be done" };
  return { ms: Math.round(Number(seconds) * 10_000) / 10 };
}

/** "No space left on device" of "dd: failed to open '/srv/x': No space left on device". */
function lastWords(said: string): string {
  const [first = ""] = said.split(/\s+(?=\d+\+\d+ records in)/);
  return first.trim().split(": ").at(-1) ?? "";
}
