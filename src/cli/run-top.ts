import { type TopSample, vmTop } from "../ops/vm-top.ts";
import type { CommandCall } from "./command.ts";
import { withEnvironment } from "./live-environment.ts";
import { takeTerminal } from "./take-terminal.ts";
import type { TopOrder } from "./top-orders.ts";
import { topTable } from "./top-table.ts";

export interface RunTopOptions {
  readonly names: readonly string[];
  readonly once: boolean;
  readonly intervalMs: number;
  readonly order: TopOrder;
}

/** Keys that sort. */
const orderKeys: ReadonlyMap<string, TopOrder> = new Map([
  ["c", "cpu"],
  ["m", "memory"],
  ["d", "disk"],
  ["n", "net"],
  ["N", "name"],
  ["o", "node"],
]);

/** `haven vm top`: on a terminal of its own screen, elsewhere one table after the other. @returns the exit code */
export async function runTop(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  options: RunTopOptions,
): Promise<number> {
  const { global, terminal } = call;
  const { names, intervalMs, once } = options;
  const onScreen = terminal.isTty && !once && !global.json;
  const screen = onScreen ? await openScreen(options.order, terminal.color) : undefined;
  const signal = screen === undefined ? call.signal : AbortSignal.any([call.signal, screen.left]);
  if (once) terminal.progress("Looking at what the VMs use");
  try {
    await withEnvironment({ ...call, signal }, async (environment) => {
      for await (const sample of vmTop(environment, { names, intervalMs })) {
        if (screen !== undefined) screen.show(sample);
        else if (global.json) terminal.out(JSON.stringify(sample));
        else for (const line of topTable(sample, options.order, terminal.color)) terminal.out(line);
        if (once) return;
      }
    });
  } catch (error) {
    // To leave is no failure.
    if (screen?.left.aborted !== true) throw error;
  } finally {
    screen?.close();
  }
  return 0;
}

/** The other screen of the terminal, redrawn with each sample and each key. */
async function openScreen(first: TopOrder, color: boolean) {
  const { stdout } = process;
  let order = first;
  let last: TopSample | undefined;
  const draw = (): void => {
    if (last !== undefined) stdout.write(frame(last, order, color));
  };
  const terminal = await takeTerminal({
    onKeys(bytes) {
      for (const key of Buffer.from(bytes).toString("latin1")) {
        if (key === "q" || key === "\x03") terminal.left.abort();
        order = orderKeys.get(key) ?? order;
      }
      draw();
    },
    undo: () => "\x1b[?25h\x1b[?1049l",
  });
  stdout.write("\x1b[?1049h\x1b[?25l\x1b[H\x1b[JLooking at what the VMs use …");
  stdout.on("resize", draw);
  return {
    left: terminal.left.signal,
    show(sample: TopSample) {
      last = sample;
      draw();
    },
    close() {
      stdout.off("resize", draw);
      terminal.close();
    },
  };
}

/** A whole screen. Each line is written over the one before, so that nothing flickers. */
function frame(sample: TopSample, order: TopOrder, color: boolean): string {
  const [width, height] = [process.stdout.columns ?? 110, process.stdout.rows ?? 30];
  const lines = topTable(sample, order, false).slice(0, height - 1);
  const shown = lines.map((line, i) => {
    const text = line.slice(0, width);
    return i === 1 && color ? `\x1b[7m${text.padEnd(width)}\x1b[0m` : text;
  });
  return `\x1b[H${shown.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
}
