import { createHash, randomBytes } from "node:crypto";
import type { Hypervisor, NetworkSpec, VmSpec } from "../contract/vm-spec.ts";
import { macOfIpv4 } from "./guest-addresses.ts";

/** A specification with nothing left to choose: its UUID, hypervisor and MAC addresses stand in it. */
export type ResolvedSpec = Omit<VmSpec, "uuid" | "hypervisor" | "networks"> & {
  readonly uuid: string;
  readonly hypervisor: Hypervisor;
  readonly networks?: (NetworkSpec & { readonly mac: string })[];
};

/** What the specification's `cpu.baseline` holds. */
export type CpuBaseline = NonNullable<NonNullable<VmSpec["cpu"]>["baseline"]>;

/** What a specification leaves to be chosen once. */
export interface SpecChoice {
  readonly hypervisor: Hypervisor;
  readonly uuid: string;
  /** What the cluster's nodes have in common, where it was asked for. */
  readonly baseline?: CpuBaseline | undefined;
  /** The same VM's specification as it was: what was chosen for it stays. */
  readonly before?: ResolvedSpec | undefined;
}

/** Fills in what is chosen once, when a VM is added, and kept from then on. */
export function resolveSpec(spec: VmSpec, choice: SpecChoice): ResolvedSpec {
  const { before } = choice;
  const { uuid = before?.uuid ?? choice.uuid, hypervisor, networks, ...rest } = spec;
  const { cpu, firmware, tpm, install } = rest;
  const cloudInit = rest["cloud-init"];
  const isOpen = hypervisor === undefined || hypervisor === "auto";
  const folder = stateFolder(spec);
  const baseline = choice.baseline ?? before?.cpu?.baseline;
  const nvram = before?.firmware?.nvram ?? `${folder}/${spec.name}.nvram.fd`;
  const state = before?.tpm?.state ?? `${folder}/${spec.name}.tpm`;
  const seed = before?.["cloud-init"]?.seed ?? `${folder}/${spec.name}.seed.iso`;
  const installFolder = before?.install?.folder ?? `${folder}/${spec.name}.install`;
  return {
    ...rest,
    ...(cpu?.model === "baseline" && baseline !== undefined ? { cpu: { baseline, ...cpu } } : {}),
    ...(firmware?.type === "uefi" ? { firmware: { nvram, ...firmware } } : {}),
    ...(tpm?.enabled === true ? { tpm: { state, ...tpm } } : {}),
    ...(cloudInit === undefined ? {} : { "cloud-init": { seed, ...cloudInit } }),
    ...(install === undefined ? {} : { install: { folder: installFolder, ...install } }),
    uuid,
    hypervisor: isOpen ? choice.hypervisor : hypervisor,
    ...(networks === undefined
      ? {}
      : { networks: networks.map((one, i) => ({ ...one, mac: macOf(one, i, uuid, before) })) }),
  };
}

/** Where a VM's own state is kept unless it is said: with its disks, which all nodes reach. */
function stateFolder(spec: VmSpec): string {
  const file = spec.disks?.find((disk) => disk.file !== undefined)?.file ?? "";
  return file.slice(0, file.lastIndexOf("/"));
}

function macOf(one: NetworkSpec, index: number, uuid: string, before: ResolvedSpec | undefined): string {
  if (one.mac === undefined || one.mac === "derived") {
    return one.ipv4 === undefined ? derivedMac(uuid, index) : macOfIpv4(one.ipv4);
  }
  if (one.mac !== "random") return one.mac;
  const [had] = before?.networks?.slice(index) ?? [];
  return had?.mac ?? localMac(randomBytes(5));
}

/** The MAC address of a VM's n-th network: locally administered (02:…), the rest from the VM's UUID. */
export function derivedMac(uuid: string, index: number): string {
  return localMac(createHash("sha256").update(`${uuid}/${index}`).digest().subarray(0, 5));
}

/**
 * The identity of a VM's n-th network at a switch that knows ports by a UUID: the same on every node and at every
 * start, so that a change of the port is one, and not another port.
 */
export function derivedPort(uuid: string, index: number): string {
  const digest = createHash("sha256").update(`${uuid}/${index}/port`).digest("hex");
  // As RFC 9562 has it for UUIDs of one's own making (version 8).
  const parts = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
  ];
  return [...parts, digest.slice(20, 32)].join("-");
}

function localMac(bytes: Uint8Array): string {
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
