import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import type { ExecResult } from "../../src/base/exec.ts";
import { removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const folder = "/srv/shared/images/disks";
const guest = "/usr/share/haven-lab/guest";

// The unit tests beside src/ops/make-thing.ts and src/ops/with-made-disks.ts run the same operations with the real
// programs.
describeLab("disks", () => {
  let lab: TestLab;
  const node = "node1";
  const here = (path: string): string => path.replace("/srv/shared", `${lab.lab.settings.dir}/shared`);
  const run = (...argv: readonly string[]): Promise<string> => lab.run(node, argv);
  const files = (): readonly string[] => readdirSync(here(folder)).sort();

  beforeAll(async () => {
    lab = await quietLab();
    await run("rm", "-rf", folder);
    await run("mkdir", "-p", folder);
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, ...names);
    await run("rm", "-rf", folder);
  }, 3 * minute);

  const names = ["fresh", "moved", "copied", "converted", "cloud", "twin", "setup", "torn", "plain"];

  /** `haven vm add` of one VM, whose guest does not write to its disk. */
  async function add(
    name: string,
    fields: Readonly<Record<string, unknown>>,
    words: readonly string[] = ["--stopped"],
  ): Promise<ExecResult> {
    const { boot = true, ...rest } = fields;
    const cmdline = `console=ttyS0 quiet haven.name=${name} haven.count=0 ${typeof boot === "string" ? boot : ""}`;
    const kernel = { kernel: `${guest}/vmlinuz`, initrd: `${guest}/initrd`, cmdline };
    const spec = {
      name,
      memory: 128,
      hypervisor: "qemu",
      ...(boot === false ? {} : { boot: kernel }),
      ...rest,
    };
    await lab.node(node).writeFile(`/root/${name}.yaml`, JSON.stringify(spec));
    return await lab.tryHaven(["vm", "add", "--yes", ...words, `/root/${name}.yaml`], { on: node });
  }

  async function console(name: string, what: RegExp): Promise<string> {
    return await waitFor(`${name} to print ${what}`, 2 * minute, () => {
      const text = [...guestConsole(lab, name).texts.values()].join("\n");
      return what.test(text) ? text : undefined;
    });
  }

  test(
    "new volumes: the guest sees their sizes, what was made is not made again, and all goes with the VM",
    async () => {
      const disks = [
        { file: `${folder}/fresh.qcow2`, create: "40 MiB" },
        { file: `${folder}/fresh.img`, create: { size: "24 MiB", preallocation: "full", mode: "0640" } },
      ];
      const result = await add("fresh", { disks, boot: "haven.watch" }, []);
      expect(result).toMatchObject({ code: 0 });
      expect(result.stderr).toContain(`fresh: ${folder}/fresh.qcow2 is made, empty, 40 MiB`);
      const blocks = (path: string): number => statSync(here(`${folder}/${path}`)).blocks * 512;
      expect(blocks("fresh.qcow2")).toBeLessThan(4 * 1024 * 1024);
      expect(blocks("fresh.img")).toBeGreaterThanOrEqual(24 * 1024 * 1024);
      expect(statSync(here(`${folder}/fresh.img`)).mode & 0o777).toBe(0o640);
      expect(statSync(here(`${folder}/fresh.qcow2`)).mode & 0o777).toBe(0o600);
      const said = await console("fresh", /disks=vda:40960,vdb:24576/);
      expect(said).toContain("sees memory=");
      const before = await run("md5sum", `${folder}/fresh.img`);
      expect(await lab.haven(["vm", "apply", "--yes", "/root/fresh.yaml"], { on: node })).toContain(
        "Nothing to do",
      );
      expect(await run("md5sum", `${folder}/fresh.img`)).toBe(before);

      const asked = await lab.tryHaven(["vm", "remove", "--yes", "--delete-disks", "fresh"], { on: node });
      expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("Give --confirm fresh") });
      expect(await lab.whereIs("fresh")).toBeDefined();
      const words = ["vm", "remove", "--yes", "--delete-disks", "--confirm", "fresh", "fresh"];
      expect(await lab.haven(words, { on: node })).toBe(
        `Removed: fresh\nDeleted:\n  ${folder}/fresh.qcow2\n  ${folder}/fresh.img\n`,
      );
      expect(files()).toEqual([]);
    },
    4 * minute,
  );

  test(
    "an image is moved, copied, converted: the same content, others' permissions gone",
    async () => {
      await run(
        "sh",
        "-c",
        `head -c 8M /dev/urandom > ${folder}/source.img && chmod 644 ${folder}/source.img`,
      );
      const sum = (await run("md5sum", `${folder}/source.img`)).split(" ")[0] ?? "";
      const content = async (path: string): Promise<string> =>
        (await run("md5sum", path)).split(" ")[0] ?? "";
      await run("qemu-img", "convert", "-O", "qcow2", `${folder}/source.img`, `${folder}/source.qcow2`);

      const converted = await add("converted", {
        disks: [{ file: `${folder}/converted.img`, create: { copy: `${folder}/source.qcow2` } }],
      });
      expect(converted).toMatchObject({ code: 0 });
      expect(converted.stderr).toMatch(/Making \S+converted\.img: 100 %/);
      expect(converted.stderr).toContain("and converted from qcow2, 8 MiB");
      expect(await content(`${folder}/converted.img`)).toBe(sum);

      const copied = await add("copied", {
        disks: [{ file: `${folder}/copied.qcow2`, create: { copy: `${folder}/source.img`, size: "12 MiB" } }],
      });
      expect(copied).toMatchObject({ code: 0 });
      const info = JSON.parse(
        await run("qemu-img", "info", "--output=json", `${folder}/copied.qcow2`),
      ) as unknown;
      expect(info).toMatchObject({ format: "qcow2", "virtual-size": 12 * 1024 * 1024 });
      const compare = [
        "qemu-img",
        "compare",
        "-f",
        "raw",
        "-F",
        "qcow2",
        `${folder}/source.img`,
        `${folder}/copied.qcow2`,
      ];
      expect((await lab.node(node).exec(compare)).stdout).toContain("Images are identical");

      const moved = await add("moved", {
        disks: [{ file: `${folder}/moved.img`, create: { move: `${folder}/source.img` } }],
      });
      expect(moved).toMatchObject({ code: 0 });
      expect(await content(`${folder}/moved.img`)).toBe(sum);
      expect(statSync(here(`${folder}/moved.img`)).mode & 0o777).toBe(0o640);
      expect(existsSync(here(`${folder}/source.img`))).toBe(false);
      expect(files()).toEqual(["converted.img", "copied.qcow2", "moved.img", "source.qcow2"]);

      const clone = await lab.tryHaven(
        ["vm", "clone", "--yes", "--stopped", "moved", "twin", "--copy-to", folder],
        {
          on: node,
        },
      );
      expect(clone).toMatchObject({ code: 0 });
      expect(await content(`${folder}/twin.img`)).toBe(sum);
      const used = await add("torn", {
        disks: [{ file: `${folder}/torn.img`, create: { move: `${folder}/moved.img` } }],
      });
      expect(used).toMatchObject({ code: 2, stderr: expect.stringContaining("found a disk of moved") });
    },
    4 * minute,
  );

  test(
    "a cloud image's guest reads its seed, also on the node that it is moved to",
    async () => {
      const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGh1bWFucyByZWFkIHRoaXMga2V5IGluIGEgdGVzdA me@here";
      await run("qemu-img", "create", "-q", "-f", "qcow2", `${folder}/base.qcow2`, "16M");
      const result = await add(
        "cloud",
        {
          disks: [{ file: `${folder}/cloud.img`, create: { copy: `${folder}/base.qcow2`, size: "32 MiB" } }],
          "cloud-init": { user: "admin", "ssh-keys": key, hostname: "cloud.example.org" },
          boot: "haven.seed",
        },
        [],
      );
      expect(result).toMatchObject({ code: 0 });
      const said = await console("cloud", /has read its seed from \/dev\/vdb/);
      for (const line of [
        "seed meta-data: local-hostname: cloud",
        "seed user-data: #cloud-config",
        "seed user-data: fqdn: cloud.example.org",
        "seed user-data: - name: admin",
        `seed user-data: - ${key}`,
        "seed network-config: version: 2",
      ])
        expect(said).toContain(line);
      expect(await run("blkid", "-o", "value", "-s", "LABEL", `${folder}/cloud.seed.iso`)).toBe("cidata\n");
      const from = await lab.whereIs("cloud");
      const to = lab.names.find((name) => name !== from) ?? "";
      expect(await lab.haven(["vm", "move", "cloud", "--to", to], { on: node })).toContain(`to ${to}`);
    },
    4 * minute,
  );

  test(
    "an installer boots once, and then the disk that it has written",
    async () => {
      await lab.node(node).writeFile("/root/answers", "d-i netcfg/get_hostname string setup\n");
      const result = await add(
        "setup",
        {
          boot: false,
          disks: [{ file: `${folder}/setup.img`, create: "16 MiB" }],
          install: {
            kernel: `${guest}/vmlinuz`,
            initrd: `${guest}/initrd`,
            preseed: "/root/answers",
            cmdline: "quiet haven.name=setup haven.install",
          },
        },
        [],
      );
      expect(result).toMatchObject({ code: 0 });
      const said = await console("setup", /haven-disk setup boots/);
      expect(said).toContain("preseed: d-i netcfg/get_hostname string setup");
      expect(said).toContain("finds nothing on its disk");
      expect(said.match(/is installed/g)).toHaveLength(1);
      // Pacemaker saw it end, and started it again.
      await waitFor("setup to run", minute, () => lab.whereIs("setup"));
      // From now on it is its disk that boots, also when it is started anew.
      await lab.haven(["vm", "stop", "--yes", "--force", "setup"]);
      await lab.haven(["vm", "start", "--yes", "setup"]);
      const again = await waitFor("setup to boot its disk again", minute, () => {
        const text = [...guestConsole(lab, "setup").texts.values()].join("\n");
        return (text.match(/haven-disk setup boots/g)?.length ?? 0) >= 2 ? text : undefined;
      });
      expect(again.match(/is installed/g)).toHaveLength(1);
      // What its disk boots does not hear the power button.
      await lab.haven(["vm", "stop", "--yes", "--force", "setup"]);
      await lab.haven(["vm", "remove", "--yes", "setup"], { on: node });
      // Its folder tells that it was installed: the same file does not wipe its disk.
      const second = await add("setup", {
        boot: false,
        disks: [{ file: `${folder}/setup.img` }],
        install: { kernel: `${guest}/vmlinuz`, initrd: `${guest}/initrd` },
      });
      expect(second).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("setup.install, which exists"),
      });
    },
    5 * minute,
  );

  test(
    "broken off it leaves nothing, and the configuration as it was",
    async () => {
      await run("sh", "-c", `head -c 48M /dev/urandom > ${folder}/big.img`);
      const before = { files: files(), cib: await lab.pacemaker().queryCib({ scope: "configuration" }) };
      const disks = [
        { file: `${folder}/torn-a.img`, create: "8 MiB" },
        { file: `${folder}/torn.qcow2`, create: { move: `${folder}/big.img`, size: "64 MiB" } },
      ];
      const spec = { name: "torn", memory: 128, hypervisor: "qemu", disks };
      await lab.node(node).writeFile("/root/torn.yaml", JSON.stringify(spec));
      // Stopped when it has written a part.
      const script = [
        "haven vm add --yes --stopped /root/torn.yaml & pid=$!",
        `until [ -s ${folder}/.torn.qcow2.haven-new/torn.qcow2 ] || ! kill -0 $pid; do :; done`,
        "kill -INT $pid; wait $pid",
      ];
      const broken = await lab.node(node).exec(["sh", "-c", script.join("\n")], { timeoutMs: minute });
      expect(broken.stderr).toContain("what had been made for it is removed again");
      expect(broken.code).toBe(130);
      expect(files()).toEqual(before.files);
      expect(await lab.pacemaker().queryCib({ scope: "configuration" })).toBe(before.cib);
    },
    3 * minute,
  );

  test(
    "a dry run makes nothing, and each mistake is told before anything is made",
    async () => {
      await run("mkdir", "-p", "/srv/local");
      await run("ln", "-sfn", folder, "/srv/way");
      await run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-b",
        `${folder}/base.qcow2`,
        "-F",
        "qcow2",
        `${folder}/thin.qcow2`,
      );
      await run("sh", "-c", "head -c 1M /dev/zero > /srv/local/only-here.img");
      const before = files();
      const dry = await add("plain", { disks: [{ file: `${folder}/plain.img`, create: "8 MiB" }] }, [
        "--dry-run",
      ]);
      expect(dry).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("plain.img is made, empty, 8 MiB"),
      });
      const tried: readonly [Readonly<Record<string, unknown>>, string][] = [
        [
          { file: `${folder}/base.qcow2`, create: "8 MiB" },
          "which exists: to use it as it is, leave create out",
        ],
        [{ file: "/srv/way/plain.img", create: "8 MiB" }, "/srv/way is a symbolic link"],
        [{ file: `${folder}/gone/plain.img`, create: "8 MiB" }, "does not exist"],
        [{ file: `${folder}/plain.img`, create: { copy: `${folder}/none.img` } }, "does not exist"],
        [
          { file: `${folder}/plain.img`, create: { copy: `${folder}/thin.qcow2` } },
          "takes a part of its disk from",
        ],
        [
          { file: `${folder}/plain.img`, create: { copy: `${folder}/base.qcow2`, size: "8 MiB" } },
          "expected at least 16 MiB",
        ],
        [
          { file: `${folder}/plain.img`, create: { size: "8 MiB", owner: "nobody-at-all" } },
          "a user that this node knows",
        ],
        [
          { file: `${folder}/plain.img`, create: { size: "8 TiB", preallocation: "full" } },
          "which the storage of",
        ],
        [{ block: "/dev/vg_none/plain", create: "8 MiB" }, "lvm2"],
        [{ file: "/srv/local/only-here.img" }, "is not there on node"],
        [{ file: "/srv/local/made.img", create: "8 MiB" }, "is not there on node"],
      ];
      const wrong: unknown[] = [];
      for (const [disk, what] of tried) {
        const { code, stderr } = await add("plain", { disks: [disk] });
        if (code === 0 || !stderr.includes(what)) wrong.push({ disk, what, code, stderr });
      }
      expect(wrong).toEqual([]);
      expect(files()).toEqual(before);
      expect(await run("ls", "/srv/local")).toBe("only-here.img\n");
      const there = await add("plain", {
        disks: [{ file: "/srv/local/made.img", create: "8 MiB" }],
        placement: { "only-on": node },
      });
      expect(there).toMatchObject({ code: 0 });
    },
    5 * minute,
  );
});
