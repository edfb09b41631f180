import { describe, expect, test } from "bun:test";
import { createLog, silentLog } from "../base/log.ts";
import { type ChannelHandlers, ChannelSession } from "./channel-session.ts";
import type { FenceResult } from "./host-answer.ts";

function channel(handlers: Partial<ChannelHandlers> = {}) {
  let now = 0;
  const told: string[] = [];
  const lines: string[] = [];
  let text = "";
  const session = new ChannelSession({
    vm: "web1",
    clock: { monotonic: () => now },
    log: createLog((line) => lines.push(line)),
    handlers: {
      onReady: (vm, id) => void told.push(`${vm} ready ${id}`),
      onHeartbeat: (vm) => void told.push(`${vm} heartbeat`),
      onFence: async (vm, { target, action }) => {
        told.push(`${vm} fence ${target} ${action}`);
        return { word: "done" };
      },
      onList: () => ["db1", "db2"],
      ...handlers,
    },
  });
  session.attach({
    write: (more) => {
      text += more;
      return true;
    },
  });
  return {
    session,
    told,
    lines,
    /** Hands the session a text, and gives what it has answered by then. */
    async say(said: string): Promise<string> {
      text = "";
      session.receive(Buffer.from(said, "latin1"));
      await Bun.sleep(0);
      return text;
    },
    pass(ms: number): void {
      now += ms;
    },
  };
}

describe("what a guest says", () => {
  test("ready is acknowledged, and told once for each id", async () => {
    const { say, told } = channel();
    expect(await say("ready 1\n")).toBe("ack 1\n");
    expect(await say("ready 1\n")).toBe("ack 1\n");
    expect(await say("ready 2\nready\n")).toContain("ack 2\n");
    expect(told).toEqual(["web1 ready 1", "web1 ready 2"]);
    expect(await say("ready\n")).toBe("ack\n");
  });

  test("ready that could not be noted is not acknowledged", async () => {
    let isFull = true;
    const { say, lines } = channel({
      onReady: () => {
        if (isFull) throw new Error("disk full");
      },
    });
    expect(await say("ready 1\n")).toBe("");
    expect(lines).toEqual(["error: web1 says that it is ready, which could not be noted: disk full"]);
    isFull = false;
    expect(await say("ready 1\n")).toBe("ack 1\n");
  });

  test("a heartbeat is answered where it has an id", async () => {
    const { say, told } = channel();
    expect(await say("heartbeat\nheartbeat 4\n")).toBe("ack 4\n");
    expect(told).toEqual(["web1 heartbeat", "web1 heartbeat"]);
  });

  test("whom it may fence", async () => {
    const { say } = channel();
    expect(await say("list 4\n")).toBe("target 4 db1\ntarget 4 db2\ndone 4\n");
    const many = channel({ onList: () => Array.from({ length: 300 }, (_, i) => `vm${i}`) });
    expect(await many.say("list 4\n")).toBe("failed 4 too-many\n");
    const broken = channel({ onList: () => Promise.reject(new Error("no CIB")) });
    expect(await broken.say("list 4\n")).toBe("failed 4 error\n");
  });

  test("too often is dropped, and told once a minute", async () => {
    const { say, told, lines, session, pass } = channel();
    await say("heartbeat\n".repeat(50));
    expect(told.length).toBe(10);
    await say("heartbeat\nhello\n");
    expect(session.drops).toMatchObject({ tooOften: 41, unknown: 1 });
    expect(lines.length).toBe(1);
    pass(60_000);
    await say("heartbeat\nhello\n");
    expect(lines.length).toBe(2);
  });

  test("who sends too much is not read for a while", () => {
    const { session } = channel();
    expect(session.receive(new Uint8Array(64 * 1024))).toBe(0);
    expect(session.receive(new Uint8Array(16 * 1024))).toBe(1000);
  });
});

