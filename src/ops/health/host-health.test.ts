import { expect, test } from "bun:test";
import { smallCib } from "../../../test/support/small-cib.ts";
import { localNode } from "../../host/local-node.ts";
import { Cib } from "../../pacemaker/cib.ts";
import { kvmHealth, servicesIn, softwareHealth, watchdogHealth } from "./host-health.ts";

const libvirt = ["libvirtd.service", "libvirtd.socket"];

test("software that lacks and that is too old", () => {
  const all = {
    pacemaker: "3.0.0",
    corosync: "3.1.9",
    libvirt: "11.3.0",
    virsh: "11.3.0",
    qemu: "10.0.2",
    openssl: "3.5",
  };
  expect(softwareHealth(all)).toMatchObject([{ severity: "ok" }]);
  expect(softwareHealth({ ...all, qemu: undefined, libvirt: "8.0.0" })).toEqual([
    { id: "software", severity: "error", text: "lacks qemu", next: "apt-get install qemu-system-x86" },
    { id: "software", severity: "error", text: "has libvirt 8.0.0, expected 9.0 or later" },
  ]);
});

test("KVM, where it is wanted and where nobody wants it", () => {
  const wanted = Cib.parse(smallCib.replace("&lt;domain/&gt;", "&lt;domain type='kvm'/&gt;"));
  expect(kvmHealth(wanted, true)).toMatchObject([{ severity: "ok" }]);
  expect(kvmHealth(wanted, false)).toMatchObject([{ severity: "error" }]);
  expect(kvmHealth(Cib.parse(smallCib), false)).toEqual([]);
  expect(kvmHealth(undefined, false)).toMatchObject([{ severity: "warning" }]);
});

test("services that do not come back after a boot", () => {
  const states = (words: Readonly<Record<string, string>>) => new Map(Object.entries(words));
  const good = { pacemaker: "enabled", "libvirtd.socket": "enabled", "libvirt-guests": "disabled" };
  expect(servicesIn(states(good), ["pacemaker"], libvirt)).toMatchObject([{ severity: "ok" }]);
  const bad = { pacemaker: "disabled", "libvirtd.service": "disabled", "libvirt-guests": "enabled" };
  expect(
    servicesIn(states(bad), ["pacemaker"], libvirt).map(({ subject, severity }) => [subject, severity]),
  ).toEqual([
    ["pacemaker", "warning"],
    ["libvirtd", "warning"],
    ["libvirt-guests", "warning"],
  ]);
});

test("a watchdog where nodes are fenced by it", async () => {
  const { signal } = new AbortController();
  const host = {
    ...localNode(),
    exec: () => Promise.resolve({ code: 1, signal: null, stdout: "", stderr: "" }),
  };
  const question = { host, isMember: true, signal };
  expect(await watchdogHealth({ ...question, cib: Cib.parse(smallCib) })).toEqual([]);
  const option = '<nvpair id="w" name="stonith-watchdog-timeout" value="10"/>';
  const cib = Cib.parse(
    smallCib.replace('<nvpair id="cib-bootstrap-options-stonith-enabled"', `${option}$&`),
  );
  expect(await watchdogHealth({ ...question, cib })).toMatchObject([{ id: "watchdog", severity: "error" }]);
});
