import { describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { isHavenError } from "./errors.ts";
import { childEnvironment, exec, run, spawnPipe } from "./exec.ts";
import { poll } from "./poll.ts";

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("exec", () => {
  test("gives back what the program printed, and how it ended", async () => {
    const result = await exec(["sh", "-c", "cat; echo bad >&2; exit 3"], { input: "hello" });
    expect(result).toEqual({ code: 3, signal: null, stdout: "hello", stderr: "bad\n" });
  });

  test("names the signal that ended the program", async () => {
    const result = await exec(["sh", "-c", "kill -TERM $$"]);
    expect(result.code).toBeNull();
    expect(result.signal).toBe("SIGTERM");
  });

  test("does not let a shell read its arguments", async () => {
    expect(await run(["echo", "$(id); `id` $HOME"])).toBe("$(id); `id` $HOME\n");
  });

  test("says which program is missing", async () => {
    const error = await failure(exec(["haven-no-such-program"]));
    expect(isHavenError(error, "exec.missing")).toBe(true);
  });

  test("kills what does not end in time, also when a grandchild holds the pipe", async () => {
    const started = performance.now();
    const error = await failure(exec(["sh", "-c", "sleep 20 & sleep 20"], { timeoutMs: 200 }));
    expect(isHavenError(error, "exec.timeout")).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test("stops at once when aborted", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const error = await failure(exec(["sleep", "20"], { signal: controller.signal }));
    expect(isHavenError(error, "interrupted")).toBe(true);
  });

  test("does not keep more output than allowed", async () => {
    const error = await failure(exec(["head", "-c", "100000", "/dev/zero"], { maxOutputBytes: 1000 }));
    expect(isHavenError(error, "exec.output")).toBe(true);
  });

  test("run throws with the last words of a failed program", async () => {
    const error = await failure(run(["sh", "-c", "echo no such thing >&2; exit 4"]));
    expect(isHavenError(error, "exec.failed")).toBe(true);
    expect(String(error)).toContain("exit code 4: no such thing");
  });

  test("children never see what would change a Bun executable", () => {
    process.env.BUN_OPTIONS = "--smol";
    try {
      expect(childEnvironment()).not.toHaveProperty("BUN_OPTIONS");
      expect(childEnvironment({ HOME: undefined })).not.toHaveProperty("HOME");
    } finally {
      delete process.env.BUN_OPTIONS;
    }
  });
});

test("output that is whole is given before the program ends", async () => {
  const began = performance.now();
  const result = await exec(["sh", "-c", "printf '<a>1'; sleep 0.1; printf '</a>\\n'; exec sleep 2"], {
    complete: "</a>\n",
  });
  expect(result).toEqual({ code: 0, signal: null, stdout: "<a>1</a>\n", stderr: "" });
  expect(performance.now() - began).toBeLessThan(1500);
  // Without the end nothing changes.
  expect(await exec(["sh", "-c", "printf '<a>'; exit 3"], { complete: "</a>\n" })).toMatchObject({
    code: 3,
    stdout: "<a>",
  });
});

test("a program that is late is left to go on where it is asked for", async () => {
  const file = `${tmpdir()}/haven-exec-${process.pid}`;
  let said = "";
  const late = exec(["sh", "-c", 'echo begun; sleep 1; echo > "$1"', "sh", file], {
    ...{ timeoutMs: 400, leaveLate: true },
    onStdout: (piece) => {
      said += piece;
    },
  });
  expect(isHavenError(await failure(late), "exec.timeout")).toBe(true);
  expect(said).toBe("begun\n");
  expect(await poll(() => existsSync(file), { timeoutMs: 20_000 })).toBe(true);
  rmSync(file);
}, 30_000);

describe("spawnPipe", () => {
  test("what is written is answered, until the program ends", async () => {
    const pipe = spawnPipe(["cat"]);
    await pipe.write(Buffer.from("one "));
    await pipe.write(Buffer.from("two"));
    pipe.end();
    let text = "";
    for await (const chunk of pipe.output) text += Buffer.from(chunk).toString();
    expect(text).toBe("one two");
    expect(await pipe.ended).toEqual({ code: 0, stderr: "" });
    // It has ended: nothing to fail for.
    await pipe.write(Buffer.from("three"));
  });

  test("it says why it ended, and is killed when it does not", async () => {
    expect(await spawnPipe(["sh", "-c", "echo no way >&2; exit 255"]).ended).toEqual({
      code: 255,
      stderr: "no way",
    });
    const pipe = spawnPipe(["sleep", "600"]);
    pipe.kill();
    expect((await pipe.ended).code).toBeNull();
    expect(
      isHavenError(await failure(Promise.try(() => spawnPipe(["haven-no-such-program"]))), "exec.missing"),
    ).toBe(true);
  });
});
