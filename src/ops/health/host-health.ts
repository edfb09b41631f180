import { existsSync } from "node:fs";
import type { HealthCheck } from "../../contract/health-check.ts";
import type { NodeAccess } from "../../host/node-access.ts";
import { succeedsThere, tryThere } from "../../host/output-there.ts";
import { sbdDefaultsPath } from "../../host/sbd-defaults.ts";
import type { Cib } from "../../pacemaker/cib.ts";
import { softwareProblems } from "../software-problems.ts";
import { watchdogFencing } from "../watchdog-fencing.ts";

/** What is asked of this machine. */
export interface HostQuestion {
  readonly host: NodeAccess;
  readonly cib: Cib | undefined;
  readonly isMember: boolean;
  readonly signal: AbortSignal;
}

const timeoutMs = 5000;

/** Whether what Haven stands on is installed, in versions that it knows. */
export function softwareHealth(
  versions: Readonly<Record<string, string | undefined>>,
): readonly HealthCheck[] {
  const problems = softwareProblems(versions);
  if (problems.length === 0) {
    return [{ id: "software", severity: "ok", text: "all that Haven needs is installed" }];
  }
  return problems.map(({ text, next }) => ({
    ...{ id: "software", severity: "error", text },
    ...(next === undefined ? {} : { next }),
  }));
}

/** Whether guests can have KVM: needed where a VM says so, and where no VM says anything yet. */
export function kvmHealth(cib: Cib | undefined, hasKvm = existsSync("/dev/kvm")): readonly HealthCheck[] {
  const about = { id: "kvm" };
  if (hasKvm) return [{ ...about, severity: "ok", text: "/dev/kvm is there" }];
  const isWanted = cib?.resources.some(({ element }) =>
    /<domain [^>]*type=['"]kvm['"]/.test(cib.nvpairs(element, "instance_attributes").get("xml") ?? ""),
  );
  if (isWanted === false) return [];
  const text = "/dev/kvm is not there: no VM of KVM starts here";
  const next = "Switch virtualisation on in the firmware; modprobe kvm_intel or kvm_amd";
  return [{ ...about, severity: isWanted ? "error" : "warning", text, expected: "KVM", next }];
}

/** Whether the services come back after a boot; nothing where systemd is not process 1. */
export async function serviceHealth({
  host,
  cib,
  isMember,
  signal,
}: HostQuestion): Promise<readonly HealthCheck[]> {
  const limit = { signal, timeoutMs };
  if (!(await succeedsThere(host, ["test", "-d", "/run/systemd/system"], limit))) return [];
  const needed = [
    ...(isMember ? ["corosync", "pacemaker", "haven"] : []),
    ...(cib !== undefined && watchdogFencing(cib) !== undefined ? ["sbd"] : []),
  ];
  const libvirt = ["libvirtd.service", "libvirtd.socket", "virtqemud.service", "virtqemud.socket"];
  const asked = [...needed, ...libvirt, "libvirt-guests"];
  const result = await tryThere(host, ["systemctl", "is-enabled", ...asked], limit);
  // One line for each that there is, and an error for those there are not: asked again one by one where lines lack.
  const lines = (result?.stdout ?? "").trim().split("\n");
  const states =
    lines.length === asked.length
      ? lines
      : await Promise.all(
          asked.map(async (unit) =>
            (await tryThere(host, ["systemctl", "is-enabled", unit], limit))?.stdout.trim(),
          ),
        );
  return servicesIn(new Map(asked.map((unit, at) => [unit, (states[at] ?? "").trim()])), needed, libvirt);
}

/** From what systemctl is-enabled says. Pure. */
export function servicesIn(
  states: ReadonlyMap<string, string>,
  needed: readonly string[],
  libvirt: readonly string[],
): readonly HealthCheck[] {
  const isOn = (unit: string): boolean =>
    /^(enabled|enabled-runtime|static|indirect|generated|alias)$/.test(states.get(unit) ?? "");
  const off = needed.filter((unit) => !isOn(unit));
  if (libvirt.length > 0 && !libvirt.some(isOn)) off.push("libvirtd");
  const found = off.map((unit): HealthCheck => {
    const text = `${unit} is not started at boot`;
    const expected = "a node that comes back by itself after a reboot or a fencing";
    return {
      id: "service",
      subject: unit,
      severity: "warning",
      text,
      expected,
      next: `systemctl enable ${unit}`,
    };
  });
  if (isOn("libvirt-guests")) {
    found.push({
      ...{ id: "service", subject: "libvirt-guests", severity: "warning" },
      text: "libvirt-guests ends or saves all VMs at a shutdown, before Pacemaker could move them",
      ...{ expected: "it switched off", next: "systemctl disable libvirt-guests" },
    });
  }
  if (found.length > 0) return found;
  return [{ id: "service", severity: "ok", text: "all services are started at boot" }];
}

/** Where nodes are fenced by their watchdogs: whether this one has one, and SBD runs. The watchdog is never opened. */
export async function watchdogHealth({ host, cib, signal }: HostQuestion): Promise<readonly HealthCheck[]> {
  if (cib === undefined || watchdogFencing(cib) === undefined) return [];
  const limit = { signal, timeoutMs };
  const defaults = (await host.readFile(sbdDefaultsPath).catch(() => undefined)) ?? "";
  const device = /^\s*SBD_WATCHDOG_DEV=["']?([^"'\s]+)/m.exec(defaults)?.[1] ?? "/dev/watchdog";
  const [hasDevice, runs] = await Promise.all([
    succeedsThere(host, ["test", "-c", device], limit),
    succeedsThere(host, ["systemctl", "is-active", "--quiet", "sbd"], limit),
  ]);
  const about = { id: "watchdog", subject: device };
  if (hasDevice && runs) return [{ ...about, severity: "ok", text: "there, and SBD runs" }];
  const text = hasDevice ? "SBD does not run" : "the watchdog is not there";
  const expected = "a watchdog that resets this node when it is lost (stonith-watchdog-timeout)";
  return [{ ...about, severity: "error", text, expected, next: "systemctl status sbd; haven cluster init" }];
}
