import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { addVm, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { bootSector } from "./harness/boot-sector.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { type GuestReport, guestReport } from "./harness/guest-report.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { nodeBridge, removeBridge } from "./harness/node-bridge.ts";
import { QemuFacts } from "./harness/qemu-facts.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

// Each field of the specification that makes hardware, as the guest that runs finds it, or its QEMU where a guest
// cannot see it. Few guests with many fields: a boot takes seconds. docs/evidence/specification.md is the index.

const minute = 60_000;
const bridge = "hwbr0";
const target = "iqn.2026-01.org.example:hardware";
const uuid = "5c0b8a52-93f1-4d57-a2b6-0f3f5e1d7c11";

/** Of 2 MiB: the nodes have the machine's kernel, so there is one number for all. */
const hugePages = "/proc/sys/vm/nr_hugepages";
const guestPages = 64;
const hasHugePages = canReserve(guestPages);

describeLab("hardware", () => {
  let lab: TestLab;
  /** The node of the iSCSI target, and of the loop device. */
  let store: string;

  beforeAll(async () => {
    lab = await quietLab();
    // Where `vm add` runs, which looks for the disks.
    store = lab.names[0] ?? "";
    await nodeBridge(lab, bridge);
  }, 5 * minute);
  afterAll(async () => {
    await removeBridge(lab, bridge);
  }, minute);

  const on = async (vm: string): Promise<QemuFacts> => {
    const node = await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
    return new QemuFacts(lab, node, vm);
  };

  describe("a machine with much in it", () => {
    const vm = "broad";
    let report: GuestReport;
    let qemu: QemuFacts;
    let loop = "";
    beforeAll(async () => {
      await removeVms(lab, vm);
      await lab.run(store, ["sh", "-c", makeStore]);
      loop = (await lab.run(store, ["cat", "/run/hardware-loop"])).trim();
      await lab.run(store, ["cp", "/usr/share/zoneinfo/Asia/Kolkata", "/etc/localtime"]);
      const address = lab.nodes.find(({ name }) => name === store)?.address ?? "";
      await addVm(lab, {
        name: vm,
        memory: 160,
        byBios: true,
        words: ["haven.report=1"],
        spec: {
          ...broad,
          disks: [
            { file: "/srv/shared/images/broad.img", shareable: true, serial: "SYSTEM-1", discard: true },
            {
              file: "/srv/shared/images/broad.qcow2",
              cache: "writethrough",
              serial: "GROWN-2",
              "on-error": "report",
            },
            {
              file: "/srv/shared/images/broad-s.img",
              bus: "scsi",
              readonly: true,
              serial: "SCSI-3",
              discard: false,
              "on-error": "stop",
            },
            { file: "/srv/shared/images/broad-r.img", bus: "sata", serial: "SATA-4" },
            {
              block: loop,
              serial: "BLOCK-5",
              target: "vdx",
              cache: "directsync",
              "on-error": "ignore",
            },
            {
              iscsi: { portal: address, target, lun: 1, user: "web1", secret: "hardware-chap" },
              serial: "ISCSI-6",
              cache: "writeback",
            },
            { iso: "/srv/shared/images/broad.iso" },
          ],
          placement: { "only-on": store },
        },
      });
      report = await guestReport(lab, vm);
      qemu = await on(vm);
    }, 4 * minute);
    afterAll(async () => {
      await removeVms(lab, vm);
      await lab.run(store, ["sh", "-c", removeStore]);
    }, 2 * minute);

    /** The disk that the guest knows by a serial number: what it found of it. */
    const disk = (serial: string): Readonly<Record<string, string>> => {
      const [found] = [...report.facts].filter(
        ([key, value]) => /^disk\..*\.serial$/.test(key) && value.trim() === serial,
      );
      const prefix = found?.[0].replace(/serial$/, "") ?? "none";
      return { name: prefix.split(".")[1] ?? "", ...report.below(prefix) };
    };

    test("identity, machine, processors", async () => {
      expect(report.get("dmi.product_uuid").toLowerCase()).toBe(uuid);
      expect(report.get("dmi.product_version")).toMatch(/^pc-q35-/);
      expect(report.get("cpu.model")).toMatch(/^Westmere/);
      expect(report.get("cpu.count")).toBe("2");
      // Its kernel does not count what is not plugged in yet.
      expect(await qemu.qmp(z.array(z.unknown()), "query-hotpluggable-cpus")).toHaveLength(4);
      // Both CPUs are threads of one core: the maximum is a socket of two cores with two threads.
      expect(report.get("cpu.topology")).toBe("0:0:0-1 0:0:0-1");
      const flags = report.get("cpu.flags").split(" ");
      expect(flags).toContain("rdrand");
      expect(flags).not.toContain("aes");
    });

    test("memory, and the maximum that its balloon keeps from it", async () => {
      const physical = Number(report.get("memory.physical")) / 1024;
      expect(physical).toBeGreaterThan(250);
      expect(physical).toBeLessThanOrEqual(256);
      // What the guest's driver answers.
      await waitFor("the balloon to be full", minute, async () => {
        const { actual } = await qemu.qmp(z.object({ actual: z.number() }), "query-balloon");
        return actual === 160 * 1024 * 1024;
      });
    });

    test("NUMA: its memory is bound to the host's node, its CPUs to the host's CPU", async () => {
      const pid = await qemu.pid();
      const maps = await lab.run(store, ["cat", `/proc/${pid}/numa_maps`]);
      expect(maps).toMatch(/^[0-9a-f]+ bind:0 .*\bdirty=\d{4,}/m);
      const threads = await qemu.qmp(z.array(z.object({ "thread-id": z.number() })), "query-cpus-fast");
      expect(threads).toHaveLength(2);
      for (const { "thread-id": thread } of threads) {
        const status = await lab.run(store, ["cat", `/proc/${pid}/task/${thread}/status`]);
        expect(status).toMatch(/^Cpus_allowed_list:\s+0$/m);
      }
    });

    test("disks: size, bus, serial number, cache, discard, read-only", async () => {
      const mebibyte = 1024 * 1024;
      expect(disk("SYSTEM-1")).toMatchObject({
        bus: "virtio",
        size: String(16 * mebibyte),
        readonly: "0",
        name: "vda",
      });
      expect(disk("SYSTEM-1").cache).toBe("write back");
      expect(Number(disk("SYSTEM-1").discard)).toBeGreaterThan(0);
      // The size is what the format says; the file is smaller.
      expect(disk("GROWN-2")).toMatchObject({
        bus: "virtio",
        size: String(48 * mebibyte),
        cache: "write through",
      });
      expect(disk("SCSI-3")).toMatchObject({
        readonly: "1",
        bus: "scsi",
        size: String(17 * mebibyte),
        begins: "haven-scsi",
      });
      expect(disk("SATA-4")).toMatchObject({ bus: "ata", size: String(18 * mebibyte), begins: "haven-sata" });
      expect(disk("BLOCK-5")).toMatchObject({
        bus: "virtio",
        size: String(19 * mebibyte),
        begins: "haven-block",
      });
      expect(disk("BLOCK-5").cache).toBe("write through");
      expect(disk("ISCSI-6")).toMatchObject({
        bus: "virtio",
        size: String(20 * mebibyte),
        begins: "haven-iscsi",
      });
      expect(disk("ISCSI-6").cache).toBe("write back");
      expect(report.below("disk.sr0.")).toMatchObject({ bus: "ata", removable: "1", volume: "HAVEN_BROAD" });
    });

    test("disks as QEMU has them: error policy, cache, threads, the name in the domain", async () => {
      const devices = ["virtio-disk0", "virtio-disk1", "scsi0-0-0-0", "virtio-disk23"] as const;
      const policies = await Promise.all(devices.map((device) => qemu.property(device, "werror")));
      expect(policies).toEqual(["enospc", "report", "stop", "ignore"]);
      expect(await qemu.property("virtio-disk0", "discard")).toBe("true");
      const blocks = await qemu.qmp(z.array(blockSchema), "query-block");
      const cache = (name: string): unknown =>
        blocks.find(({ qdev }) => qdev?.includes(name) === true)?.inserted?.cache;
      expect(cache("virtio-disk0")).toEqual({ writeback: true, direct: true, "no-flush": false });
      expect(cache("virtio-disk1")).toEqual({ writeback: false, direct: false, "no-flush": false });
      expect(cache("virtio-disk23")).toEqual({ writeback: false, direct: true, "no-flush": false });
      const threads = await qemu.qmp(z.array(z.object({ id: z.string() })), "query-iothreads");
      expect(threads.map(({ id }) => id).sort()).toEqual(["iothread1", "iothread2"]);
      const words = (await qemu.words()).filter((word) => word.includes('"driver":"virtio-blk-pci"'));
      expect(words.map((word) => /"iothread":"(\w+)"/.exec(word)?.[1]).sort()).toEqual([
        "iothread1",
        "iothread1",
        "iothread2",
        "iothread2",
      ]);
    });

    test("its weight beside other VMs, in its control group", async () => {
      const path = "/sys/fs/cgroup/blkio/machine/*broad*/blkio.bfq.weight";
      expect(await lab.run(store, ["sh", "-c", `cat ${path}`])).toBe("700\n");
    });

    test("network cards: address, model, queues, MTU, link, the name on the node", async () => {
      expect(report.below("net.eth0.")).toMatchObject({
        mac: "02:00:0a:00:00:01",
        mtu: "1400",
        queues: "2",
        driver: "virtio_net",
        link: "1",
      });
      expect(report.get("net.eth1.mac")).toMatch(/^02:/);
      expect(report.get("net.eth1.link")).toBe("0");
      const cards = Object.values(report.below("pci.")).filter((text) => text.includes("class=0200"));
      expect(cards.filter((text) => text.startsWith("1af4:1041"))).toHaveLength(2);
      expect(cards.filter((text) => text.startsWith("8086:10d3"))).toHaveLength(1);
      expect(await lab.run(store, ["ip", "-o", "link", "show", "broad-tap"])).toContain(`master ${bridge}`);
    });

    test("watchdog, random numbers, balloon, channels, panic, TPM, screen, input", async () => {
      expect(report.get("watchdog")).toContain("6300ESB");
      expect(report.get("rng")).toContain("virtio_rng");
      expect(report.get("channels").split(" ").sort()).toEqual([
        "org.haven.guest.0",
        "org.qemu.guest_agent.0",
      ]);
      expect(Object.values(report.below("virtio."))).toContain("virtio_balloon");
      expect(report.get("panic")).not.toBe("");
      expect(report.get("tpm.version")).toBe("2");
      expect(report.get("tpm.driver")).toBe("tpm_tis");
      expect(report.get("tpm.before")).toBe("none");
      expect(report.get("tpm.left")).toBe(report.boot);
      const screens = Object.values(report.below("pci.")).filter((text) => text.includes("class=03"));
      expect(screens).toEqual([expect.stringContaining("1af4:1050")]);
      expect(await qemu.hmp("info mice")).toContain("QEMU HID Tablet");
      expect(await qemu.hmp("info usb")).toContain("QEMU USB Tablet");
      const words = await qemu.words();
      expect(words[words.indexOf("-k") + 1]).toBe("de");
      const vnc = await qemu.qmp(z.object({ host: z.string(), service: z.string() }), "query-vnc");
      expect(vnc).toMatchObject({ host: "127.0.0.1", service: "5911" });
      const hello = ["python3", "-c", readHello, vnc.host, vnc.service];
      expect(await lab.run(store, hello)).toMatch(/^RFB 003\.00\d\n/);
    });

    test("clock: the node's local time; no HPET where it is said so", () => {
      // The zone of the node is half an hour beside every whole one.
      expect(clockOffset(lab, vm, report)).toBeCloseTo(5.5, 1);
      expect(report.get("clock.sources").split(" ")).not.toContain("hpet");
    });

    test("serial console, kernel and command line", () => {
      expect(report.get("consoles").split(" ")).toContain("ttyS0");
      expect(report.get("cmdline")).toContain("haven.name=broad haven.report=1");
      expect(report.get("firmware")).toBe("bios");
    });
  });

  describe("an older machine with little in it", () => {
    const vm = "plain";
    let report: GuestReport;
    let qemu: QemuFacts;
    beforeAll(async () => {
      await removeVms(lab, vm);
      makeImage(imagePath(lab, vm), 16);
      await addVm(lab, { name: vm, words: ["haven.report=1"], spec: plain, wait: "started" });
      report = await guestReport(lab, vm);
      qemu = await on(vm);
    }, 4 * minute);
    afterAll(async () => {
      await removeVms(lab, vm);
    }, 2 * minute);

    test("machine, processors, IDE, an empty drive", () => {
      expect(report.get("dmi.product_version")).toMatch(/^pc-i440fx-/);
      expect(report.get("cpu.model")).toContain("QEMU Virtual CPU");
      // Each CPU a socket.
      expect(report.get("cpu.topology")).toBe("0:0:0 1:0:1");
      expect(report.below("disk.sda.")).toMatchObject({ bus: "ata", size: String(16 * 1024 * 1024) });
      expect(report.below("disk.sr0.")).toMatchObject({ bus: "ata", removable: "1" });
      expect(report.get("disk.sr0.volume")).toBe("");
    });

    test("what was not wanted is not there", async () => {
      expect(report.get("rng")).toBe("none");
      expect(report.get("channels")).toBe("");
      expect(report.get("watchdog")).toBe("");
      expect(report.get("tpm.version")).toBe("");
      expect(Object.values(report.below("virtio."))).not.toContain("virtio_balloon");
      await expect(qemu.hmp("info usb")).resolves.not.toContain("Tablet");
    });

    test("cards of other makers, screen, memory in turn on the host's nodes, HPET, a zone's time", async () => {
      const pci = Object.values(report.below("pci."));
      const cards = pci.filter((text) => text.includes("class=0200")).map((text) => text.slice(0, 9));
      expect(cards).toEqual(["8086:100e", "10ec:8139"]);
      expect(pci.filter((text) => text.includes("class=03"))).toEqual([expect.stringContaining("1013:00b8")]);
      const node = (await lab.whereIs(vm)) ?? "";
      const maps = await lab.run(node, ["cat", `/proc/${await qemu.pid()}/numa_maps`]);
      expect(maps).toMatch(/^[0-9a-f]+ interleave:0 .*\bdirty=\d{4,}/m);
      expect(report.get("clock.sources").split(" ")).toContain("hpet");
      expect(clockOffset(lab, vm, report)).toBeCloseTo(-3.5, 1);
    });
  });

  describe("what it boots", () => {
    const names = ["boot-disk", "boot-drive", "boot-net"] as const;
    afterAll(async () => {
      await removeVms(lab, ...names);
      const made = names.flatMap((name) => [`${name}-d.img`, `${name}.iso`]);
      for (const name of made) rmSync(`${lab.lab.settings.dir}/shared/images/${name}`, { force: true });
    }, 2 * minute);

    test(
      "disk, drive and network, in the order that is given; a disk that is not to be booted from is there beside",
      async () => {
        await removeVms(lab, ...names);
        for (const name of names) {
          // Not the image of that name: that is made anew, and empty, with the VM.
          const image = imagePath(lab, `${name}-d`);
          makeImage(image, 16);
          writeFileSync(image, bootSector(`${name} from its disk`), { flag: "r+" });
          const sector = `/srv/shared/images/${name}.sector`;
          writeFileSync(
            `${lab.lab.settings.dir}/shared/images/${name}.sector`,
            bootSector(`${name} from its drive`),
          );
          await lab.first().run(["sh", "-c", makeBootIso, "sh", sector, `/srv/shared/images/${name}.iso`]);
        }
        // Who asks for an address on the bridge, until the card of that VM has.
        const asks = lab.node(store).exec(["python3", "-c", hearBoot, bridge], { timeoutMs: 3 * minute });
        const orders = {
          "boot-disk": ["disk", "cdrom"],
          "boot-drive": ["cdrom", "disk"],
          "boot-net": ["network", "disk"],
        };
        for (const name of names) {
          await addVm(lab, {
            name,
            memory: 64,
            wait: "no",
            spec: {
              boot: { from: orders[name] },
              // A boot sector does not hear the power button.
              policies: { "graceful-stop": 5 },
              disks: [
                { file: `/srv/shared/images/${name}-d.img` },
                { iso: `/srv/shared/images/${name}.iso` },
              ],
              networks: [{ bridge, mac: "02:00:0a:00:00:07", model: "rtl8139" }].slice(
                name === "boot-net" ? 0 : 1,
              ),
              placement: { "only-on": store },
            },
          });
        }
        const said = (name: string): string => [...guestConsole(lab, name).texts.values()].join("");
        await waitFor("a boot from the disk", 2 * minute, () =>
          said("boot-disk").includes("boot-disk from its disk"),
        );
        await waitFor("a boot from the drive", 2 * minute, () =>
          said("boot-drive").includes("boot-drive from its drive"),
        );
        expect((await asks).stdout).toContain("02:00:0a:00:00:07");
        // Nobody answered: the disk is next.
        await waitFor("the disk's turn", 2 * minute, () =>
          said("boot-net").includes("boot-net from its disk"),
        );
        expect(said("boot-disk")).not.toContain("drive");
        expect(said("boot-drive")).not.toContain("disk");
      },
      6 * minute,
    );
  });

  describe("a guest that does not feed its watchdog", () => {
    const actions = ["reset", "poweroff", "shutdown", "pause", "inject-nmi", "none"] as const;
    const nameOf = (action: string): string => `hound-${action}`;
    afterAll(async () => {
      await removeVms(lab, ...actions.map(nameOf));
    }, 2 * minute);

    test(
      "is reset, powered off and started again by the cluster, shut down, paused, interrupted, or left alone",
      async () => {
        await removeVms(lab, ...actions.map(nameOf));
        for (const action of actions) {
          await addVm(lab, {
            name: nameOf(action),
            wait: "no",
            words: ["haven.modules=all", "haven.watchdog=8"],
            spec: { watchdog: action, policies: { suspended: "wait", "graceful-stop": 5 } },
          });
        }
        const boots = (action: string): number => guestConsole(lab, nameOf(action)).boots.length;
        const said = (action: string): string =>
          [...guestConsole(lab, nameOf(action)).texts.values()].join("");
        const seconds = (action: string): number => guestConsole(lab, nameOf(action)).last?.uptime ?? 0;
        const state = async (action: string): Promise<string> => {
          const node = (await lab.whereIs(nameOf(action))) ?? "";
          return await lab.run(node, ["virsh", "domstate", "--reason", nameOf(action)]);
        };
        await waitFor("the reset", 3 * minute, () => boots("reset") > 1);
        await waitFor("the start after a poweroff", 3 * minute, () => boots("poweroff") > 1);
        await waitFor("the start after a shutdown", 3 * minute, () => boots("shutdown") > 1);
        expect(said("shutdown")).toContain("power button");
        await waitFor("the pause", 2 * minute, async () =>
          (await state("pause")).includes("paused (watchdog)"),
        );
        await waitFor("the interrupt", 2 * minute, () => /NMI received/i.test(said("inject-nmi")));
        await waitFor("nothing", 2 * minute, () => seconds("none") > 20 && boots("none") === 1);
      },
      8 * minute,
    );
  });

  describe("in huge pages of the host", () => {
    const vm = "huge";
    let before: string | undefined;
    afterAll(async () => {
      await removeVms(lab, vm);
      if (before !== undefined) await reserve(before);
    }, 2 * minute);

    const reserve = async (pages: string): Promise<void> => {
      await lab.first().exec(["sh", "-c", 'echo "$1" > "$2"', "sh", pages, hugePages]);
    };

    test.skipIf(!hasHugePages)(
      `its memory is in them${hasHugePages ? "" : " (skipped: the machine has no huge pages to give)"}`,
      async () => {
        await removeVms(lab, vm);
        before = (await lab.first().run(["cat", hugePages])).trim();
        await reserve(String(Number(before) + guestPages));
        const mount =
          "mkdir -p /dev/hugepages; mountpoint -q /dev/hugepages || mount -t hugetlbfs hugetlbfs /dev/hugepages";
        for (const node of lab.on()) {
          await lab.run(node, ["sh", "-c", mount]);
          await lab.run(node, ["systemctl", "restart", "libvirtd"]);
        }
        await addVm(lab, { name: vm, spec: { "huge-pages": "2 MiB" } });
        const qemu = await on(vm);
        const node = (await lab.whereIs(vm)) ?? "";
        const maps = await lab.run(node, ["cat", `/proc/${await qemu.pid()}/numa_maps`]);
        const pages = [...maps.matchAll(/\bhuge\b.*?\bdirty=(\d+).*?kernelpagesize_kB=2048/g)];
        expect(pages.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(guestPages);
      },
      4 * minute,
    );
  });
});

/** Whether the machine has so many huge pages to give; what it gave for that is given back. */
function canReserve(pages: number): boolean {
  try {
    const before = readFileSync(hugePages, "utf8").trim();
    const wanted = Number(before) + pages;
    writeFileSync(hugePages, String(wanted));
    const got = Number(readFileSync(hugePages, "utf8"));
    writeFileSync(hugePages, before);
    return got >= wanted;
  } catch {
    return false;
  }
}

/** Hours by which a guest's hardware clock is before UTC, to the quarter: when its report was written, at most. */
function clockOffset(lab: TestLab, vm: string, report: GuestReport): number {
  const uptime = guestConsole(lab, vm).last?.uptime ?? 0;
  const hours = (Number(report.get("clock.rtc")) - Date.now() / 1000 + uptime) / 3600;
  return Math.round(hours * 4) / 4;
}

const broad = {
  uuid,
  description: "Shown by test/integration/hardware.test.ts",
  "memory-maximum": 256,
  cpu: {
    count: 2,
    maximum: 4,
    topology: { sockets: 1, cores: 2, threads: 2 },
    model: "Westmere",
    features: { aes: "disable", rdrand: "require" },
  },
  numa: { mode: "strict", nodes: 0, cpus: 0 },
  "io-threads": 2,
  "io-weight": 700,
  machine: "q35",
  networks: [
    { bridge, mac: "02:00:0a:00:00:01", mtu: 1400, queues: 2, tap: "broad-tap" },
    { bridge, mac: "derived", link: "down" },
    { bridge, mac: "random", model: "e1000e" },
  ],
  clock: { offset: "localtime", timers: { hpet: "absent", rtc: "catchup", pit: "delay" } },
  graphics: { type: "vnc", port: 5911, listen: "127.0.0.1", keymap: "de", tablet: true },
  video: "virtio",
  watchdog: "none",
  tpm: { model: "tpm-tis", state: "/srv/shared/images/broad.tpm" },
  "ready-signal": { enabled: false },
  xml: { devices: "<channel type='unix'><target type='virtio' name='org.haven.guest.0'/></channel>" },
};

const plain = {
  cpu: 2,
  machine: "pc",
  disks: [{ file: "/srv/shared/images/plain.img", bus: "ide" }, { iso: "none" }],
  networks: [
    { bridge, model: "e1000" },
    { bridge, model: "rtl8139" },
  ],
  numa: { mode: "spread", nodes: "0" },
  // Half an hour beside every whole one, and never another in summer.
  clock: { timezone: "America/St_Johns", timers: { hpet: "present" } },
  graphics: { type: "vnc", tablet: false },
  video: "cirrus",
  rng: false,
  balloon: false,
  "guest-agent": false,
};

const blockSchema = z.object({
  qdev: z.string().optional(),
  inserted: z.object({ cache: z.unknown() }).optional(),
});

// A loop device (nodes have no devices but the first few, and no loop-control), an iSCSI target whose user has a
// password, and the images that need more than zeros.
const makeStore = `
set -eu
for number in 0 1 2 3 4 5 6 7; do [ -b /dev/loop$number ] || mknod /dev/loop$number b 7 $number; done
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
begin() { truncate -s "$2M" "$1"; printf '%s\\0' "$3" | dd of="$1" conv=notrunc status=none; }
begin /var/local/hardware-block.img 19 haven-block
losetup --find --show /var/local/hardware-block.img > /run/hardware-loop
# Weights are for this scheduler only, and libvirt sets them where it has control groups.
echo bfq > "/sys/block/$(basename "$(cat /run/hardware-loop)")/queue/scheduler"
sed -i 's/^cgroup_controllers = .*/cgroup_controllers = ["blkio"]/' /etc/libvirt/qemu.conf
systemctl restart libvirtd
begin /var/local/hardware-iscsi.img 20 haven-iscsi
images=/srv/shared/images
begin $images/broad-s.img 17 haven-scsi
begin $images/broad-r.img 18 haven-sata
qemu-img create -q -f qcow2 $images/broad.qcow2 48M
mkdir -p /run/hardware-iso
xorriso -as mkisofs -quiet -V HAVEN_BROAD -o $images/broad.iso /run/hardware-iso
tgtd > /dev/null 2>&1 || :
for try in 1 2 3 4 5 6 7 8 9 10; do tgtadm --lld iscsi --mode sys --op show > /dev/null 2>&1 && break; sleep 0.5; done
# Where an earlier run was cut off.
tgtadm --lld iscsi --mode target --op delete --force --tid 7 > /dev/null 2>&1 || :
tgtadm --lld iscsi --mode account --op delete --user web1 > /dev/null 2>&1 || :
tgtadm --lld iscsi --mode target --op new --tid 7 --targetname ${target}
tgtadm --lld iscsi --mode logicalunit --op new --tid 7 --lun 1 --backing-store /var/local/hardware-iscsi.img
tgtadm --lld iscsi --mode target --op bind --tid 7 --initiator-address ALL
tgtadm --lld iscsi --mode account --op new --user web1 --password correct-horse
tgtadm --lld iscsi --mode account --op bind --tid 7 --user web1
printf '%s' "<secret ephemeral='no' private='yes'><uuid>2a5b08e4-3dca-4ff9-9a1d-40389758d081</uuid><usage type='iscsi'><target>hardware-chap</target></usage></secret>" > /run/hardware-secret.xml
virsh --quiet secret-define /run/hardware-secret.xml
printf correct-horse > /run/hardware-password
virsh --quiet secret-set-value 2a5b08e4-3dca-4ff9-9a1d-40389758d081 --file /run/hardware-password --plain
rm /run/hardware-password
`;

const removeStore = `
tgtadm --lld iscsi --mode target --op delete --force --tid 7
tgtadm --lld iscsi --mode account --op delete --user web1
tgtadm --lld iscsi --mode system --op delete
virsh --quiet secret-undefine 2a5b08e4-3dca-4ff9-9a1d-40389758d081
losetup --detach "$(cat /run/hardware-loop)"
sed -i 's/^cgroup_controllers = .*/cgroup_controllers = []/' /etc/libvirt/qemu.conf
systemctl restart libvirtd
rm -rf /var/local/hardware-* /srv/shared/images/broad* /run/hardware-* /etc/localtime
`;

const makeBootIso = `
set -eu
folder=$(mktemp -d)
mv "$1" "$folder/boot.bin"
xorriso -as mkisofs -quiet -b boot.bin -no-emul-boot -boot-load-size 4 -o "$2" "$folder"
rm -r "$folder"
`;

// What a VNC server says first.
const readHello = `
import socket, sys
print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 10).recv(12).decode(), end="")
`;

// The hardware address of the first who asks by DHCP.
const hearBoot = `
import socket, sys
ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
ear.bind((sys.argv[1], 0))
ear.settimeout(170)
while True:
    frame = ear.recv(2000)
    if frame[12:14] == b"\\x08\\x00" and frame[23] == 17 and frame[36:38] == b"\\x00\\x43":
        print(":".join("%02x" % byte for byte in frame[6:12]))
        break
`;
