import { printError } from "../../base/errors.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { affect, errorCode } from "../../libvirt/constants.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import { memoryBytes } from "../../libvirt/memory-bytes.ts";
import type { Domain } from "../../libvirt/types.ts";
import type { XmlElement } from "../../xml/element.ts";
import { writeXml } from "../../xml/write.ts";
import type { Deadline } from "./deadline.ts";

export interface LiveChange {
  readonly libvirt: Libvirt;
  readonly domain: Domain;
  /** The domain as it runs. */
  readonly live: XmlElement;
  /** The domain as it should be. */
  readonly wanted: XmlElement;
  readonly deadline: Deadline;
  readonly say: (text: string) => void;
}

/** One difference, and how it is made away with; without a way it waits for the next start. */
interface Difference {
  readonly what: string;
  readonly apply?: (timeoutMs: number) => Promise<void>;
  /** It hangs on the guest, which may answer late: what has failed so is tried again while there is time. */
  readonly byGuest?: true;
}

/** libvirt waits 5 s for a guest to open a tray, and the guest may do so afterwards: the next try finds it open. */
const triesByGuest = 4;

/**
 * Makes the running domain like the wanted one where libvirt can do so at once: memory below what it was started
 * with, vCPUs likewise, disks, network links.
 *
 * @returns what waits for the next start
 */
export async function applyLive(change: LiveChange): Promise<readonly string[]> {
  const pending: string[] = [];
  for (const { what, apply, byGuest } of differences(change)) {
    if (apply === undefined) {
      pending.push(what);
      continue;
    }
    const why = await applied(change, apply, byGuest === true ? triesByGuest : 1);
    if (why === undefined) change.say(`changed at once: ${what}`);
    else pending.push(`${what} (${why})`);
  }
  return pending;
}

/** @returns why it did not, undefined when it did */
async function applied(
  { deadline }: LiveChange,
  apply: (timeoutMs: number) => Promise<void>,
  tries: number,
): Promise<string | undefined> {
  for (let left = tries; ; left--) {
    try {
      await apply(deadline.share(0.25, 15_000));
      return undefined;
    } catch (error) {
      const isLate =
        isLibvirtError(error, errorCode.operationFailed) || isLibvirtError(error, errorCode.operationTimeout);
      // The other changes, and the answer, want their share of the time.
      if (!isLate || left <= 1 || deadline.passed > deadline.totalMs / 2) {
        return printError(error).replaceAll("\n", ";");
      }
    }
  }
}

function differences(change: LiveChange): readonly Difference[] {
  return [...memory(change), ...vcpus(change), ...disks(change), ...interfaces(change)];
}

/** KiB; NaN where there is none or the unit is unknown. */
function sizeOf(element: XmlElement | undefined): number {
  return Math.round((memoryBytes(element) ?? Number.NaN) / 1024);
}

function memory({ libvirt, domain, live, wanted }: LiveChange): readonly Difference[] {
  const most = sizeOf(live.child("memory"));
  const has = Number.isNaN(sizeOf(live.child("currentMemory"))) ? most : sizeOf(live.child("currentMemory"));
  const wantedMost = sizeOf(wanted.child("memory"));
  const wants = Number.isNaN(sizeOf(wanted.child("currentMemory")))
    ? wantedMost
    : sizeOf(wanted.child("currentMemory"));
  const result: Difference[] = [];
  const target = Math.min(wants, most);
  if (Number.isFinite(target) && target !== has) {
    result.push({
      what: `memory ${Math.round(target / 1024)} MiB instead of ${Math.round(has / 1024)}`,
      apply: (timeoutMs) => libvirt.domainSetMemoryFlags(domain, target, affect.live, { timeoutMs }),
    });
  }
  if (wantedMost > most)
    result.push({
      what: `memory ${Math.round(wantedMost / 1024)} MiB: it was started with ${Math.round(most / 1024)}`,
    });
  return result;
}

function vcpus({ libvirt, domain, live, wanted }: LiveChange): readonly Difference[] {
  const count = (element: XmlElement | undefined): readonly [most: number, current: number] => {
    const most = Number(element?.text.trim());
    return [most, Number(element?.get("current") ?? most)];
  };
  const [most, has] = count(live.child("vcpu"));
  const [wantedMost, wants] = count(wanted.child("vcpu"));
  const result: Difference[] = [];
  const target = Math.min(wants, most);
  if (Number.isFinite(target) && target !== has) {
    result.push({
      what: `${target} vCPUs instead of ${has}`,
      apply: (timeoutMs) => libvirt.domainSetVcpusFlags(domain, target, affect.live, { timeoutMs }),
    });
  }
  if (wantedMost > most) result.push({ what: `${wantedMost} vCPUs: it was started with ${most}` });
  return result;
}

