import { BaseCalls } from "./calls-base.ts";
import { allCells, allCpus } from "./constants.ts";
import { procedures } from "./procedures.ts";
import type { CallOptions, Domain, DomainStats, NodeInfo } from "./types.ts";

/** What a CPU or a domain is asked about for: undefined takes the host's default. */
interface Platform {
  readonly emulator?: string;
  readonly arch?: string;
  readonly machine?: string;
  readonly virttype?: string;
}

/** Calls about the connection, the host and lists of domains: virConnect*, virNode*. */
export class ConnectCalls extends BaseCalls {
  /** The hypervisor's name: QEMU, LXC, Xen, Test. */
  connectGetType(options?: CallOptions): Promise<string> {
    return this.call(procedures.connectGetType, [], options);
  }

  /** The hypervisor's version: major × 1,000,000 + minor × 1,000 + release. */
  connectGetVersion(options?: CallOptions): Promise<number> {
    return this.call(procedures.connectGetVersion, [], options);
  }

  /** The daemon's version: major × 1,000,000 + minor × 1,000 + release. */
  connectGetLibVersion(options?: CallOptions): Promise<number> {
    return this.call(procedures.connectGetLibVersion, [], options);
  }

  connectGetHostname(options?: CallOptions): Promise<string> {
    return this.call(procedures.connectGetHostname, [], options);
  }

  /** The URI as the daemon sees it. */
  connectGetURI(options?: CallOptions): Promise<string> {
    return this.call(procedures.connectGetURI, [], options);
  }

  /** @param feature `feature` of constants.ts */
  connectSupportsFeature(feature: number, options?: CallOptions): Promise<boolean> {
    return this.call(procedures.connectSupportsFeature, [feature], options);
  }

  /** What the host can do, as XML. */
  connectGetCapabilities(options?: CallOptions): Promise<string> {
    return this.call(procedures.connectGetCapabilities, [], options);
  }

  /** What domains of that platform can have, as XML. */
  connectGetDomainCapabilities(platform: Platform = {}, flags = 0, options?: CallOptions): Promise<string> {
    const { emulator, arch, machine, virttype } = platform;
    return this.call(
      procedures.connectGetDomainCapabilities,
      [emulator, arch, machine, virttype, flags],
      options,
    );
  }

  /** How the host's CPU compares with that of the XML: `cpuCompare` of constants.ts. */
  connectCompareCPU(xml: string, flags = 0, options?: CallOptions): Promise<number> {
    return this.call(procedures.connectCompareCPU, [xml, flags], options);
  }

  /** As `connectCompareCPU`, for what the hypervisor can offer on this host. */
  connectCompareHypervisorCPU(
    platform: Platform,
    xml: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<number> {
    const { emulator, arch, machine, virttype } = platform;
    return this.call(
      procedures.connectCompareHypervisorCPU,
      [emulator, arch, machine, virttype, xml, flags],
      options,
    );
  }

  /** The CPU that is compatible with all of these, as XML. At the most 256. */
  connectBaselineCPU(xmls: readonly string[], flags = 0, options?: CallOptions): Promise<string> {
    return this.call(procedures.connectBaselineCPU, [xmls, flags], options);
  }

  /**
   * As `connectBaselineCPU`, of what the hypervisor can offer: give it the host-model of each host's domain
   * capabilities.
   *
   * @param flags `baselineCpuFlag` of constants.ts
   */
  connectBaselineHypervisorCPU(
    platform: Platform,
    xmls: readonly string[],
    flags = 0,
    options?: CallOptions,
  ): Promise<string> {
    const { emulator, arch, machine, virttype } = platform;
    return this.call(
      procedures.connectBaselineHypervisorCPU,
      [emulator, arch, machine, virttype, xmls, flags],
      options,
    );
  }

  /** @param flags `listDomainsFlag` of constants.ts; 0 lists all */
  async connectListAllDomains(flags = 0, options?: CallOptions): Promise<readonly Domain[]> {
    return (await this.call(procedures.connectListAllDomains, [1, flags], options)).domains;
  }

  /**
   * Statistics of many domains with one call.
   *
   * @param domains none means all
   * @param stats `statsType` of constants.ts; 0 asks for all
   * @param flags `listDomainsFlag` and `allStatsFlag`; nowait leaves out what would wait for a busy domain
   */
  connectGetAllDomainStats(
    domains: readonly Domain[] = [],
    stats = 0,
    flags = 0,
    options?: CallOptions,
  ): Promise<readonly DomainStats[]> {
    return this.call(procedures.connectGetAllDomainStats, [domains, stats, flags], options);
  }

  nodeGetInfo(options?: CallOptions): Promise<NodeInfo> {
    return this.call(procedures.nodeGetInfo, [], options);
  }

  /** Bytes. */
  nodeGetFreeMemory(options?: CallOptions): Promise<number> {
    return this.call(procedures.nodeGetFreeMemory, [], options);
  }

  /** total, free, buffers, cached, in KiB. */
  async nodeGetMemoryStats(
    cell: number = allCells,
    flags = 0,
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, number>> {
    // The first call tells how many values there are, as in libvirt's own interface; Linux has four at most.
    return await this.call(procedures.nodeGetMemoryStats, [4, cell, flags], options);
  }

  /** kernel, user, idle, iowait, in nanoseconds since the host's start. */
  async nodeGetCPUStats(
    cpu: number = allCpus,
    flags = 0,
    options?: CallOptions,
  ): Promise<ReadonlyMap<string, number>> {
    return await this.call(procedures.nodeGetCPUStats, [cpu, 4, flags], options);
  }
}
