import { expect, test } from "bun:test";
import { parse } from "yaml";
import { specDomain, specProblems, testUuid, withName } from "../../test/support/spec-domain.ts";
import { seedFiles } from "./cloud-seed.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGh1bWFucyByZWFkIHRoaXMga2V5IGluIGEgdGVzdA me@here";

test("a seed says who the guest is, who may log in, and where its cards are", async () => {
  const { spec, domain } = await specDomain(
    withName(`disks: [{file: /srv/web1.img}]
networks: [{bridge: br0}, {bridge: br1}, {bridge: br2}]
cloud-init:
  user: admin
  ssh-keys: ${key}
  hostname: web1.example.org
  networks:
    - address: [10.1.2.3/24, "2001:db8::3/64"]
      gateway: [10.1.2.1, "2001:db8::1"]
      dns: 10.1.2.53
      search: example.org
    - dhcp
`),
  );
  const files = await seedFiles(spec);
  expect(parse(files["meta-data"] ?? "")).toEqual({ "instance-id": testUuid, "local-hostname": "web1" });
  expect(files["user-data"]).toStartWith("#cloud-config\n");
  expect(parse(files["user-data"] ?? "")).toEqual({
    hostname: "web1",
    fqdn: "web1.example.org",
    users: [
      {
        name: "admin",
        shell: "/bin/bash",
        lock_passwd: true,
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        ssh_authorized_keys: [key],
      },
    ],
  });
  const macs = (spec.networks ?? []).map(({ mac }) => ({ match: { macaddress: mac } }));
  expect(parse(files["network-config"] ?? "")).toEqual({
    version: 2,
    ethernets: {
      card0: {
        ...macs[0],
        dhcp4: false,
        addresses: ["10.1.2.3/24", "2001:db8::3/64"],
        routes: [
          { to: "0.0.0.0/0", via: "10.1.2.1" },
          { to: "::/0", via: "2001:db8::1" },
        ],
        nameservers: { addresses: ["10.1.2.53"], search: ["example.org"] },
      },
      card1: { ...macs[1], dhcp4: true },
      card2: { ...macs[2], dhcp4: true },
    },
  });
  // A disk, last of all, that the guest only reads.
  const last = domain.child("devices")?.all("disk").at(-1);
  expect(last?.child("source")?.get("file")).toBe("/srv/web1.seed.iso");
  expect(last?.child("target")?.get("dev")).toBe("vdb");
  expect(last?.child("readonly")).toBeDefined();
});

test("without a user the keys are for the image's own", async () => {
  const { spec } = await specDomain(withName(`disks: [{file: /a}]\ncloud-init: {ssh-keys: ["${key}"]}`));
  expect(parse((await seedFiles(spec))["user-data"] ?? "")).toEqual({
    hostname: "web1",
    ssh_authorized_keys: [key],
  });
});

test.each([
  ["cloud-init: {user: Root!}", "the name of a user"],
  ["cloud-init: {ssh-keys: secret}", "an SSH public key"],
  ['cloud-init: {ssh-keys: "-----BEGIN OPENSSH PRIVATE KEY-----"}', "an SSH public key"],
  ["cloud-init: {hostname: a_b}", "a host name"],
  [
    "networks: [{bridge: a}]\ncloud-init: {networks: [{address: 10.1.2.3}]}",
    "an address with the length of its prefix",
  ],
  ["networks: [{bridge: a}]\ncloud-init: {networks: [{address: 10.1.2.3/33}]}", "an address with the length"],
  [
    "networks: [{bridge: a}]\ncloud-init: {networks: [{address: 10.1.2.300/24}]}",
    "an address with the length",
  ],
  ["networks: [{bridge: a}]\ncloud-init: {networks: [{gateway: 10.1.2.1}]}", "address"],
  ["cloud-init: {networks: [dhcp]}", "at most as many as the VM has in networks, which is 0"],
  ["cloud-init: {password: x}", "an unknown field"],
  ["install: {}", "from, or kernel and initrd"],
  ["install: {kernel: /k}", "initrd beside kernel"],
  ["install: {from: /a.iso, kernel: /k, initrd: /i}", "not both"],
  ["install: {from: /a.iso}\nboot: {kernel: /k}", "no kernel beside install"],
  ["disks: [{file: /b, create: {copy: /c, move: /d}}]", "copy or move, not both"],
  ["disks: [{file: /b, create: {mode: 0644}}]", "without anything for others"],
  ["disks: [{file: /b, create: {owner: root}}]", "size, copy or move"],
  ["disks: [{file: /b, create: lots}]", "a size such as 512 MiB or 2 GiB"],
  ["disks: [{file: /b, create: {size: 1G, preallocation: metadata}}]", "falloc or full for raw"],
  ["disks: [{block: /dev/sda, create: 1G}]", "/dev/GROUP/VOLUME"],
  ["disks: [{block: /dev/disk/x, create: 1G}]", "/dev/GROUP/VOLUME"],
  ["disks: [{block: /dev/vg/-x, create: 1G}]", "/dev/GROUP/VOLUME"],
  ["disks: [{block: /dev/vg/a, create: {size: 1G, owner: root}}]", "no owner with block"],
  ["disks: [{iso: /a.iso, create: 1G}]", "create with file or block only"],
])("%s", async (yaml, expected) => {
  const disks = /^(install|cloud|networks)/.test(yaml) ? "disks: [{file: /a}]\n" : "";
  expect((await specProblems(withName(`${disks}${yaml}`))).join("\n")).toContain(expected);
});

test("a disk's mode is read as YAML gives it", async () => {
  const { spec } = await specDomain(withName("disks: [{file: /a, create: {size: 1G, mode: 0640}}]"));
  expect(spec.disks?.[0]?.create).toEqual({ size: 1024, mode: "0640" });
});
