import { existsSync, mkdirSync } from "node:fs";
import { run } from "../../src/base/exec.ts";
import { createLab, type Lab } from "../../src/lab/lab.ts";

const name = "bench";

/** The lab that benches share: brought up by the executable as a user does, with the cluster and both VMs. */
export async function benchLab(): Promise<Lab> {
  await run(["dist/haven", "lab", "up", "--name", name, "--quiet"], { timeoutMs: 300_000 });
  return createLab({ name });
}

/** Takes it away, where there is one: what is left up costs every number after it. */
export async function removeBenchLab(): Promise<void> {
  if (!existsSync(`/var/lib/haven-lab/${name}`)) return;
  await run(["dist/haven", "lab", "down", "--name", name], { timeoutMs: 120_000 });
}

/**
 * Runs an exported function of a module inside a lab's node, with Haven's own executable as the runtime, and
 * returns what it returned; both ways as JSON. What it prints on standard error goes to `progress`.
 */
export async function inNode(
  lab: Lab,
  node: string,
  call: { readonly module: string; readonly name: string; readonly argument: unknown },
): Promise<unknown> {
  const dir = `${lab.settings.dir}/shared/bench`;
  mkdirSync(dir, { recursive: true });
  const file = `${call.name}.js`;
  const entry = `${dir}/${call.name}.entry.ts`;
  const source = [
    `import { ${call.name} } from ${JSON.stringify(`${process.cwd()}/${call.module}`)};`,
    `const result = await ${call.name}(JSON.parse(process.argv[2] ?? "null"));`,
    `process.stdout.write("\\n" + JSON.stringify(result) + "\\n");`,
  ].join("\n");
  await Bun.write(entry, source);
  const built = await Bun.build({
    entrypoints: [entry],
    target: "bun",
    format: "esm",
    outdir: dir,
    naming: file,
  });
  if (!built.success) throw new AggregateError(built.logs, `${call.module} cannot be bundled`);
  const argv = ["haven", "run", `/srv/shared/bench/${file}`, JSON.stringify(call.argument)];
  // The name `env` keeps exec from taking the variable away: this one process is to be Bun.
  const output = await lab.node(node).run(["env", "BUN_BE_BUN=1", ...argv], { timeoutMs: 3_600_000 });
  const last = output.trim().split("\n").at(-1);
  return JSON.parse(last ?? "null");
}
