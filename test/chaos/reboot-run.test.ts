import { afterAll, beforeAll, expect, test } from "bun:test";
import { addVm, removeVms } from "../integration/harness/add-vm.ts";
import { clusterQuiet } from "../integration/harness/cluster-quiet.ts";
import { describeLab } from "../integration/harness/lab-missing.ts";
import { LabSsh } from "../integration/harness/lab-ssh.ts";
import { quietLab } from "../integration/harness/quiet-lab.ts";
import { expectUnharmed } from "../integration/harness/slow-migration.ts";
import type { TestLab } from "../integration/harness/test-lab.ts";

const minute = 60_000;
const [self, second, third] = ["node1", "node2", "node3"] as const;

describeLab("nodes are taken through a restart one by one", () => {
  let lab: TestLab;
  let ssh: LabSsh;
  beforeAll(async () => {
    lab = await quietLab();
    ssh = new LabSsh(lab);
    await ssh.begin(self);
    for (const on of [second, third]) await addVm(lab, { name: `on-${on}`, on });
  }, 10 * minute);
  afterAll(async () => {
    await ssh.end(self);
    await clusterQuiet(lab);
    await removeVms(lab, ...[second, third].map((on) => `on-${on}`));
  }, 5 * minute);

  test(
    "a command that fails stops it at the node where it did, and it goes on from there",
    async () => {
      const run = ["cluster", "reboot-run", "--yes"];
      const dry = await lab.haven(["cluster", "reboot-run", "--dry-run"], { on: self });
      expect(dry).toMatch(/node2: \d+ VMs leave.*\n {2}node3: .*\n {2}node1: .*, which is this node/);
      expect(ssh.ran).toEqual([]);

      const test = "test -e /srv/shared/upgrade";
      const failed = await lab.tryHaven([...run, "--command", test, second, third], { on: self });
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain(
        `The run has stopped at ${second}: as the command ran: ${test} ended with`,
      );
      expect(failed.stderr).toContain(
        `haven cluster reboot-run --from ${second} --command '${test}' ${second} ${third}`,
      );
      expect(ssh.ran).toEqual([`${second}: 'test' '-e' '/srv/shared/upgrade'`]);

      await lab.run(self, ["touch", "/srv/shared/upgrade"]);
      const went = await lab.haven([...run, "--from", second, "--command", test, second, third], {
        ...{ on: self, timeoutMs: 10 * minute },
      });
      expect(went).toMatch(/^node2: empty after .*, back after .*\nnode3: .*\n$/);
      expect(ssh.ran.filter((line) => line.endsWith("'systemctl' 'reboot'"))).toEqual(
        [second, third].map((node) => `${node}: 'systemctl' 'reboot'`),
      );
      for (const node of [second, third])
        await expectUnharmed(lab, `on-${node}`, { node, boots: 1, withinS: 60 });
      const status = await lab.status(self);
      expect(status.nodes.map(({ online, standby }) => [online, standby])).toEqual(
        Array.from({ length: 3 }, () => [true, false]),
      );
    },
    15 * minute,
  );
});
