import type { Lab } from "../../src/lab/lab.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { benchLab, inNode } from "./bench-lab.ts";
import { largeCib } from "./large-cib.ts";
import { type BenchRow, ratioRow } from "./row.ts";
import type { TimedCommand } from "./time-command.ts";
import type { CommandTimes, TimedCommands } from "./time-commands.ts";

/** `haven status` beside crm_mon, crm status and pcs status: on the live lab, and on the CIB of 24 nodes and 400 VMs. */
export const statusBench: Bench = {
  name: "status",
  async run(context) {
    const lab = await benchLab();
    await Bun.write(`${lab.settings.dir}/shared/large.xml`, largeCib());
    // On the node's own file system: the shared one is served by a process of the lab.
    await lab.node("node1").run(["cp", "/srv/shared/large.xml", "/var/tmp/large.xml"]);
    const file = "/var/tmp/large.xml";
    return [
      ...(await compare(lab, context, "on the lab", {}, ["pcs", "status"])),
      ...(await compare(lab, context, "on 24 nodes × 400 VMs", { CIB_file: file }, [
        "pcs",
        "-f",
        file,
        "--corosync_conf",
        "/etc/corosync/corosync.conf",
        "status",
      ])),
    ];
  },
};

async function compare(
  lab: Lab,
  context: BenchContext,
  where: string,
  env: Readonly<Record<string, string>>,
  pcs: readonly string[],
): Promise<readonly BenchRow[]> {
  const commands: readonly TimedCommand[] = [
    // 1 says that there is a problem in the cluster, not that the command failed.
    { name: "haven status", argv: ["haven", "status"], env, codes: [0, 1] },
    { name: "crm_mon", argv: ["crm_mon", "-1"], env, codes: [0] },
    { name: "crm status", argv: ["crm", "status"], env, codes: [0] },
    { name: "pcs status", argv: pcs, env, codes: [0] },
  ];
  const argument: TimedCommands = { commands, runs: context.runs };
  const module = "test/bench/time-commands.ts";
  const answer = (await inNode(lab, "node1", { module, name: "timeCommands", argument })) as CommandTimes;
  const { times, errors } = answer;
  for (const [name, why] of Object.entries(errors)) context.progress(`${name} ${where}: ${why}`);
  const haven = times["haven status"];
  if (haven === undefined) throw new Error(`haven status failed ${where}: ${errors["haven status"]}`);
  return Object.entries({ crm_mon: 1.2, "crm status": 1, "pcs status": 1 }).flatMap(
    ([peerName, targetRatio]) => {
      const peer = times[peerName];
      if (peer === undefined) return [];
      return [ratioRow({ name: `haven status ${where}`, unit: "ms", haven, peer, peerName, targetRatio })];
    },
  );
}
