import { expect, test } from "bun:test";
import { poll } from "../base/poll.ts";

/** A program that takes its terminal, hides the cursor, and ends when it is left, or with an error by a "!". */
const program = `
const { takeTerminal } = await import(${JSON.stringify(import.meta.resolve("./take-terminal.ts"))});
const terminal = await takeTerminal({
  onKeys(bytes) {
    const text = Buffer.from(bytes).toString();
    process.stdout.write("heard " + JSON.stringify(text) + ";");
    if (text === "!") throw new Error("unexpected");
    if (text === "x") process.exit(7);
    if (text === "q") terminal.left.abort();
  },
  undo: () => "<undone>",
});
terminal.left.signal.addEventListener("abort", () => { terminal.close(); process.exit(0); });
process.stdout.write("hears " + terminal.hears + ";");
`;

interface Taken extends AsyncDisposable {
  readonly text: () => string;
  readonly isRaw: () => boolean;
  readonly type: (text: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

async function take(): Promise<Taken> {
  let text = "";
  const terminal = new Bun.Terminal({
    data: (_terminal, bytes) => {
      text += Buffer.from(bytes).toString();
    },
  });
  const before = [terminal.inputFlags, terminal.outputFlags, terminal.localFlags];
  const isRaw = (): boolean =>
    [terminal.inputFlags, terminal.outputFlags, terminal.localFlags].some((word, i) => word !== before[i]);
  const child = Bun.spawn([process.execPath, "-e", program], { terminal });
  await poll(() => text.includes("hears true;"), { timeoutMs: 60_000, intervalMs: 20 });
  expect(text).toContain("hears true;");
  expect(isRaw()).toBe(true);
  return {
    text: () => text,
    isRaw,
    type: (keys) => void terminal.write(keys),
    kill: (signal) => child.kill(signal),
    ended: child.exited.then(async (code) => {
      // What it has written last may be read after its end.
      await poll(() => text.includes("<undone>"), { timeoutMs: 10_000, intervalMs: 10 });
      return code;
    }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      terminal.close();
    },
  };
}

test("every key is heard, also Ctrl-C; left, the terminal is as it was", async () => {
  await using taken = await take();
  taken.type("\x03");
  await poll(() => taken.text().includes('"\\u0003"'), { timeoutMs: 60_000, intervalMs: 20 });
  taken.type("q");
  expect(await taken.ended).toBe(0);
  expect(taken.text()).toContain('heard "\\u0003";heard "q";');
  expect(taken.text()).toEndWith("<undone>");
  expect(taken.isRaw()).toBe(false);
}, 120_000);

test.each(["SIGHUP", "SIGQUIT"] as const)(
  "%s gives it back",
  async (signal) => {
    await using taken = await take();
    taken.kill(signal);
    expect(await taken.ended).toBe(0);
    expect(taken.text()).toEndWith("<undone>");
    expect(taken.isRaw()).toBe(false);
  },
  120_000,
);

test.each([
  ["an end from within", "x"],
  ["an error that nobody catches", "!"],
])(
  "%s gives it back",
  async (_what, key) => {
    await using taken = await take();
    taken.type(key);
    expect(await taken.ended).not.toBe(0);
    expect(taken.text()).toContain("<undone>");
    expect(taken.isRaw()).toBe(false);
  },
  120_000,
);