describe("fencing", () => {
  test("is asked for once, however often it is repeated", async () => {
    const wait = Promise.withResolvers<FenceResult>();
    let asked = 0;
    const { say, session } = channel({
      onFence: () => {
        asked += 1;
        return wait.promise;
      },
    });
    expect(await say("fence 1 db2 off\n")).toBe("");
    expect(await say("fence 1 db2 off\nfence 1 db2 off\n")).toBe("busy 1 in-progress\n".repeat(2));
    wait.resolve({ word: "done" });
    expect(await say("")).toBe("done 1\n");
    expect(await say("fence 1 db2 off\n")).toBe("done 1\n");
    expect(asked).toBe(1);
    expect(session.drops.tooOften).toBe(0);
  });

  test("what was done for an id is no answer to something else", async () => {
    const { say, told } = channel();
    expect(await say("fence 1 db2\n")).toBe("done 1\n");
    expect(await say("fence 1 db3\n")).toBe("failed 1 id-was-used\n");
    expect(await say("fence 1 db2 off\n")).toBe("failed 1 id-was-used\n");
    expect(told).toEqual(["web1 fence db2 reboot"]);
  });

  test("only what was done is done", async () => {
    const results: FenceResult[] = [
      { word: "denied", reason: "not-permitted" },
      { word: "failed", reason: "no quorum\ndone 2" },
    ];
    const { say } = channel({ onFence: async () => results.shift() ?? Promise.reject(new Error("gone")) });
    expect(await say("fence 1 db2\n")).toBe("denied 1 not-permitted\n");
    expect(await say("fence 2 db2\n")).toBe("failed 2 no-quorum-done-2\n");
    expect(await say("fence 3 db2\n")).toBe("failed 3 error\n");
    expect(await say("fence 3 db2\n")).toBe("failed 3 error\n");
  });

  test("what throws has failed, too", async () => {
    const { say } = channel({
      onFence: () => {
        throw new Error("at once");
      },
    });
    expect(await say("fence 3 db2\n")).toBe("failed 3 error\n");
  });

  test("what was not begun may be asked again under its id", async () => {
    const results: FenceResult[] = [{ word: "busy", reason: "no-quorum" }, { word: "done" }];
    const { say } = channel({ onFence: async () => results.shift() ?? { word: "failed", reason: "" } });
    expect(await say("fence 1 db2\n")).toBe("busy 1 no-quorum\n");
    expect(await say("fence 1 db2\n")).toBe("done 1\n");
  });

  test("four at once, and then one in ten seconds", async () => {
    const { say, told, pass } = channel();
    const four = [1, 2, 3, 4].map((n) => `fence ${n} db2\n`).join("");
    expect(await say(four)).toContain("done 4\n");
    expect(await say("fence 5 db2\n")).toBe("busy 5 rate-limit\n");
    pass(10_000);
    expect(await say("fence 5 db2\n")).toBe("done 5\n");
    expect(told.length).toBe(5);
    const stuck = channel({ onFence: () => new Promise(() => undefined) });
    await stuck.say(four);
    stuck.pass(60_000);
    expect(await stuck.say("fence 5 db2\n")).toBe("busy 5 too-many\n");
  });

  test("an answer waits for nobody who is gone, and is given again when asked for", async () => {
    const wait = Promise.withResolvers<FenceResult>();
    const { say, session } = channel({ onFence: () => wait.promise });
    await say("fence 1 db2\nfence 2 d");
    session.attach(undefined);
    wait.resolve({ word: "done" });
    await Bun.sleep(0);
    let text = "";
    session.attach({
      write: (more) => {
        text += more;
        return true;
      },
    });
    session.receive(Buffer.from("fence 1 db2\n"));
    expect(text).toBe("done 1\n");
  });
});

test("a guest that never reads does not make memory grow", async () => {
  let now = 0;
  const handlers: ChannelHandlers = {
    onReady: () => undefined,
    onHeartbeat: () => undefined,
    onFence: async () => ({ word: "done" }),
    onList: () => Array.from({ length: 200 }, (_, i) => `a-vm-with-quite-a-long-name-${i}`),
  };
  const session = new ChannelSession({ vm: "a", clock: { monotonic: () => now }, log: silentLog, handlers });
  session.attach({ write: () => false });
  for (let n = 0; n < 2000; n++) {
    now += 10_000;
    session.receive(Buffer.from(`list ${n}\nfence ${n} b\nready ${n}\nheartbeat ${n}\n`));
    await Promise.resolve();
  }
  await Bun.sleep(0);
  expect(session.queuedBytes).toBeLessThanOrEqual(64 * 1024);
  expect(session.drops.answers).toBeGreaterThan(1000);
});
