import { HavenError } from "../base/errors.ts";
import type { Environment } from "../ops/environment.ts";
import { fencePowerTest } from "../ops/fence-power-test.ts";
import { fenceTest } from "../ops/fence-test.ts";
import { selectNodes } from "../ops/select-nodes.ts";
import type { CommandCall } from "./command.ts";
import { fenceTestLines, powerTestLines } from "./render-fence-test.ts";

interface Call extends Pick<CommandCall, "args" | "global" | "terminal"> {
  readonly options: {
    readonly all: boolean;
    readonly device: string | undefined;
    readonly "confirm-node": string | undefined;
    readonly "dry-run": boolean;
  };
}

/** `haven fence test`: asks from the other nodes. @returns the exit code */
export async function runFenceTest(environment: Environment, call: Call): Promise<number> {
  const { args, options, global, terminal } = call;
  for (const name of ["device", "confirm-node"] as const) {
    if (options[name] !== undefined) throw new HavenError("usage", { what: `--${name} goes with --power` });
  }
  if (options["dry-run"])
    throw new HavenError("usage", { what: "--dry-run goes with --power: nothing is switched" });
  if (options.all === args.length > 0) {
    throw new HavenError("usage", { what: "Give the nodes whose fencing is to be tested, or --all" });
  }
  const { nodes } = await environment.pacemaker.status({
    signal: environment.signal,
    fenceHistory: "none",
    attributes: false,
  });
  const names = nodes.filter(({ type }) => type === "member").map(({ name }) => name);
  const chosen = options.all ? names : selectNodes(names, args);
  const result = await fenceTest(environment, { nodes: chosen });
  if (global.json) terminal.out(JSON.stringify(result));
  else for (const line of fenceTestLines(result, terminal.color)) terminal.out(line);
  return result.ok ? 0 : 1;
}

/** `haven fence test --power`: shoots. @returns the exit code */
export async function runPowerTest(environment: Environment, call: Call): Promise<number> {
  const { args, options, global, terminal } = call;
  const [node] = args;
  if (node === undefined || args.length > 1 || options.all) {
    throw new HavenError("usage", { what: "--power shoots one node: give its name" });
  }
  const given = options["confirm-node"];
  const result = await fencePowerTest(environment, {
    node,
    device: options.device,
    dryRun: options["dry-run"],
    typedName: (question) => (given === undefined ? terminal.ask(question) : Promise.resolve(given)),
  });
  if (global.json) terminal.out(JSON.stringify(result));
  else for (const line of powerTestLines(result, terminal.color)) terminal.out(line);
  return result.ok || !result.shot ? 0 : 1;
}
