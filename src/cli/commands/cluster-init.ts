import { HavenError } from "../../base/errors.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import type { ClusterInitResult } from "../../ops/cluster-init.ts";
import type { ClusterPlan } from "../../ops/cluster-plan.ts";
import { command, type Terminal } from "../command.ts";

export const clusterInitCommands = [
  command({
    path: ["cluster", "init"],
    summary: "Make servers a cluster, as a file says",
    description:
      "Sets up corosync, Pacemaker, certificates, libvirt and QEMU. Everything is checked before anything is\n" +
      "written. It can be repeated: it changes only what differs from the file.",
    args: [{ name: "FILE", help: "The plan in YAML, see examples/cluster.yaml", complete: "file" }],
    options: {
      force: { kind: "flag", help: "Take over nodes that belong to another cluster" },
      check: { kind: "flag", help: "Only read the file and say what is wrong with it" },
    },
    examples: ["haven cluster init cluster.yaml", "haven cluster init cluster.yaml --check"],
    role: "local",
    async run({ args, options, global, terminal, signal }) {
      const file = args[0] ?? "";
      const [{ readClusterPlan }, { planProblems }] = await Promise.all([
        import("../../ops/read-cluster-plan.ts"),
        import("../../ops/cluster-check.ts"),
      ]);
      const plan = await readClusterPlan(file, await readText(file));
      const problems = planProblems(plan);
      if (problems.length > 0) {
        throw new HavenError("cluster.refused", { what: `${file} is not right`, problems });
      }
      if (options.check) {
        if (global.json) terminal.out(JSON.stringify({ name: plan.name, problems }));
        else terminal.out(`${file}: nothing wrong, cluster ${plan.name} of ${plan.nodes.length} nodes`);
        return;
      }
      if (process.getuid?.() !== 0) {
        throw new HavenError("not-root", {
          what: "haven cluster init",
          command: `haven cluster init ${file}`,
        });
      }
      const nodes = await reach(plan);
      const [{ clusterInit }, { systemClock }, { createLog }] = await Promise.all([
        import("../../ops/cluster-init.ts"),
        import("../../base/clock.ts"),
        import("../../base/log.ts"),
      ]);
      const log = createLog((line) => terminal.err(line));
      const progress = (line: string): void => terminal.progress(line);
      const environment = { clock: systemClock, log, signal, progress };
      const result = await clusterInit(plan, nodes, environment, { force: options.force });
      if (global.json) terminal.out(JSON.stringify(result, undefined, 2));
      else show(plan, result, terminal);
    },
  }),
];

async function readText(file: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "an error";
    throw new HavenError("input.invalid", { where: file, found: why, expected: "a file that can be read" });
  }
}

/** This machine is reached as it is; others cannot be reached from here. */
async function reach(plan: ClusterPlan): Promise<readonly NodeAccess[]> {
  const { localNode } = await import("../../host/local-node.ts");
  const local = localNode();
  const { nodes, quorumDevice } = plan;
  for (const name of [...nodes.map((node) => node.name), ...(quorumDevice ? [quorumDevice.host] : [])]) {
    if (name === local.name) continue;
    throw new HavenError("cluster.unreachable", {
      node: name,
      hint: `This is ${local.name}: a plan can name this server only, until servers are reached over SSH`,
    });
  }
  return [local];
}

function show(plan: ClusterPlan, result: ClusterInitResult, terminal: Terminal): void {
  const others = Object.keys(result.changed).filter((name) => !plan.nodes.some((node) => node.name === name));
  for (const name of [...plan.nodes.map((node) => node.name), ...others]) {
    const changed = result.changed[name];
    terminal.out(`${name}: ${changed === undefined ? "nothing to change" : changed.join(", ")}`);
  }
  for (const warning of result.warnings) terminal.err(`Warning: ${warning}`);
  const configuration = {
    seeded: "its configuration is made",
    patched: "its configuration was brought up to date",
    unchanged: "its configuration was as it should be",
  }[result.configuration];
  const seconds = (result.durationMs / 1000).toFixed(1);
  terminal.out(`Cluster ${plan.name} runs, ${configuration}; ${result.dc} decides (${seconds} s)`);
}
