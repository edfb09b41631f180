import { expect, test } from "bun:test";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/seeded-random.ts";
import { ChannelSession } from "./channel-session.ts";

/*
 * A hostile guest: whatever it sends, nothing is thrown and no memory grows. The seed is fixed, so that what fails
 * once fails again; FUZZ_SEED takes another.
 */
const seed = Number(process.env.FUZZ_SEED ?? 20_240_229);
const growthMax = 48 * 1024 * 1024;

const random = seededRandom(seed);
const pieces = ["ready", "heartbeat", "list", "fence", "fence 1 db2", "off", "reboot", " ", "  ", "\r", "\t"];

function line(n: number): string {
  const how = random(8);
  if (how === 0) return `fence ${random(500)} db${random(3)}\n`;
  if (how === 1) return `ready ${n}\n`;
  if (how === 2) return `list ${n}\n`;
  let text = "";
  for (let left = random(how === 3 ? 40 : 8); left > 0; left--) {
    text +=
      random(3) === 0
        ? (pieces[random(pieces.length)] ?? "")
        : String.fromCharCode(random(256)).repeat(random(9));
  }
  return random(50) === 0 ? text : `${text}\n`;
}

test("1,000,000 lines of a hostile guest", async () => {
  let now = 0;
  let fenced = 0;
  let answered = 0;
  const session = new ChannelSession({
    vm: "hostile",
    clock: { monotonic: () => now },
    log: silentLog,
    handlers: {
      onReady: () => undefined,
      onHeartbeat: () => undefined,
      onFence: async () => {
        fenced += 1;
        return { word: "denied", reason: "not-permitted" };
      },
      onList: () => ["db1"],
    },
  });
  session.attach({
    write: () => {
      answered += 1;
      return random(4) !== 0;
    },
  });
  // The lines are made before, so that what is measured is the session's.
  const chunks = Array.from({ length: 50 }, (_, chunk) =>
    Buffer.from(Array.from({ length: 20 }, (_, n) => line(chunk * 1000 + n)).join(""), "latin1"),
  );
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  for (let round = 0; round < 1000; round++) {
    for (const chunk of chunks) {
      const cut = random(chunk.length);
      session.receive(chunk.subarray(0, cut));
      session.receive(chunk.subarray(cut));
    }
    now += 1000;
    session.drained();
    await Promise.resolve();
    if (round % 100 !== 0) continue;
    await Bun.sleep(0);
    Bun.gc(true);
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
  expect(answered).toBeGreaterThan(1000);
  // The rate holds: four at once, and one in ten seconds of the thousand that passed.
  expect(fenced).toBeLessThanOrEqual(4 + 100);
  expect(session.queuedBytes).toBeLessThanOrEqual(64 * 1024);
  expect(most).toBeLessThan(growthMax);
}, 30_000);

test("64 MiB without an end of line", () => {
  const handlers = {
    onReady: () => undefined,
    onHeartbeat: () => undefined,
    onFence: () => Promise.reject(new Error("never")),
    onList: () => [],
  };
  const session = new ChannelSession({ vm: "a", clock: { monotonic: () => 0 }, log: silentLog, handlers });
  const chunk = new Uint8Array(64 * 1024).fill(0x41);
  const before = process.memoryUsage.rss();
  for (let n = 0; n < 1024; n++) session.receive(chunk);
  expect(process.memoryUsage.rss() - before).toBeLessThan(growthMax);
  session.receive(Buffer.from("\n"));
  expect(session.drops.tooLong).toBe(1);
});
