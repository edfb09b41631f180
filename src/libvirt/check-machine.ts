import type { XmlElement } from "../xml/element.ts";
import type { DestinationProblem } from "./check-destination.ts";
import type { Libvirt } from "./client.ts";
import { cpuCompare, errorCode } from "./constants.ts";
import { isLibvirtError } from "./libvirt-error.ts";
import type { CallOptions } from "./types.ts";

/** What is asked of whom. */
export interface MachineQuestion {
  readonly node: string;
  /** libvirt there. */
  readonly destination: Libvirt;
  readonly domain: XmlElement;
  /** The same as text. */
  readonly xml: string;
  readonly call: CallOptions;
}

type Problems = readonly DestinationProblem[];

/**
 * Whether a node can run a domain's machine: type, machine and emulator, and with KVM the CPU: TCG emulates the same one
 * everywhere. What libvirt there cannot be asked counts as fine.
 */
export async function checkMachine({
  node,
  destination,
  domain,
  xml,
  call,
}: MachineQuestion): Promise<Problems> {
  const type = domain.at("os", "type");
  const emulator = domain.at("devices", "emulator")?.text.trim();
  const arch = type?.get("arch");
  const machine = type?.get("machine");
  const virttype = domain.get("type");
  if (virttype !== "kvm" && virttype !== "qemu") return [];
  const platform = {
    ...(emulator === undefined ? {} : { emulator }),
    ...(arch === undefined ? {} : { arch }),
    ...(machine === undefined ? {} : { machine }),
    virttype,
  };
  try {
    await destination.connectGetDomainCapabilities(platform, 0, call);
  } catch (error) {
    if (!isLibvirtError(error) || error.code === errorCode.noSupport) return rethrowUnlessLibvirt(error);
    return [{ code: "unsupported", message: `${node} cannot run it: ${error.message}` }];
  }
  const cpu = /<cpu\s[^>]*mode=['"]custom['"][\s\S]*?<\/cpu>/.exec(xml)?.[0];
  if (virttype !== "kvm" || cpu === undefined) return [];
  try {
    const answer = await destination.connectCompareHypervisorCPU(platform, cpu, 0, call);
    if (answer !== cpuCompare.incompatible) return [];
    return [{ code: "cpu", message: `The CPU of ${node} lacks features that the running guest has` }];
  } catch (error) {
    return rethrowUnlessLibvirt(error);
  }
}

/** What libvirt there does not know how to say is no problem; a lost connection is. */
export function rethrowUnlessLibvirt(error: unknown): Problems {
  if (isLibvirtError(error)) return [];
  throw error;
}