function devicesOf(
  domain: XmlElement,
  kind: string,
  key: (device: XmlElement) => string,
): ReadonlyMap<string, XmlElement> {
  const devices = domain.child("devices")?.all(kind) ?? [];
  return new Map(devices.map((device) => [key(device), device] as const).filter(([id]) => id !== ""));
}

function disks({ libvirt, domain, live, wanted }: LiveChange): readonly Difference[] {
  const key = (disk: XmlElement): string => disk.child("target")?.get("dev") ?? "";
  const source = (disk: XmlElement): string => {
    const element = disk.child("source");
    return element?.get("file") ?? element?.get("dev") ?? element?.get("name") ?? "";
  };
  const has = devicesOf(live, "disk", key);
  const wants = devicesOf(wanted, "disk", key);
  const result: Difference[] = [];
  for (const [target, disk] of wants) {
    const old = has.get(target);
    const xml = writeXml(disk);
    if (old === undefined) {
      result.push({
        what: `disk ${target} added`,
        apply: (timeoutMs) => libvirt.domainAttachDeviceFlags(domain, xml, affect.live, { timeoutMs }),
      });
    } else if (source(old) !== source(disk)) {
      const removable = ["cdrom", "floppy"].includes(disk.get("device") ?? "disk");
      result.push({
        what: `${source(disk) || "nothing"} in ${target} instead of ${source(old) || "nothing"}`,
        ...(removable
          ? {
              byGuest: true as const,
              apply: (timeoutMs: number) =>
                libvirt.domainUpdateDeviceFlags(domain, xml, affect.live, { timeoutMs }),
            }
          : {}),
      });
    }
  }
  for (const [target, disk] of has) {
    if (wants.has(target)) continue;
    const xml = writeXml(disk);
    result.push({
      what: `disk ${target} removed`,
      apply: (timeoutMs) => libvirt.domainDetachDeviceFlags(domain, xml, affect.live, { timeoutMs }),
    });
  }
  return result;
}

/** The VLANs that an Open vSwitch port is in, in words. */
function vlans(device: XmlElement): string {
  const tags = device.child("vlan")?.all("tag") ?? [];
  const ids = tags
    .map((tag) => (tag.get("nativeMode") === undefined ? "" : "native ") + tag.get("id"))
    .sort();
  return ids.length === 0 ? "" : ` VLAN ${ids.join(", ")}`;
}

function interfaces({ libvirt, domain, live, wanted }: LiveChange): readonly Difference[] {
  const key = (device: XmlElement): string => (device.child("mac")?.get("address") ?? "").toLowerCase();
  const source = (device: XmlElement): string => {
    const element = device.child("source");
    return (element?.get("bridge") ?? element?.get("network") ?? "") + vlans(device);
  };
  const link = (device: XmlElement): string => device.child("link")?.get("state") ?? "up";
  const has = devicesOf(live, "interface", key);
  const wants = devicesOf(wanted, "interface", key);
  const result: Difference[] = [];
  for (const [mac, device] of wants) {
    const old = has.get(mac);
    const xml = writeXml(device);
    if (old === undefined) {
      result.push({
        what: `network ${mac} added`,
        apply: (timeoutMs) => libvirt.domainAttachDeviceFlags(domain, xml, affect.live, { timeoutMs }),
      });
    } else if (source(old) !== source(device) || link(old) !== link(device)) {
      result.push({
        what: `network ${mac} on ${source(device)}, link ${link(device)}`,
        apply: (timeoutMs) => libvirt.domainUpdateDeviceFlags(domain, xml, affect.live, { timeoutMs }),
      });
    }
  }
  for (const [mac, device] of has) {
    if (wants.has(mac)) continue;
    const xml = writeXml(device);
    result.push({
      what: `network ${mac} removed`,
      apply: (timeoutMs) => libvirt.domainDetachDeviceFlags(domain, xml, affect.live, { timeoutMs }),
    });
  }
  return result;
}
