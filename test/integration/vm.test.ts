import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { VmView } from "../../src/contract/vm-view.ts";
import { addVm, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { type GuestConsole, guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { migrationUnderWay } from "./harness/migration-under-way.ts";
import { type TestLab, testLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

describeLab("virtual machines", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await testLab();
  }, 5 * minute);

  describe("added", () => {
    afterAll(async () => {
      await removeVms(lab, "web1", "twin-a", "twin-b", "idle");
    }, 2 * minute);

    test(
      "an example runs, and prints to its console",
      async () => {
        await removeVms(lab, "web1");
        makeImage(imagePath(lab, "web1"), 16);
        await lab.first().writeFile("/root/web1.yaml", readFileSync("examples/web1.yaml"));
        const said = await lab.haven(["vm", "add", "--yes", "/root/web1.yaml"]);
        expect(said).toMatch(/^Added: web1\nweb1 runs on node\d\n$/);
        const before = guestConsole(lab, "web1").lines.length;
        await waitFor("web1 to print", minute, () => guestConsole(lab, "web1").lines.length > before + 20);
        const [view] = await list(lab, "web1");
        expect(view).toMatchObject({
          state: "running",
          wanted: "running",
          managed: true,
          memory: 128,
          failures: [],
        });
        const show = await lab.haven(["vm", "show", "web1"]);
        expect(show).toContain("libvirt         running on node");
      },
      3 * minute,
    );

    test(
      "two at once, stopped at first, then started by a pattern",
      async () => {
        const texts = ["twin-a", "twin-b"].map((name) => {
          makeImage(imagePath(lab, name), 16);
          return `name: ${name}\nmemory: 128\nhypervisor: qemu\ndisks: [{file: /srv/shared/images/${name}.img}]\n${bootOf(name)}`;
        });
        await lab.first().writeFile("/root/twins.yaml", texts.join("---\n"));
        const before = await epoch(lab);
        await lab.haven(["vm", "add", "--yes", "--stopped", "/root/twins.yaml"]);
        expect(await epoch(lab)).toBe(before + 1);
        expect((await list(lab, "twin-*")).map(({ state, wanted }) => [state, wanted])).toEqual([
          ["stopped", "stopped"],
          ["stopped", "stopped"],
        ]);
        await lab.haven(["vm", "start", "twin-*"]);
        expect((await list(lab, "twin-*")).map(({ state }) => state)).toEqual(["running", "running"]);
        expect(await lab.haven(["vm", "start", "twin-*"])).toBe("twin-a runs already\ntwin-b runs already\n");
      },
      3 * minute,
    );

    test(
      "what is wrong is told at once, and leaves nothing half-made",
      async () => {
        makeImage(imagePath(lab, "idle"), 16);
        await lab.run("node1", ["ln", "-sfn", "/srv/shared/images", "/srv/alias"]);
        const bad = [
          "name: idle\nmemory: 128\ndisks:\n  - file: /srv/alias/idle.img\n  - file: /srv/shared/images/gone.img\n",
          "name: web2\nmemory: 128\nplacement:\n  prefer: nod1\n",
          "name: big\nmemory: 60 TiB\n",
        ];
        await lab.node("node1").writeFile("/root/bad.yaml", bad.join("---\n"));
        const before = await epoch(lab);
        const result = await lab.tryHaven(["vm", "add", "--yes", "/root/bad.yaml"], { on: "node1" });
        expect(result.code).toBe(2);
        expect(result.stderr).toContain(
          "/root/bad.yaml:4:5: disks[0].file: /srv/alias/idle.img leads through the symbolic link /srv/alias",
        );
        expect(result.stderr).toContain(
          "/root/bad.yaml:5:5: disks[1].file: /srv/shared/images/gone.img does not exist",
        );
        expect(result.stderr).toContain("/root/bad.yaml:7:1: name: expected a new name, found web2");
        expect(result.stderr).toMatch(
          /:10:\d+: placement\.prefer\[0\]: expected a node of the cluster, found nod1 \(did you mean node1\?\)/,
        );
        expect(result.stderr).toMatch(/memory: expected at most \d+ MiB, which is what the largest node has/);
        expect(await epoch(lab)).toBe(before);
        expect(await lab.tryHaven(["vm", "add", "/root/none.yaml"])).toMatchObject({ code: 2 });
        expect(await lab.tryHaven(["vm", "show", "wbe2"])).toMatchObject({
          code: 3,
          stderr: expect.stringContaining("Did you mean web2?"),
        });
      },
      2 * minute,
    );

    test(
      "without a yes nothing is changed",
      async () => {
        const text = `name: idle\nmemory: 128\nhypervisor: qemu\ndisks: [{file: /srv/shared/images/idle.img}]\n${bootOf("idle")}`;
        await lab.first().writeFile("/root/idle.yaml", text);
        const before = await epoch(lab);
        const result = await lab.tryHaven(["vm", "add", "/root/idle.yaml"]);
        expect(result.code).toBe(4);
        expect(result.stderr).toMatch(/idle starts on node\d/);
        const dry = await lab.haven(["vm", "add", "--dry-run", "/root/idle.yaml"]);
        expect(dry).toMatch(/^Nothing is changed\. What would happen:\n(.*\n)* {2}idle starts on node\d\n/);
        expect(await epoch(lab)).toBe(before);
      },
      minute,
    );
  });

  describe("moved live", () => {
    const vm = "mover";
    beforeAll(async () => {
      await removeVms(lab, vm);
      await addVm(lab, { name: vm, on: "node1", spec: { migration: { bandwidth: 400 } } });
      await counts(lab, vm, 10);
    }, 3 * minute);
    afterAll(async () => {
      await removeVms(lab, vm, "local");
    }, 2 * minute);

    test(
      "its uptime goes on, its console loses no line, no constraint is left",
      async () => {
        const before = guestConsole(lab, vm);
        const from = await whereIs(lab, vm);
        const to = lab.names.find((name) => name !== from) ?? "";
        expect(await lab.haven(["vm", "move", vm, "--to", to])).toMatch(
          new RegExp(`^${vm} moved from ${from} to ${to} in \\d+\\.\\d s\n$`),
        );
        expect(await whereIs(lab, vm)).toBe(to);
        await waitFor("the guest to go on", minute, () => linesOn(guestConsole(lab, vm), to) > 20);
        // Without a name the best other node.
        await lab.haven(["vm", "move", vm]);
        const last = await whereIs(lab, vm);
        expect(last).not.toBe(to);
        await counts(lab, vm, 20);
        const after = guestConsole(lab, vm);
        const boot = after.boots.at(-1) ?? "";
        expect(after.boots.slice(before.boots.length)).toEqual([]);
        expect(after.missing(boot)).toEqual([]);
        expect(after.doubled(boot)).toEqual([]);
        expectUptimeGoesOn(after, boot);
        expect(await moveConstraints(lab)).toEqual([]);
        expect(await lab.haven(["vm", "move", vm, "--to", last])).toContain("already");
      },
      4 * minute,
    );

    test(
      "it is refused where it is bound to fail, before it begins",
      async () => {
        const from = await whereIs(lab, vm);
        const [to = "", third = ""] = lab.names.filter((name) => name !== from);
        const refused = async (node: string, words: RegExp): Promise<void> => {
          const before = await epoch(lab);
          const result = await lab.tryHaven(["vm", "move", vm, "--to", node], { on: from });
          expect(result.stderr).toMatch(words);
          expect(result.code).toBe(4);
          expect(await epoch(lab)).toBe(before);
        };

        await lab.run(to, ["systemctl", "stop", "libvirtd"]);
        try {
          await refused(to, /libvirt on node\d does not answer/);
        } finally {
          await lab.run(to, ["systemctl", "start", "libvirtd"]);
        }

        await lab.haven(["node", "standby", "--yes", third]);
        try {
          await refused(third, /in standby/);
        } finally {
          await lab.haven(["node", "online", "--yes", third]);
        }

        const nodeMemory = ["--node", to, "--name", "memory", "--utilization"];
        const memory = (await lab.run(to, ["crm_attribute", ...nodeMemory, "--query", "--quiet"])).trim();
        await lab.run(to, ["crm_attribute", ...nodeMemory, "--update", "64"]);
        try {
          await refused(to, /has no room for it/);
        } finally {
          await lab.run(to, ["crm_attribute", ...nodeMemory, "--update", memory]);
        }

        const ban = ["crm_resource", "--resource", `vm-${vm}`, "--node", to];
        await lab.run(from, [...ban, "--ban"]);
        try {
          await refused(to, /the constraint cli-ban-\S+ forbids it/);
        } finally {
          await lab.run(from, [...ban, "--clear"]);
        }
        expect(await lab.tryHaven(["vm", "move", vm, "--to", "node9"])).toMatchObject({ code: 3 });
      },
      4 * minute,
    );

    test(
      "a disk that the other node does not see",
      async () => {
        // It is there on every node when the VM is added, and gone where it is to move.
        const make = ["sh", "-c", "mkdir -p /var/local && truncate -s 16M /var/local/local.img"];
        await Promise.all(lab.names.map((name) => lab.run(name, make)));
        await addVm(lab, {
          name: "local",
          on: "node1",
          spec: { disks: [{ file: "/var/local/local.img", shareable: true }] },
        });
        const from = await whereIs(lab, "local");
        expect(from).toBe("node1");
        await Promise.all(["node2", "node3"].map((name) => lab.run(name, ["rm", "/var/local/local.img"])));
        const result = await lab.tryHaven(["vm", "move", "local", "--to", "node2"]);
        expect(result.stderr).toMatch(/node2 does not see \/var\/local/);
        expect(result.code).toBe(4);
        expect(await lab.tryHaven(["vm", "move", "local"])).toMatchObject({ code: 4 });
        await lab.haven(["vm", "remove", "--yes", "local"]);
      },
      3 * minute,
    );
  });

  describe("a move that breaks off", () => {
    const vm = "slow";
    beforeAll(async () => {
      await removeVms(lab, vm);
      await addVm(lab, { name: vm, on: "node1", spec: { migration: { bandwidth: 1 } } });
      await counts(lab, vm, 10);
    }, 3 * minute);
    afterAll(async () => {
      await removeVms(lab, vm);
    }, 2 * minute);

    /** Begins a move, and waits until the guest's memory is on its way. */
    const begin = async () => {
      const from = await whereIs(lab, vm);
      const to = lab.names.find((name) => name !== from) ?? "";
      const before = guestConsole(lab, vm);
      const ended = lab.node(from).exec(["haven", "vm", "move", vm, "--to", to], { timeoutMs: 5 * minute });
      await migrationUnderWay(lab, from, vm);
      return { from, to, before, ended };
    };
    const unharmed = async (from: string, before: GuestConsole): Promise<void> => {
      expect(await whereIs(lab, vm)).toBe(from);
      expect(await moveConstraints(lab)).toEqual([]);
      await counts(lab, vm, 10);
      const after = guestConsole(lab, vm);
      expect(after.boots.slice(before.boots.length)).toEqual([]);
      expectUptimeGoesOn(after, after.boots.at(-1) ?? "");
      expect((await list(lab, vm))[0]).toMatchObject({ state: "running", failures: [] });
    };

    test(
      "its job is aborted: the guest runs on at its source, and is managed again",
      async () => {
        const { from, before, ended } = await begin();
        const other = await lab.tryHaven(["vm", "move", vm]);
        expect(other.code).toBe(4);
        expect(other.stderr).toMatch(/is being moved to node\d already, by process \d+ on node\d/);
        const at = performance.now();
        await lab.run(from, ["virsh", "domjobabort", vm]);
        const { code, stderr } = await ended;
        expect(code).toBe(1);
        expect(stderr).toMatch(/slow did not move to node\d: .*it runs on, on node\d/);
        expect((performance.now() - at) / 1000).toBeLessThan(30);
        await unharmed(from, before);
      },
      4 * minute,
    );

    test(
      "Ctrl-C cancels it",
      async () => {
        const { from, before, ended } = await begin();
        await lab.run(from, ["pkill", "-INT", "-f", `^haven vm move ${vm}`]);
        const { code, stderr } = await ended;
        expect(stderr).toMatch(/Interrupted: slow was not moved; it runs on, on node\d/);
        expect(code).toBe(130);
        await unharmed(from, before);
      },
      4 * minute,
    );

    test(
      "the process that moves it is killed: its constraint says until when it counts",
      async () => {
        const { from, before, ended } = await begin();
        await lab.run(from, ["pkill", "-KILL", "-f", `^haven vm move ${vm}`]);
        await ended;
        const [view] = await list(lab, vm);
        const left = (Date.parse(view?.move?.expires ?? "") - Date.now()) / minute;
        expect(left).toBeGreaterThan(5);
        expect(left).toBeLessThan(20);
        await lab.run(from, ["virsh", "domjobabort", vm]);
        await waitFor(
          "the VM to be blocked",
          minute,
          async () => (await list(lab, vm))[0]?.state === "blocked",
        );
        // The next move on that node takes the dead process's place; cleaning up gives the VM back first.
        await lab.run(from, ["cibadmin", "--delete", "--xpath", `//rsc_location[@id='vm-${vm}.move']`]);
        await lab.haven(["vm", "cleanup", vm]);
        await waitFor(
          "the VM to be managed again",
          minute,
          async () => (await list(lab, vm))[0]?.state === "running",
        );
        await unharmed(from, before);
      },
      4 * minute,
    );
  });

  describe("stopped", () => {
    afterAll(async () => {
      await removeVms(lab, "polite", "deaf");
    }, 2 * minute);

    test(
      "a guest is asked first; one that is not there any more is stopped; a removed one leaves its disk",
      async () => {
        await removeVms(lab, "polite");
        await addVm(lab, { name: "polite" });
        await waitFor("its ACPI daemon", minute, () => (guestConsole(lab, "polite").last?.uptime ?? 0) > 5);
        expect(await lab.haven(["vm", "stop", "polite"])).toBe("Stopped: polite\n");
        const texts = [...guestConsole(lab, "polite").texts.values()].join("");
        expect(texts).toContain("power button");
        expect((await list(lab, "polite"))[0]).toMatchObject({
          state: "stopped",
          wanted: "stopped",
          nodes: [],
        });
        expect(await lab.haven(["vm", "stop", "polite"])).toBe("polite is stopped already\n");

        await lab.haven(["vm", "start", "polite"]);
        const node = await whereIs(lab, "polite");
        await lab.run(node, ["virsh", "destroy", "polite"]);
        await lab.haven(["vm", "stop", "polite"]);
        expect(await lab.run(node, ["virsh", "list", "--name"])).not.toContain("polite");

        const said = await lab.haven(["vm", "remove", "--yes", "polite"]);
        expect(said).toBe("Removed: polite\nTheir disks are left alone:\n  /srv/shared/images/polite.img\n");
        expect(existsSync(imagePath(lab, "polite"))).toBe(true);
        const cib = await lab.run(node, ["cibadmin", "--query", "--scope", "configuration"]);
        expect(cib).not.toContain("polite");
        expect((await lab.status()).fenceHistory.filter(({ status }) => status === "pending")).toEqual([]);
      },
      4 * minute,
    );

    test(
      "a guest that ignores ACPI is ended in good time, and nobody is fenced",
      async () => {
        await removeVms(lab, "deaf");
        const fenced = (await lab.status()).fenceHistory.length;
        await addVm(lab, {
          name: "deaf",
          words: ["haven.ignore_acpi=1"],
          spec: { policies: { "graceful-stop": "15 s" } },
        });
        await counts(lab, "deaf", 10);
        const at = performance.now();
        await lab.haven(["vm", "stop", "deaf"]);
        const seconds = (performance.now() - at) / 1000;
        expect(seconds).toBeGreaterThan(10);
        expect(seconds).toBeLessThan(60);
        expect((await lab.status()).fenceHistory.length).toBe(fenced);

        await lab.haven(["vm", "start", "deaf"]);
        await counts(lab, "deaf", 5);
        const again = performance.now();
        await lab.haven(["vm", "stop", "--force", "--yes", "deaf"]);
        expect((performance.now() - again) / 1000).toBeLessThan(10);
        expect((await list(lab, "deaf"))[0]).toMatchObject({ state: "stopped", failures: [] });
      },
      4 * minute,
    );

    test(
      "Ctrl-C while a removal waits leaves the VM configured",
      async () => {
        await lab.haven(["vm", "start", "deaf"]);
        await counts(lab, "deaf", 5);
        const words = [
          "timeout",
          "--foreground",
          "--preserve-status",
          "--signal=INT",
          "5",
          "haven",
          "vm",
          "remove",
          "--yes",
          "deaf",
        ];
        const { code, stderr } = await lab.first().exec(words, { timeoutMs: minute });
        expect(stderr).toContain("Interrupted: deaf stays configured, and the cluster goes on to stop it");
        expect(code).toBe(130);
        await waitFor("it to stop", minute, async () => (await list(lab, "deaf"))[0]?.state === "stopped");
        await lab.haven(["vm", "remove", "--yes", "deaf"]);
        expect(await list(lab, "*")).not.toContainEqual(expect.objectContaining({ name: "deaf" }));
      },
      3 * minute,
    );
  });

  test(
    "unmanaged, a VM is left alone, and taken back without a restart",
    async () => {
      await removeVms(lab, "own");
      await addVm(lab, { name: "own" });
      await counts(lab, "own", 5);
      const { boots } = guestConsole(lab, "own");
      await lab.haven(["vm", "unmanage", "own"]);
      expect(await lab.tryHaven(["vm", "stop", "own"])).toMatchObject({ code: 4 });
      await counts(lab, "own", 5);
      await lab.haven(["vm", "manage", "own"]);
      await counts(lab, "own", 5);
      expect(guestConsole(lab, "own").boots).toEqual(boots);
      await removeVms(lab, "own");
    },
    3 * minute,
  );

  test("Pacemaker has nothing to complain about", async () => {
    expect(await lab.pacemaker().verify()).toEqual([]);
  });
});

