import { writeFile } from "node:fs/promises";
import { HavenError } from "../base/errors.ts";
import { vmScreenshot } from "../ops/vm-screenshot.ts";
import type { CommandCall } from "./command.ts";
import { withEnvironment } from "./live-environment.ts";

/** `haven vm screenshot`: into a file, or to standard output where that is no terminal. */
export async function runScreenshot(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  name: string,
  { file, screen }: { readonly file: string | undefined; readonly screen: number },
): Promise<void> {
  const { global, terminal } = call;
  if (file === "-" && terminal.isTty) {
    throw new HavenError("usage", {
      what: "A picture is not written to a terminal",
      hint: `Into a file: haven vm screenshot ${name} ${name}.png`,
    });
  }
  const result = await withEnvironment(call, (environment) => vmScreenshot(environment, { name, screen }));
  if (file === "-") {
    await new Promise<void>((resolve) => process.stdout.write(result.png, () => resolve()));
    return;
  }
  const path = file ?? `${result.name}-${stamp(new Date())}.png`;
  try {
    await writeFile(path, result.png);
  } catch (error) {
    throw new HavenError("input.invalid", {
      where: path,
      found: error instanceof Error ? error.message : String(error),
      expected: "a file that can be written",
    });
  }
  const { node, png } = result;
  if (global.json) terminal.out(JSON.stringify({ name: result.name, node, file: path, bytes: png.length }));
  else terminal.out(`The screen of ${result.name} on ${node}: ${path}`);
}

/** 20261127-151403, in this machine's time. */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
