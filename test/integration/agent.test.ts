import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { freeze, heal, killProcesses, pauseStorage, thaw } from "../../src/lab/faults.ts";
import { nodeProcesses } from "../../src/lab/node-processes.ts";
import { addVm, guestBooted, removeVms } from "./harness/add-vm.ts";
import { agentCallMark, agentCallsSince } from "./harness/agent-calls.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import { scaled } from "./harness/scale.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const agent = "/usr/lib/ocf/resource.d/haven/Domain";

describeLab("the resource agent", () => {
  let lab: TestLab;
  const vm = "agent";
  beforeAll(async () => {
    lab = await quietLab();
    await addVm(lab, { name: vm, on: "node1" });
  }, 10 * minute);
  afterEach(async () => {
    await heal(lab.lab.state());
    for (const name of lab.on()) await lab.run(name, ["systemctl", "start", "libvirtd"]);
  }, minute);
  afterAll(async () => {
    await removeVms(lab, vm);
  }, 2 * minute);

  const where = async (): Promise<string> => {
    return await waitFor(`${vm} to be started on one node`, 2 * minute, () => lab.whereIs(vm));
  };
  const counts = async (lines = 10): Promise<void> => {
    const before = guestConsole(lab, vm).last?.seq ?? 0;
    const boot = guestConsole(lab, vm).last?.boot;
    await waitFor(`${lines} more lines of ${vm}`, minute, () => {
      const { last } = guestConsole(lab, vm);
      return last?.boot === boot && (last?.seq ?? 0) >= before + lines;
    });
  };
  /** QEMU processes of the VM on a node. */
  const qemus = (node: string): number => {
    return nodeProcesses(lab.lab.find(node)).filter(({ argv }) =>
      argv.some((word) => word.startsWith(`guest=${vm},`)),
    ).length;
  };
  /** Runs something, and sees that the VM was left alone meanwhile. */
  const undisturbed = async (during: (node: string) => Promise<void>): Promise<void> => {
    const node = await where();
    const mark = agentCallMark(lab, `vm-${vm}`);
    const { boots } = guestConsole(lab, vm);
    const fenced = (await lab.status()).fenceHistory.length;
    await during(node);
    expect(await where()).toBe(node);
    expect(agentCallsSince(lab, `vm-${vm}`, mark).filter(({ action }) => action !== "monitor")).toEqual([]);
    expect((await lab.status()).fenceHistory.length).toBe(fenced);
    await counts();
    expect(guestConsole(lab, vm).boots).toEqual(boots);
  };
  const xmlOf = async (name: string): Promise<string> => {
    const script = `import sys, xml.etree.ElementTree as e
root = e.fromstring(sys.stdin.read())
print([n.get("value") for p in root.iter("primitive") if p.get("id") == "vm-${name}" for n in p.iter("nvpair") if n.get("name") == "xml"][0])`;
    const cib = await lab.pacemaker().queryCib();
    return (await lab.first().run(["python3", "-c", script], { input: cib })).trim();
  };
  const call = async (
    node: string,
    action: string,
    env: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number | null; readonly stderr: string; readonly ms: number }> => {
    const words = Object.entries({ OCF_ROOT: "/usr/lib/ocf", ...env }).map(
      ([key, value]) => `${key}=${value}`,
    );
    const began = performance.now();
    const result = await lab.node(node).exec(["env", ...words, agent, action], { timeoutMs: 3 * minute });
    return { code: result.code, stderr: result.stderr, ms: performance.now() - began };
  };

  describe("libvirtd", () => {
    test(
      "f: killed and restarted: the VM is neither restarted nor reported stopped",
      async () => {
        await undisturbed(async (node) => {
          killProcesses(lab.lab.find(node), "libvirtd");
          // Longer than a monitor's interval.
          await Bun.sleep(scaled(15_000, 40_000));
          expect(await lab.whereIs(vm)).toBe(node);
          await lab.run(node, ["systemctl", "start", "libvirtd"]);
          await Bun.sleep(scaled(12_000, 30_000));
        });
      },
      5 * minute,
    );

    test(
      "f: hung: the VM is neither restarted nor reported stopped",
      async () => {
        await undisturbed(async (node) => {
          await freeze(lab.lab.find(node), "libvirtd");
          await Bun.sleep(scaled(25_000, 90_000));
          expect(await lab.whereIs(vm)).toBe(node);
          thaw(lab.lab.state(), lab.lab.find(node), "libvirtd");
          await Bun.sleep(12_000);
        });
      },
      5 * minute,
    );

    test(
      "f: a stop succeeds without it, only when the process is gone, and nobody is fenced",
      async () => {
        const node = await where();
        const fenced = (await lab.status()).fenceHistory.length;
        expect(qemus(node)).toBe(1);
        await freeze(lab.lab.find(node), "libvirtd");
        const others = lab.names.filter((name) => name !== node);
        await lab.haven(["vm", "stop", "--yes", vm], { on: others[0] ?? "node2" });
        expect(qemus(node)).toBe(0);
        thaw(lab.lab.state(), lab.lab.find(node), "libvirtd");
        await waitFor("libvirt to know", minute, async () => {
          const list = await lab.run(node, ["virsh", "list", "--name"]);
          return !list.split("\n").includes(vm);
        });
        expect((await lab.status()).fenceHistory.length).toBe(fenced);
        const { boots } = guestConsole(lab, vm);
        await lab.haven(["vm", "start", "--yes", vm]);
        await guestBooted(lab, vm, boots.length);
      },
      6 * minute,
    );

    test(
      "a start that it did not hear in time is not carried out behind a stop's back",
      async () => {
        const node = "node1";
        const uuid = crypto.randomUUID();
        const xml = (await xmlOf(vm)).replaceAll(/<uuid>[^<]*/g, `<uuid>${uuid}`).replaceAll(vm, "late");
        await lab.run(node, ["sh", "-c", "truncate -s 16M /srv/shared/images/late.img"]);
        const env = { OCF_RESOURCE_INSTANCE: "vm-late", OCF_RESKEY_xml: xml };
        await freeze(lab.lab.find(node), "libvirtd");
        // The connection waits in the socket's queue: nothing was asked for yet, so nothing can happen later.
        const start = await call(node, "start", { ...env, OCF_RESKEY_CRM_meta_timeout: "8000" });
        expect(start.code).toBe(1);
        expect(start.ms).toBeLessThan(8000);
        const stop = await call(node, "stop", { ...env, OCF_RESKEY_CRM_meta_timeout: "20000" });
        expect(stop.code).toBe(0);
        thaw(lab.lab.state(), lab.lab.find(node), "libvirtd");
        await Bun.sleep(3000);
        expect((await lab.run(node, ["virsh", "list", "--name"])).split("\n")).not.toContain("late");
        await lab.run(node, ["rm", "-f", "/srv/shared/images/late.img"]);
      },
      3 * minute,
    );
  });

  describe("a configuration that cannot be read", () => {
    const broken = ["", "<domain", "<domain type='qemu'><name>x</name></domain>"];

    test(
      "f: a probe is never 'not running', and finds what runs under the resource's name",
      async () => {
        const node = await where();
        const other = lab.names.find((name) => name !== node) ?? "node2";
        for (const xml of broken) {
          for (const instance of [`vm-${vm}`, "vm-nowhere", "strange"]) {
            const env = {
              OCF_RESOURCE_INSTANCE: instance,
              OCF_RESKEY_CRM_meta_interval: "0",
              OCF_RESKEY_xml: xml,
              ...(xml === "" ? { OCF_RESKEY_config: "/nowhere.xml" } : {}),
            };
            expect((await call(node, "monitor", env)).code).toBe(instance === `vm-${vm}` ? 0 : 5);
            expect((await call(other, "monitor", env)).code).toBe(5);
          }
        }
      },
      3 * minute,
    );

    test(
      "a stop knows by what the node remembers whom to stop",
      async () => {
        const node = await where();
        const env = {
          OCF_RESOURCE_INSTANCE: `vm-${vm}`,
          OCF_RESKEY_xml: "<domain",
          OCF_RESKEY_CRM_meta_interval: "10000",
        };
        expect((await call(node, "monitor", env)).code).toBe(0);
        // Nothing under that name there: it is stopped.
        const other = lab.names.find((name) => name !== node) ?? "node2";
        expect((await call(other, "stop", env)).code).toBe(0);
        expect(qemus(node)).toBe(1);
      },
      3 * minute,
    );
  });

  describe("a guest that stands still", () => {
    const parameter = async (name: string, value: string | undefined): Promise<void> => {
      const words = ["crm_resource", "--resource", `vm-${vm}`];
      const change =
        value === undefined
          ? ["--delete-parameter", name]
          : ["--set-parameter", name, "--parameter-value", value];
      await lab.first().run([...words, ...change]);
      await Bun.sleep(1500);
    };
    const stateOf = async (node: string): Promise<string> => {
      return (await lab.run(node, ["virsh", "domstate", "--reason", vm])).trim();
    };

    test(
      "g: suspended on the host: left as it is, with a warning, unless its policy says otherwise",
      async () => {
        const node = await where();
        await undisturbed(async () => {
          await lab.run(node, ["virsh", "suspend", vm]);
          await Bun.sleep(13_000);
          expect(await stateOf(node)).toBe("paused (user)");
          expect(await lab.whereIs(vm)).toBe(node);
          await lab.run(node, ["virsh", "resume", vm]);
        });
        const mark = agentCallMark(lab, `vm-${vm}`);
        await parameter("paused_policy", "resume");
        await lab.run(node, ["virsh", "suspend", vm]);
        await waitFor("the monitor to resume it", minute, async () =>
          (await stateOf(node)).startsWith("running"),
        );
        // A changed policy restarts nothing.
        const calls = agentCallsSince(lab, `vm-${vm}`, mark).map(({ action }) => action);
        expect(calls.filter((action) => ["stop", "start"].includes(action))).toEqual([]);
        const { boots } = guestConsole(lab, vm);
        await parameter("paused_policy", "fail");
        await lab.run(node, ["virsh", "suspend", vm]);
        await waitFor("a restart", 2 * minute, () => guestConsole(lab, vm).boots.length > boots.length);
        await parameter("paused_policy", undefined);
        await where();
        await lab.pacemaker().refresh(`vm-${vm}`);
        await where();
      },
      8 * minute,
    );

    test(
      "g: a full disk pauses it; it waits, and goes on when there is space again",
      async () => {
        const node = "node1";
        const name = "full";
        const small = "/var/local/small";
        await lab.run(node, ["sh", "-c", `mkdir -p ${small} && mount -t tmpfs -o size=1m tmpfs ${small}`]);
        await lab.run(node, [
          "sh",
          "-c",
          `truncate -s 16M ${small}/full.img; head -c 2M /dev/zero > ${small}/ballast; true`,
        ]);
        const spec = {
          disks: [{ file: `${small}/full.img`, cache: "writeback", shareable: true }],
          policies: { "io-error": "resume" },
          placement: { "only-on": node },
        };
        await addVm(lab, { name, spec, wait: "started" });
        const reason = async (): Promise<string> =>
          (await lab.run(node, ["virsh", "domstate", "--reason", name])).trim();
        await waitFor(
          "the guest to be paused",
          2 * minute,
          async () => (await reason()) === "paused (I/O error)",
        );
        const mark = agentCallMark(lab, `vm-${name}`);
        await Bun.sleep(12_000);
        expect(await lab.whereIs(name)).toBe(node);
        await lab.run(node, ["rm", `${small}/ballast`]);
        await waitFor("the guest to go on", minute, async () => (await reason()).startsWith("running"));
        expect(agentCallsSince(lab, `vm-${name}`, mark).filter(({ action }) => action !== "monitor")).toEqual(
          [],
        );
        await lab.haven(["vm", "remove", "--yes", name]);
        await lab.run(node, ["umount", "-l", small]);
      },
      8 * minute,
    );

    const pauseS = scaled(45, 180);
    test(
      `g: shared storage paused for ${pauseS} s: nobody is fenced, nothing restarts, the guest goes on`,
      async () => {
        await undisturbed(async () => {
          await pauseStorage(lab.lab.state(), lab.nodes);
          await Bun.sleep(pauseS * 1000);
          await heal(lab.lab.state());
          await Bun.sleep(5000);
        });
        expect((await lab.status()).failures).toEqual([]);
      },
      8 * minute,
    );
  });

  test(
    "e: a guest that ignores ACPI is destroyed before the timeout; a stop of nothing is a success",
    async () => {
      const name = "stubborn";
      const node = await addVm(lab, {
        name,
        words: ["haven.ignore_acpi=1"],
        spec: { policies: { "graceful-stop": 8 } },
      });
      const env = {
        OCF_RESOURCE_INSTANCE: `vm-${name}`,
        OCF_RESKEY_xml: await xmlOf(name),
        OCF_RESKEY_graceful_timeout: "8",
      };
      await lab.haven(["vm", "stop", "--yes", name]);
      expect((await lab.status()).failures.filter(({ resource }) => resource === `vm-${name}`)).toEqual([]);
      for (const other of lab.names) {
        expect((await call(other, "stop", env)).code).toBe(0);
        expect((await call(other, "monitor", { ...env, OCF_RESKEY_CRM_meta_interval: "0" })).code).toBe(7);
      }
      expect(node).toMatch(/^node/);
      await removeVms(lab, name);
    },
    5 * minute,
  );

  test(
    "ocf-tester is content",
    async () => {
      const xml = (await xmlOf(vm))
        .replaceAll(/<uuid>[^<]*/g, `<uuid>${crypto.randomUUID()}`)
        .replaceAll(vm, "tester");
      await lab.node("node2").writeFile("/root/tester.xml", xml);
      await lab.run("node2", ["truncate", "-s", "16M", "/srv/shared/images/tester.img"]);
      const words = ["ocf-tester", "-n", "vm-tester", "-o", "config=/root/tester.xml", agent];
      const result = await lab.node("node2").exec(words, { timeoutMs: 5 * minute });
      expect(result.stdout).toContain("passed all tests");
      expect(result.code).toBe(0);
      await lab.run("node2", ["rm", "-f", "/srv/shared/images/tester.img"]);
    },
    6 * minute,
  );
});
