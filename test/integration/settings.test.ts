import { afterAll, beforeAll, expect, test } from "bun:test";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "guest1-inside";
const host = "guest1.example.test";
const bridge = "br-inside";

const settings = `zones:
  inside:
    bridge: ${bridge}
    vlan: 4
    ipv6-prefix: 2001:620:7a3::/48
    name-suffix: inside
    ipv4: 192.168.4.0/24
storage:
  - /srv/shared/images
classes:
  quick:
    memory: 128 MiB
    policies:
      graceful-stop: 20 s
`;

describeLab("settings of the whole cluster", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) {
      await lab.node(name).exec(["ip", "link", "add", bridge, "type", "bridge"]);
      await lab.run(name, ["ip", "link", "set", bridge, "up"]);
    }
    const hosts = await lab.run(lab.first().name, ["cat", "/etc/hosts"]);
    await lab.first().writeFile("/etc/hosts", `${hosts}\n192.168.4.5 ${host}\n`);
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
    await apply("");
    for (const name of lab.names) await lab.node(name).exec(["ip", "link", "del", bridge]);
    const hosts = await lab.run(lab.first().name, ["cat", "/etc/hosts"]);
    const without = hosts.split("\n").filter((line) => !line.includes(host));
    await lab.first().writeFile("/etc/hosts", without.join("\n"));
  }, 3 * minute);

  const apply = async (text: string) => {
    await lab.first().writeFile("/root/settings.yaml", text);
    return await lab.tryHaven(["settings", "apply", "--yes", "/root/settings.yaml"]);
  };

  test(
    "are applied on the live cluster, and shown by every tool without complaint",
    async () => {
      expect(await apply(settings)).toMatchObject({ code: 0 });
      expect(await lab.haven(["settings", "show"])).toBe(settings);
      expect((await apply(settings)).stdout).toContain("Nothing to do");
      const crm = await lab.node(lab.first().name).exec(["crm", "configure", "show"]);
      expect(crm.code).toBe(0);
      expect(crm.stdout).toContain("property haven-settings:");
      expect(crm.stderr).not.toMatch(/error|warning/i);
      const pcs = await lab.node(lab.first().name).exec(["pcs", "property", "config"]);
      expect(pcs).toMatchObject({ code: 0 });
      expect((await lab.pacemaker().verify()).join("\n")).not.toContain("haven-settings");
    },
    3 * minute,
  );

  test(
    "a VM from a host name has its address seen by the guest, its zone's bridge, its class's values",
    async () => {
      // The class gives the memory.
      await addVm(lab, {
        name: vm,
        words: ["haven.report=1"],
        spec: { class: "quick", memory: undefined, networks: [{ dns: host }] },
      });
      const [shown] = JSON.parse(await lab.haven(["vm", "show", vm, "--json"])) as [Record<string, unknown>];
      expect(shown).toMatchObject({
        memory: 128,
        spec: {
          memory: 128,
          policies: { "graceful-stop": 20 },
          networks: [
            {
              zone: "inside",
              bridge,
              mac: "02:00:c0:a8:04:05",
              ipv4: "192.168.4.5",
              ipv6: "2001:620:7a3:4::c0ff:fea8:405",
            },
          ],
        },
      });
      expect(await lab.haven(["vm", "show", vm])).toContain("192.168.4.5, 2001:620:7a3:4::c0ff:fea8:405");
      await waitFor("the guest to name its card", minute, () =>
        [...guestConsole(lab, vm).texts.values()].some((text) => text.includes("02:00:c0:a8:04:05")),
      );
      const node = (await lab.whereIs(vm)) ?? "";
      const links = await lab.run(node, ["ip", "-o", "link", "show", "master", bridge]);
      expect(links.toLowerCase()).toContain("fe:00:c0:a8:04:05");
    },
    4 * minute,
  );

  test(
    "what it needs is not taken away, and a disk elsewhere is refused",
    async () => {
      const refused = await apply("storage: [/srv/shared/images]\n");
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain(`zone inside is used by ${vm}`);
      expect(refused.stderr).toContain(`class quick is used by ${vm}`);
      expect(await lab.haven(["settings", "show"])).toBe(settings);
      const text = `name: other\nmemory: 128\ndisks: [{file: /root/other.img}]\n`;
      await lab.run(lab.first().name, ["truncate", "-s", "1M", "/root/other.img"]);
      await lab.first().writeFile("/root/other.yaml", text);
      const disk = await lab.tryHaven(["vm", "add", "--yes", "/root/other.yaml"]);
      expect(disk.code).toBe(2);
      expect(disk.stderr).toContain(
        "/root/other.yaml:3:10: disks[0].file: expected a place in one of the cluster's storage locations /srv/shared/images, found /root/other.img",
      );
    },
    2 * minute,
  );
});
