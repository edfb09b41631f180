import { isHavenError, printError } from "../base/errors.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { checkMachine, rethrowUnlessLibvirt } from "./check-machine.ts";
import type { Libvirt } from "./client.ts";
import { connect } from "./connect.ts";
import { domainState, errorCode } from "./constants.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import { missingFiles } from "./missing-files.ts";
import { nodeUri } from "./node-uri.ts";
import type { CallOptions } from "./types.ts";

/** Why a migration to a node would fail. */
export interface DestinationProblem {
  readonly code:
    | "unreachable"
    | "same-host"
    | "exists"
    | "unsupported"
    | "cpu"
    | "memory"
    | "file-missing"
    | "storage-silent";
  /** For people: starts with a capital, no full stop. */
  readonly message: string;
}

export interface CheckOptions {
  /** For all of it, default 15,000 ms. */
  readonly timeoutMs?: number;
  /** For what touches files: storage may hang. Default 8,000 ms. */
  readonly storageTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Checks whether a node can take a running domain over: its libvirt answers over TLS, is another host's, has no
 * such domain, can run such a machine with such a CPU, has the memory free, and sees the files of the domain.
 * What a node's libvirt cannot be asked (a driver that is not installed there) counts as fine: the migration's own
 * first phase looks again before anything is sent.
 *
 * @param source libvirt where the domain runs
 * @param xml The running domain, from `domainGetXMLDesc`
 * @returns what would make it fail, empty when nothing is known
 */
export async function checkDestination(
  node: string,
  source: Libvirt,
  xml: string,
  options: CheckOptions = {},
): Promise<readonly DestinationProblem[]> {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const { signal } = options;
  let destination: Libvirt;
  try {
    destination = await connect(nodeUri(node), {
      timeoutMs: Math.min(timeoutMs, 8000),
      keepalive: false,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    return [{ code: "unreachable", message: `libvirt on ${node} does not answer: ${chain(error)}` }];
  }
  try {
    const domain = readXml(xml, { source: "domain" });
    const call: CallOptions = { timeoutMs, ...(signal === undefined ? {} : { signal }) };
    const context: Context = { node, source, destination, domain, call };
    const storageMs = Math.min(options.storageTimeoutMs ?? 8000, timeoutMs);
    // The cheap question first: whether libvirt there is alive. The others may take long on a busy node (the first
    // one about capabilities starts QEMU), and no answer in time then says nothing against it. Few at a time: libvirt
    // stops reading from a client with five calls in flight.
    const existing = await checkExisting(context);
    const results = await Promise.all([
      unlessLate(checkHost(context)),
      unlessLate(checkMachine({ node, destination, domain, xml, call })),
      unlessLate(checkMemory(context)),
      checkFiles(context, storageMs),
    ]);
    return [existing, ...results].flat();
  } catch (error) {
    if (isHavenError(error, "interrupted")) throw error;
    return [{ code: "unreachable", message: `libvirt on ${node} stopped answering: ${chain(error)}` }];
  } finally {
    await destination.close();
  }
}

interface Context {
  readonly node: string;
  readonly source: Libvirt;
  readonly destination: Libvirt;
  readonly domain: XmlElement;
  readonly call: CallOptions;
}

type Problems = readonly DestinationProblem[];

function chain(error: unknown): string {
  return printError(error).replace(/\n\s*/g, "; ");
}

async function unlessLate(check: Promise<Problems>): Promise<Problems> {
  try {
    return await check;
  } catch (error) {
    if (isHavenError(error, "libvirt.timeout")) return [];
    throw error;
  }
}

/** libvirt refuses a migration between two that say they are the same host. */
async function checkHost({ node, source, destination, call }: Context): Promise<Problems> {
  const [here, there] = await Promise.all([
    source.connectGetCapabilities(call),
    destination.connectGetCapabilities(call),
  ]);
  const uuid = (text: string): string | undefined => /<uuid>([^<]+)<\/uuid>/.exec(text)?.[1];
  if (uuid(here) === undefined || uuid(here) !== uuid(there)) return [];
  const message = `libvirt on ${node} has the same host UUID as here (host_uuid in its libvirtd.conf)`;
  return [{ code: "same-host", message }];
}

async function checkExisting({ node, destination, domain, call }: Context): Promise<Problems> {
  const uuid = domain.child("uuid")?.text.trim() ?? "";
  const name = domain.child("name")?.text.trim() ?? "";
  try {
    const other = await destination.domainLookupByName(name, call);
    if (other.uuid !== uuid) {
      const message = `${node} has another domain of the name ${name}, with UUID ${other.uuid}`;
      return [{ code: "exists", message }];
    }
    const { state } = await destination.domainGetState(other, 0, call);
    if (state === domainState.shutoff) return [];
    return [{ code: "exists", message: `${node} already has a copy of ${name} that is active` }];
  } catch (error) {
    if (isLibvirtError(error, errorCode.noDomain)) return [];
    throw error;
  }
}

async function checkMemory({ node, destination, domain, call }: Context): Promise<Problems> {
  // Of its most memory the guest has what its balloon leaves it.
  const element = domain.child("currentMemory") ?? domain.child("memory");
  const needed = Number(element?.text) * kibibytes(element?.get("unit"));
  if (!Number.isFinite(needed)) return [];
  const stats = await destination.nodeGetMemoryStats(undefined, 0, call).catch(rethrowUnlessLibvirt);
  if (!(stats instanceof Map)) return [];
  const value = (name: string): number => Number(stats.get(name) ?? 0);
  // What the kernel holds as cache it gives back when it is needed.
  const available = value("free") + value("buffers") + value("cached");
  if (available === 0 || available >= needed) return [];
  const mebibytes = (size: number): number => Math.floor(size / 1024);
  const message = `${node} has ${mebibytes(available)} MiB of memory free, the guest needs ${mebibytes(needed)}`;
  return [{ code: "memory", message }];
}

/** libvirt prints sizes in KiB; the others are what its documentation allows. */
function kibibytes(unit = "KiB"): number {
  const units: Readonly<Record<string, number>> = {
    b: 1 / 1024,
    KiB: 1,
    MiB: 1024,
    GiB: 1024 ** 2,
    TiB: 1024 ** 3,
  };
  return units[unit] ?? Number.NaN;
}

async function checkFiles(
  { node, destination, domain, call }: Context,
  timeoutMs: number,
): Promise<Problems> {
  const { missing, silent } = await missingFiles(destination, neededFiles(domain), { ...call, timeoutMs });
  return [
    ...missing.map((path) => ({ code: "file-missing" as const, message: `${node} does not see ${path}` })),
    ...silent.map((folder) => ({
      code: "storage-silent" as const,
      message: `Storage below ${folder} does not answer on ${node}`,
    })),
  ];
}

/** Regular files that must be there; block devices are left to the migration itself. */
export function neededFiles(domain: XmlElement): readonly string[] {
  const paths = new Set<string>();
  for (const disk of domain.child("devices")?.all("disk") ?? []) {
    if (disk.get("type") === "file") paths.add(disk.child("source")?.get("file") ?? "");
  }
  for (const name of ["kernel", "initrd", "nvram"]) paths.add(domain.at("os", name)?.text.trim() ?? "");
  return [...paths].filter((path) => path.startsWith("/"));
}
