import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GuestPort } from "../../test/support/guest-port.ts";
import { systemClock } from "../base/clock.ts";
import { type ExecResult, exec } from "../base/exec.ts";
import { silentLog } from "../base/log.ts";
import { parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import { type ChannelHandlers, ChannelSession } from "./channel-session.ts";

const script = "packaging/guest/haven-guest";
const agent = "packaging/guest/fence_haven_guest";
const shells = [["dash"], ["busybox", "sh"], ["bash", "--posix"]].filter(
  ([shell]) => Bun.which(shell ?? "") !== null,
);

/** A guest's end of a channel that the host's own code answers, and what the host was told. */
function channel(handlers: Partial<ChannelHandlers> = {}) {
  const told: string[] = [];
  const session = new ChannelSession({
    vm: "db1",
    clock: systemClock,
    log: silentLog,
    handlers: {
      onReady: (_vm, id) => void told.push(`ready ${id}`),
      onHeartbeat: () => void told.push("heartbeat"),
      onFence: async (_vm, { target, action }) => {
        told.push(`fence ${target} ${action}`);
        return target === "db2" ? { word: "done" } : { word: "denied", reason: "not-permitted" };
      },
      onList: () => ["db2", "db3"],
      ...handlers,
    },
  });
  const port = new GuestPort((bytes) => void session.receive(bytes));
  session.attach({
    write(text) {
      port.write(text);
      return true;
    },
  });
  return { port, told };
}

describe.each(shells)("%s %s", (...shell) => {
  const words = shell.filter((word) => typeof word === "string");
  const run = (...argv: readonly string[]): Promise<ExecResult> => exec([...words, ...argv]);

  test("ready, heartbeat and list", async () => {
    const { port, told } = channel();
    await using _ = port;
    expect(await run(script, "ready", "-i", "boot-1", "-p", port.path)).toMatchObject({ code: 0 });
    expect(await run(script, "ready", "-p", port.path)).toMatchObject({ code: 0, stderr: "" });
    expect(await run(script, "heartbeat", "-p", port.path)).toMatchObject({ code: 0 });
    expect(await run(script, "list", "-p", port.path)).toMatchObject({ code: 0, stdout: "db2\ndb3\n" });
    expect(told[0]).toBe("ready boot-1");
    expect(told[1]).toMatch(/^ready [0-9a-f-]{36}$/);
    expect(told[2]).toBe("heartbeat");
  });

  test("only what was done has succeeded", async () => {
    const { port, told } = channel();
    await using _ = port;
    const fence = (...argv: readonly string[]) => run(script, "fence", ...argv, "-p", port.path);
    expect(await fence("db2", "off")).toMatchObject({ code: 0, stderr: "" });
    expect(await fence("web1")).toMatchObject({ code: 1, stderr: "haven-guest: denied: not-permitted\n" });
    expect(told).toEqual(["fence db2 off", "fence web1 reboot"]);
  });

  test("answers to something else, and halves of lines, are none", async () => {
    const port: GuestPort = new GuestPort((bytes) => {
      if (!Buffer.from(bytes).toString("latin1").includes("fence mine db2")) return;
      port.write("e\ndone other\ndone\n\ndone mine2\nack\nfailed mine no quorum\ndone mine\n");
    });
    await using _ = port;
    const result = await run(script, "fence", "db2", "-i", "mine", "-p", port.path);
    expect(result).toMatchObject({ code: 1, stderr: "haven-guest: failed: no quorum\n" });
  });

  test("what makes no sense is said before anything is", async () => {
    const { port, told } = channel();
    await using _ = port;
    const wrong = [
      [],
      ["explode"],
      ["fence"],
      ["fence", "DB2"],
      ["fence", "../db2"],
      ["fence", "-x"],
      ["fence", "db2", "on"],
      ["fence", "db2", "off", "now"],
      ["ready", "now"],
      ["ready", "-t"],
      ["ready", "-t", "1.5"],
      ["ready", "-t", "0"],
      ["ready", "-i", "a b"],
      ["ready", "-i", "x".repeat(65)],
      ["ready", "-e", "5"],
      ["heartbeat", "-e", "soon"],
    ];
    const results = await Promise.all(
      wrong.map((argv) => run(script, ...argv, ...(argv.length > 0 ? ["-p", port.path] : []))),
    );
    expect(results.map(({ code }) => code)).toEqual(wrong.map(() => 2));
    for (const { stderr } of results) expect(stderr).toMatch(/^haven-guest: .*; see haven-guest -h\n$/);
    expect(told).toEqual([]);
    expect(await run(script, "list", "-p", "/nonexistent")).toMatchObject({ code: 3 });
    expect((await run(script, "-h")).stdout).toStartWith("Usage: haven-guest");
  });

  test("the fence agent, with words and with lines on standard input", async () => {
    const { port, told } = channel();
    await using _ = port;
    const on = `--channel=${port.path}`;
    const lines = (...input: readonly string[]): Promise<ExecResult> =>
      exec([...words, agent], { input: [...input, `channel=${port.path}`].join("\n") });
    expect(await run(agent, on, "-o", "off", "-n", "db2")).toMatchObject({ code: 0 });
    expect(
      await lines("# Pacemaker", "nodename=node9", "action=reboot", "port=db2", "CRM=$(id)"),
    ).toMatchObject({
      code: 0,
    });
    expect(await lines("nodename=db2")).toMatchObject({ code: 0 });
    expect(await lines("action=off", "plug=web1", "nodename=db2")).toMatchObject({ code: 1 });
    expect(told).toEqual(["fence db2 off", "fence db2 reboot", "fence db2 reboot", "fence web1 off"]);
    expect(await lines("action=list")).toMatchObject({ code: 0, stdout: "db2,\ndb3,\n" });
    expect(await lines("action=monitor")).toMatchObject({ code: 0, stdout: "" });
    expect(await lines("action=status", "plug=db3")).toMatchObject({ code: 0 });
    expect(await lines("action=status", "plug=web1")).toMatchObject({ code: 1 });
    for (const input of ["action=off", "action=on\nplug=db2", "action=off\nplug=db2; id", "action=explode"]) {
      expect(await lines(...input.split("\n"))).toMatchObject({ code: 1 });
    }
    expect(await run(agent, "--explode")).toMatchObject({ code: 1 });
    expect(await run(agent, "-o", "off", "-n", "db2", "--channel", "/nonexistent")).toMatchObject({
      code: 1,
    });
    expect(told.length).toBe(4);
  });

  test("the fence agent says what it takes", async () => {
    const { stdout, code } = await run(agent, "-o", "metadata");
    expect(code).toBe(0);
    const metadata = parseAgentMetadata(stdout, "fence_haven_guest");
    expect(metadata.parameters.map(({ name }) => name)).toEqual([
      "action",
      "plug",
      "port",
      "power_timeout",
      "login_timeout",
      "channel",
      "help",
    ]);
    expect(metadata.parameters.find(({ name }) => name === "port")).toMatchObject({
      deprecated: true,
      replacedBy: "plug",
    });
    expect(metadata.actions.map(({ name }) => name)).toEqual([
      "off",
      "reboot",
      "list",
      "status",
      "monitor",
      "metadata",
      "validate-all",
    ]);
    expect((await run(agent, "--help")).stdout).toContain("--power-timeout");
  });
});

test("no answer in time, or nobody who listens on the host, means that nothing is known", async () => {
  const dir = mkdtempSync(join(tmpdir(), "haven-guest-"));
  const began = performance.now();
  const ends = await Promise.all(
    shells.map(async (words) => {
      const silent = new GuestPort(() => undefined);
      await using _ = silent;
      // As a port whose host is away, a file that ends is read as nothing.
      const away = join(dir, words.join("-"));
      writeFileSync(away, "");
      const ended = await Promise.all([
        exec([...words, script, "fence", "db2", "-t", "1", "-p", silent.path]),
        exec([...words, script, "heartbeat", "-t", "1", "-p", away]),
        exec([...words, agent, "-o", "off", "-n", "db2", "--power-timeout=1", `--channel=${away}2`]),
        exec([...words, agent, "-o", "off", "-n", "db2", "--power-timeout=1", `--channel=${away}`]),
      ]);
      return ended.map(({ code }) => code);
    }),
  );
  rmSync(dir, { recursive: true });
  expect(ends).toEqual(shells.map(() => [4, 4, 1, 1]));
  expect(performance.now() - began).toBeLessThan(10_000);
});

test.skipIf(Bun.which("shellcheck") === null)("shellcheck has nothing to say", async () => {
  expect(await exec(["shellcheck", "-s", "sh", script, agent])).toMatchObject({ code: 0, stdout: "" });
});
