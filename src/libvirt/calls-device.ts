import { DomainCalls } from "./calls-domain.ts";
import { procedures } from "./procedures.ts";
import type { LibvirtStream } from "./stream.ts";
import type {
  BlockInfo,
  BlockJobInfo,
  BlockStats,
  CallOptions,
  DiskError,
  Domain,
  InterfaceStats,
  MemoryStat,
} from "./types.ts";

/** Calls about what a domain is made of: memory, vCPUs, disks, interfaces, consoles. */
export class DeviceCalls extends DomainCalls {
  /** @param memory KiB @param flags `affect` and `memoryFlag` of constants.ts */
  domainSetMemoryFlags(domain: Domain, memory: number, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainSetMemoryFlags, [domain, memory, flags], options);
  }

  /** @param flags `affect` and `vcpuFlag` of constants.ts */
  domainSetVcpusFlags(domain: Domain, vcpus: number, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainSetVcpusFlags, [domain, vcpus, flags], options);
  }

  domainGetVcpusFlags(domain: Domain, flags = 0, options?: CallOptions): Promise<number> {
    return this.call(procedures.domainGetVcpusFlags, [domain, flags], options);
  }

  /** @param flags `affect` and `deviceFlag` of constants.ts */
  domainAttachDeviceFlags(domain: Domain, xml: string, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainAttachDeviceFlags, [domain, xml, flags], options);
  }

  /** The device may still be there when this returns; the event `deviceRemoved` tells. */
  domainDetachDeviceFlags(domain: Domain, xml: string, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainDetachDeviceFlags, [domain, xml, flags], options);
  }

  domainUpdateDeviceFlags(domain: Domain, xml: string, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainUpdateDeviceFlags, [domain, xml, flags], options);
  }

  /** @param disk target (vda) or path; "" sums up all */
  domainBlockStats(domain: Domain, disk: string, options?: CallOptions): Promise<BlockStats> {
    return this.call(procedures.domainBlockStats, [domain, disk], options);
  }

  /** @param disk target (vda) or path */
  domainGetBlockInfo(domain: Domain, disk: string, flags = 0, options?: CallOptions): Promise<BlockInfo> {
    return this.call(procedures.domainGetBlockInfo, [domain, disk, flags], options);
  }

  domainGetBlockJobInfo(
    domain: Domain,
    disk: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<BlockJobInfo> {
    return this.call(procedures.domainGetBlockJobInfo, [domain, disk, flags], options);
  }

  domainBlockJobAbort(domain: Domain, disk: string, flags = 0, options?: CallOptions): Promise<void> {
    return this.call(procedures.domainBlockJobAbort, [domain, disk, flags], options);
  }

  /** Disks that have had an error since the domain runs. */
  async domainGetDiskErrors(domain: Domain, flags = 0, options?: CallOptions): Promise<readonly DiskError[]> {
    return (await this.call(procedures.domainGetDiskErrors, [domain, 256, flags], options)).errors;
  }

  /** @param device the host's interface (vnet0) or a MAC address */
  domainInterfaceStats(domain: Domain, device: string, options?: CallOptions): Promise<InterfaceStats> {
    return this.call(procedures.domainInterfaceStats, [domain, device], options);
  }

  domainMemoryStats(domain: Domain, flags = 0, options?: CallOptions): Promise<readonly MemoryStat[]> {
    return this.call(procedures.domainMemoryStats, [domain, 64, flags], options);
  }

  /** @param period seconds between updates of the guest's memory statistics; 0 stops them */
  domainSetMemoryStatsPeriod(
    domain: Domain,
    period: number,
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    return this.call(procedures.domainSetMemoryStatsPeriod, [domain, period, flags], options);
  }

  /**
   * Opens a console as a stream in both directions.
   *
   * @param device alias (serial0); undefined takes the first
   * @param flags `consoleFlag` of constants.ts: force breaks another session
   */
  async domainOpenConsole(
    domain: Domain,
    device?: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<LibvirtStream> {
    return (await this.openStream(procedures.domainOpenConsole, [domain, device, flags], options)).stream;
  }

  /** Opens a channel as a stream. @param name its target name or alias @param flags `channelFlag` */
  async domainOpenChannel(
    domain: Domain,
    name?: string,
    flags = 0,
    options?: CallOptions,
  ): Promise<LibvirtStream> {
    return (await this.openStream(procedures.domainOpenChannel, [domain, name, flags], options)).stream;
  }

  /** A picture of the screen: its MIME type (image/png, image/x-portable-pixmap) and its bytes as a stream. */
  async domainScreenshot(
    domain: Domain,
    screen = 0,
    flags = 0,
    options?: CallOptions,
  ): Promise<{ readonly mime: string | undefined; readonly stream: LibvirtStream }> {
    const { result, stream } = await this.openStream(
      procedures.domainScreenshot,
      [domain, screen, flags],
      options,
    );
    return { mime: result, stream };
  }
}
