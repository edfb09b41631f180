import { appendFile, open, readFile, rename, writeFile } from "node:fs/promises";
import { consoleEndsPath, consoleTail, consoleTailBytes, parseConsoleEnds } from "../../base/console-ends.ts";

/** Some hundred stays. */
const mostBytes = 32 * 1024;

/**
 * Notes how far the console log of a domain goes that certainly does not run here, for `haven vm log`. Called by each
 * action that finds it so: what is noted already is not noted again. Never fails, and never takes long: a note that
 * is missing only makes the order of the logs less certain.
 *
 * @param patienceMs The log may be on a disk that hangs; no answer of an action waits for it any longer
 */
export async function noteConsoleEnd(xml: string | undefined, patienceMs = 500): Promise<void> {
  const log = consoleLogOf(xml);
  if (log === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([note(log).catch(() => undefined), late]);
  clearTimeout(timer);
}

/** The file that the first serial port is logged to. */
export function consoleLogOf(xml: string | undefined): string | undefined {
  const match = /<log\s[^<>]*?\bfile\s*=\s*(?:"([^"&<]*)"|'([^'&<]*)')/.exec(xml ?? "");
  const path = match?.[1] ?? match?.[2];
  return path?.startsWith("/") && path.endsWith(".log") ? path : undefined;
}

async function note(log: string): Promise<void> {
  const file = await open(log, "r");
  try {
    const { size, mtimeMs } = await file.stat();
    if (size === 0) return;
    const room = new Uint8Array(Math.min(size, consoleTailBytes));
    const { bytesRead } = await file.read(room, 0, room.length, size - room.length);
    if (bytesRead < room.length) return;
    await keep(consoleEndsPath(log), { size, tail: consoleTail(room), time: Math.round(mtimeMs) });
  } finally {
    await file.close();
  }
}

async function keep(
  path: string,
  end: { readonly size: number; readonly tail: string; readonly time: number },
): Promise<void> {
  const before = await readFile(path, "utf8").catch(() => "");
  const last = parseConsoleEnds(before.slice(-1000)).at(-1);
  if (last?.size === end.size && last.tail === end.tail) return;
  const line = `${JSON.stringify(end)}\n`;
  if (before.length < mostBytes) {
    await appendFile(path, line, { mode: 0o600 });
    return;
  }
  const half = before.slice(-mostBytes / 2);
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${half.slice(half.indexOf("\n") + 1)}${line}`, { mode: 0o600 });
  await rename(temporary, path);
}
