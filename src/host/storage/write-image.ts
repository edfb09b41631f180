import type { ExecOptions } from "../../base/exec.ts";
import { qemuImg } from "./image-facts.ts";

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Called with whole percents, each once. */
  readonly onPercent: (percent: number) => void;
}

/** What is written, and how. */
export interface ImageWork {
  /** Where it is written to: a path where nothing is yet, or a block device. */
  readonly draft: string;
  readonly format: string;
  /** What it is a copy of. */
  readonly source?: { readonly path: string; readonly format: string };
  /** Its size; undefined: that of its source. */
  readonly bytes?: number | undefined;
  readonly preallocation?: string | undefined;
  /** The draft is a block device of the right size. */
  readonly isDevice?: boolean;
  /** What errors name instead of the draft. */
  readonly target: string;
}

// A disk of terabytes takes hours; a qemu-img that hangs is ended by Ctrl-C.
const patienceMs = 7 * 24 * 3600 * 1000;

/**
 * Writes an image with qemu-img: an empty one, or a copy of another, converted where formats differ, that grows to its
 * size. A copy takes the source's lock: of an image that a running VM writes nothing sound could be made.
 *
 * @throws HavenError disk.failed, exec.missing, interrupted
 */
export async function writeImage(work: ImageWork, { signal, onPercent }: WriteOptions): Promise<void> {
  const { draft, format, source, bytes, preallocation, isDevice = false, target } = work;
  const call = async (words: readonly string[], options: ExecOptions = {}): Promise<void> => {
    try {
      await qemuImg(["qemu-img", ...words], target, { timeoutMs: patienceMs, signal, ...options });
    } catch (cause) {
      if (cause instanceof Error) cause.message = cause.message.replaceAll(draft, target);
      throw cause;
    }
  };
  const allocation = preallocation === undefined || isDevice ? [] : ["-o", `preallocation=${preallocation}`];
  if (source === undefined) {
    if (!isDevice) await call(["create", "-q", "-f", format, ...allocation, draft, String(bytes ?? 0)]);
    return;
  }
  const formats = ["-f", source.format, "-O", format];
  // A device is not created again; another node may read it next, so nothing waits in this node's memory.
  const existing = isDevice ? ["-n", "-t", "none"] : [];
  await call(["convert", "-p", ...formats, ...existing, ...allocation, source.path, draft], {
    onStdout: percentReader(onPercent),
  });
  if (bytes === undefined || isDevice) return;
  const growth = preallocation === undefined ? [] : [`--preallocation=${preallocation}`];
  await call(["resize", "-q", "-f", format, ...growth, draft, String(bytes)]);
}

/** Reads qemu-img's `    (12.34/100%)\r`, however it is cut into pieces. */
export function percentReader(onPercent: (percent: number) => void): (piece: string) => void {
  let text = "";
  let last = -1;
  return (piece) => {
    text = (text + piece).slice(-4096);
    const found = [...text.matchAll(/\((\d{1,3})\.\d+\/100%\)/g)].at(-1);
    if (found === undefined) return;
    text = text.slice((found.index ?? 0) + found[0].length);
    const percent = Math.min(100, Number(found[1]));
    if (percent <= last) return;
    last = percent;
    onPercent(percent);
  };
}