function bootOf(name: string): string {
  const guest = "/usr/share/haven-lab/guest";
  return `boot: {kernel: ${guest}/vmlinuz, initrd: ${guest}/initrd, cmdline: console=ttyS0 quiet haven.name=${name}}\n`;
}

async function list(lab: TestLab, pattern: string): Promise<readonly VmView[]> {
  return JSON.parse(await lab.haven(["vm", "list", "--json", pattern]));
}

async function whereIs(lab: TestLab, vm: string): Promise<string> {
  return await waitFor(`${vm} to run somewhere`, minute, () => lab.whereIs(vm));
}

async function epoch(lab: TestLab): Promise<number> {
  const cib = await lab.run(lab.first().name, ["cibadmin", "--query", "--scope", "cib"]).catch(() => "");
  const text = cib === "" ? await lab.run(lab.first().name, ["cibadmin", "--query"]) : cib;
  return Number(/<cib [^>]*\bepoch="(\d+)"/.exec(text)?.[1]);
}

async function moveConstraints(lab: TestLab): Promise<readonly string[]> {
  const text = await lab.run(lab.first().name, ["cibadmin", "--query", "--scope", "constraints"]);
  return [...text.matchAll(/id="([^"]*(?:\.move|cli-)[^"]*)"/g)].map((match) => match[1] ?? "");
}

/** Waits until the guest has printed that many lines more. */
async function counts(lab: TestLab, vm: string, lines: number): Promise<void> {
  const before = guestConsole(lab, vm).lines.length;
  await waitFor(`${vm} to count on`, minute, () => guestConsole(lab, vm).lines.length >= before + lines);
}

function linesOn(console: GuestConsole, node: string): number {
  return console.lines.filter(({ nodes }) => nodes.includes(node)).length;
}

function expectUptimeGoesOn(console: GuestConsole, boot: string): void {
  const uptimes = console.lines.filter((line) => line.boot === boot).map(({ uptime }) => uptime);
  expect(uptimes).toEqual(uptimes.toSorted((a, b) => a - b));
}
