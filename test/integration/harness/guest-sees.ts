import { guestConsole } from "./guest-console.ts";
import type { TestLab } from "./test-lab.ts";

/** What a guest with the kernel parameter haven.watch sees of its hardware (src/lab/guest/watch.pl). */
export interface GuestSight {
  /** MiB that its kernel has to give. */
  readonly memory: number;
  readonly cpus: number;
  /** Names of its disks. */
  readonly disks: readonly string[];
  /** The label of the medium in its drive, "empty", or "none" without a drive. */
  readonly cdrom: string;
  /** Whether its network cards have a carrier, by MAC address. */
  readonly links: ReadonlyMap<string, boolean>;
}

const sight = /boot=(\S+) sees memory=(\d+) cpus=(\d+) disks=(\S*) cdrom=(\S+) links=(\S*)\r?\n/g;

/** What a guest said last in its last boot; undefined before it said anything. It speaks where it runs. */
export function guestSees(lab: TestLab, vm: string): GuestSight | undefined {
  const { last, texts } = guestConsole(lab, vm);
  const here = texts.get(last?.nodes.at(-1) ?? "") ?? "";
  const [, , memory, cpus, disks = "", cdrom = "", links = ""] =
    [...here.matchAll(sight)].findLast(([, boot]) => boot === last?.boot) ?? [];
  if (memory === undefined) return undefined;
  return {
    memory: Number(memory),
    cpus: Number(cpus),
    disks: disks.split(",").flatMap((disk) => disk.split(":")[0] || []),
    cdrom,
    links: new Map(links.split(",").map((link) => [link.slice(0, 17), link.endsWith("/up")])),
  };
}
