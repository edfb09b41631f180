import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leaveEvent } from "../base/leave-event.ts";
import { takeSpooled } from "./event-spool.ts";
import { EventStore } from "./event-store.ts";

const isFull = process.env.HAVEN_FULL === "1";
const kills = isFull ? 500 : 40;
const writer = join(import.meta.dir, "../../test/support/event-writer.ts");

/** Starts the writer, and kills it so long after it has said its first word. @returns all that it has said */
async function killed(words: readonly string[], afterMs: number): Promise<readonly string[]> {
  const child = Bun.spawn([process.execPath, writer, ...words], { stdout: "pipe", stderr: "pipe" });
  let said = "";
  const decoder = new TextDecoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const piece of child.stdout) {
    said += decoder.decode(piece, { stream: true });
    timer ??= setTimeout(() => child.kill("SIGKILL"), afterMs);
  }
  await child.exited;
  clearTimeout(timer);
  expect(await new Response(child.stderr).text()).toBe("");
  // A line that the kill has cut was not said.
  return said.split("\n").slice(0, -1);
}

function integrity(path: string): unknown {
  const db = new Database(path);
  try {
    return db.query("PRAGMA integrity_check").get();
  } finally {
    db.close();
  }
}

test(
  "a writer that is killed again and again loses no event that it was told is kept",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "haven-kills-"));
    const path = join(folder, "events.db");
    const kept: number[] = [];
    for (let n = 0; n < kills; n++) {
      const said = await killed(["write", path, String(n * 1_000_000)], Math.random() * 40);
      kept.push(...said.map(Number));
      if (n % 10 === 9) expect(integrity(path)).toEqual({ integrity_check: "ok" });
    }
    expect(kept.length).toBeGreaterThan(kills);
    const store = EventStore.open(path);
    const there = new Set(store.query({ limit: 1e9 }).map(({ time }) => time));
    store.close();
    expect(kept.filter((n) => !there.has(n))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.includes("broken"))).toEqual([]);
    rmSync(folder, { recursive: true });
  },
  isFull ? 600_000 : 60_000,
);

test(
  "one that is killed while it takes events in leaves each of them to be there once",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "haven-kills-"));
    const path = join(folder, "events.db");
    const spool = join(folder, "spool");
    await Bun.write(join(spool, ".keep"), "");
    const count = 1500;
    for (let n = 0; n < count; n++) {
      leaveEvent({ time: n, node: "node1", kind: "vm.started", text: `event ${n}` }, { folder: spool });
    }
    for (let n = 0; n < kills / 4; n++) await killed(["take", path, spool], Math.random() * 30);
    const store = EventStore.open(path);
    takeSpooled(store, [{ path: spool }]);
    const times = store.query({ limit: 1e9 }).map(({ time }) => time);
    store.close();
    expect(times).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(readdirSync(spool)).toEqual([".keep"]);
    rmSync(folder, { recursive: true });
  },
  isFull ? 600_000 : 60_000,
);
