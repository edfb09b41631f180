import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { killProcesses } from "../../src/lab/faults.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { nodeBridge, removeBridge } from "./harness/node-bridge.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

// A container of libvirt's under Pacemaker. Its root is a folder of the shared storage; it writes a line with the
// name of its run every 200 ms, so that two copies, or a restart, are seen in its file.

const minute = 60_000;
const name = "jar";
const bridge = "lxbr0";
const mac = "02:00:0a:00:00:21";

const init = `#!/bin/busybox sh
trap 'echo "$run terminated" >> /lines; exit 0' TERM INT PWR
read -r run < /proc/sys/kernel/random/uuid
/bin/busybox cat /sys/class/net/eth0/address > /facts
echo "first process $$, $LIBVIRT_LXC_NAME" >> /facts
number=0
while :; do
    number=$((number + 1))
    echo "$run $number" >> /lines
    /bin/busybox sleep 0.2
done
`;

describeLab("a container", () => {
  let lab: TestLab;
  let root: string;

  beforeAll(async () => {
    lab = await quietLab();
    root = `${lab.lab.settings.dir}/shared/containers/${name}`;
    rmSync(root, { recursive: true, force: true });
    for (const folder of ["bin", "dev", "proc", "sys", "sbin", "etc"]) {
      mkdirSync(`${root}/${folder}`, { recursive: true });
    }
    cpSync(`${lab.lab.state().image}/usr/bin/busybox`, `${root}/bin/busybox`);
    writeFileSync(`${root}/sbin/count`, init, { mode: 0o755 });
    await nodeBridge(lab, bridge);
  }, 5 * minute);
  afterAll(async () => {
    if (await lab.vm(name)) await lab.haven(["vm", "remove", "--yes", name]);
    await removeBridge(lab, bridge);
    rmSync(root, { recursive: true, force: true });
  }, 2 * minute);

  /** What it wrote, as [run, word] each. */
  const lines = (): readonly (readonly [string, string])[] => {
    const path = `${root}/lines`;
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const whole = text.split("\n").filter((line) => / (\d+|terminated)$/.test(line));
    return whole.map((line): readonly [string, string] => [line.slice(0, 36), line.slice(37)]);
  };
  /** Its runs, in their order; throws when one wrote after the next had begun. */
  const runs = (): readonly string[] => {
    const order = lines().map(([run]) => run);
    const changes = order.filter((run, i) => run !== order[i - 1]);
    expect(new Set(changes).size).toBe(changes.length);
    return changes;
  };
  const writesOn = async (): Promise<void> => {
    const before = lines().length;
    await waitFor("it to write on", minute, () => lines().length > before + 5);
  };
  const where = async (): Promise<string> =>
    await waitFor(`${name} to run`, 2 * minute, () => lab.whereIs(name));
  const inLibvirt = async (node: string): Promise<readonly string[]> =>
    (await lab.run(node, ["virsh", "-c", "lxc:///system", "list", "--name"]))
      .split("\n")
      .filter((one) => one !== "");
  const processes = async (node: string): Promise<string> =>
    (await lab.node(node).exec(["pgrep", "-a", "-f", `/sbin/count|libvirt_lxc.*--name ${name}`])).stdout;

  test(
    "starts, with its memory, card and weight",
    async () => {
      const spec = {
        name,
        memory: 64,
        hypervisor: "lxc",
        container: { root: `/srv/shared/containers/${name}`, init: "/sbin/count" },
        networks: [{ bridge, mac }],
        "io-weight": 300,
        policies: { "graceful-stop": 20 },
      };
      await lab.first().writeFile(`/root/${name}.yaml`, JSON.stringify(spec));
      expect(await lab.haven(["vm", "add", "--yes", `/root/${name}.yaml`])).toMatch(/jar runs on node\d/);
      await writesOn();
      const node = await where();
      expect(await inLibvirt(node)).toEqual([name]);
      const facts = readFileSync(`${root}/facts`, "utf8");
      expect(facts).toContain(mac);
      expect(facts).toContain(`first process 1, ${name}`);
      const group = async (kind: string, file: string): Promise<string> =>
        (await lab.run(node, ["sh", "-c", `cat /sys/fs/cgroup/${kind}/machine/*jar*/${file}`])).trim();
      expect(await group("memory", "memory.limit_in_bytes")).toBe(String(64 * 1024 * 1024));
      expect(await group("blkio", "blkio.bfq.weight")).toBe("300");
    },
    3 * minute,
  );

  test(
    "a monitor sees that it has ended, and Pacemaker starts it again",
    async () => {
      const node = await where();
      const before = runs().length;
      await lab.run(node, ["virsh", "-c", "lxc:///system", "destroy", name]);
      await waitFor("it to run again", 2 * minute, () => runs().length > before);
      await where();
      await writesOn();
      await lab.haven(["vm", "cleanup", name]);
    },
    4 * minute,
  );

  test(
    "it cannot move live, and says so",
    async () => {
      await where();
      const result = await lab.tryHaven(["vm", "move", name]);
      expect(result.stderr).toContain("jar cannot be moved live");
      expect(result.code).toBe(4);
    },
    minute,
  );

  test(
    "without libvirt it is known to run by its processes, and a stop ends these",
    async () => {
      const node = await where();
      await writesOn();
      const before = runs();
      killProcesses(lab.lab.find(node), "libvirtd");
      const check = await lab.run(node, ["crm_resource", "--resource", `vm-${name}`, "--force-check"]);
      expect(check).toMatch(/returned 0 \(ok\)/i);
      await writesOn();
      expect(runs()).toEqual(before);
      expect(await lab.haven(["vm", "stop", name])).toBe(`Stopped: ${name}\n`);
      expect(await processes(node)).toBe("");
      await lab.run(node, ["systemctl", "start", "libvirtd"]);
      expect(await inLibvirt(node)).toEqual([]);
      expect((await lab.status()).failures).toEqual([]);
    },
    4 * minute,
  );

  test(
    "its node loses power: it runs elsewhere, and never twice",
    async () => {
      await lab.haven(["vm", "start", name]);
      const node = await where();
      await writesOn();
      const before = runs();
      await lab.lab.powerOff(node);
      const there = await waitFor("it to run elsewhere", 2 * minute, async () => {
        const now = await lab.whereIs(name);
        return runs().length > before.length && now !== node ? now : undefined;
      });
      await writesOn();
      expect(runs().slice(0, before.length)).toEqual([...before]);
      expect(runs().length).toBe(before.length + 1);
      expect(await inLibvirt(there)).toEqual([name]);
      await waitFor("the node to be back", 2 * minute, async () =>
        (await lab.status()).nodes.every((one) => one.online && !one.pending),
      );
      expect(await processes(node)).toBe("");
    },
    5 * minute,
  );

  test(
    "a stop asks it first, and ends when all of it has gone",
    async () => {
      const node = await where();
      await writesOn();
      const run = runs().at(-1);
      expect(await lab.haven(["vm", "stop", name])).toBe(`Stopped: ${name}\n`);
      expect(lines().at(-1)).toEqual([run ?? "", "terminated"]);
      expect(await processes(node)).toBe("");
      expect(await inLibvirt(node)).toEqual([]);
    },
    3 * minute,
  );
});
