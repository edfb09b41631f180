/** A domain as libvirt's connection names it. */
export interface Domain {
  readonly name: string;
  /** With dashes, lower case. */
  readonly uuid: string;
  /** The hypervisor's number while it runs, -1 when it does not. */
  readonly id: number;
}

/** What every call takes as its last argument. */
export interface CallOptions {
  /** The answer must come within that many milliseconds. Default: the connection's, 30,000 unless set. */
  readonly timeoutMs?: number;
  /** Gives the call up: `interrupted` is thrown. libvirt may still carry it out. */
  readonly signal?: AbortSignal;
}

/** virDomainGetState. */
export interface DomainStateAndReason {
  /** `domainState` of constants.ts. */
  readonly state: number;
  /** `runningReason`, `pausedReason`, `shutoffReason`. */
  readonly reason: number;
}

/** virDomainInfo. */
export interface DomainInfo {
  readonly state: number;
  /** KiB. */
  readonly maxMem: number;
  /** KiB. */
  readonly memory: number;
  readonly nrVirtCpu: number;
  /** Nanoseconds. */
  readonly cpuTime: number;
}

/** virNodeInfo. */
export interface NodeInfo {
  readonly model: string;
  /** KiB. */
  readonly memory: number;
  readonly cpus: number;
  readonly mhz: number;
  readonly nodes: number;
  readonly sockets: number;
  readonly cores: number;
  readonly threads: number;
}

/** virDomainJobInfo. Times in milliseconds, amounts in bytes. */
export interface JobInfo {
  /** `jobType` of constants.ts. */
  readonly type: number;
  readonly timeElapsed: number;
  readonly timeRemaining: number;
  readonly dataTotal: number;
  readonly dataProcessed: number;
  readonly dataRemaining: number;
  readonly memTotal: number;
  readonly memProcessed: number;
  readonly memRemaining: number;
  readonly fileTotal: number;
  readonly fileProcessed: number;
  readonly fileRemaining: number;
}

/** The values of typed parameters by their names. */
export type TypedValues = ReadonlyMap<string, number | boolean | string>;

/** virDomainGetJobStats. */
export interface JobStats {
  /** `jobType` of constants.ts. */
  readonly type: number;
  /** VIR_DOMAIN_JOB_*: time_elapsed (ms), data_remaining (bytes), downtime (ms), errmsg, … */
  readonly params: TypedValues;
}

/** virDomainControlInfo. */
export interface ControlInfo {
  /** `controlState` of constants.ts. */
  readonly state: number;
  readonly details: number;
  /** Milliseconds since the control interface entered that state. */
  readonly stateTime: number;
}

/** virDomainBlockStats. -1 where the hypervisor does not say. */
export interface BlockStats {
  readonly rdReq: number;
  readonly rdBytes: number;
  readonly wrReq: number;
  readonly wrBytes: number;
  readonly errs: number;
}

/** virDomainBlockInfo, bytes. */
export interface BlockInfo {
  readonly allocation: number;
  readonly capacity: number;
  readonly physical: number;
}

/** virDomainGetBlockJobInfo. */
export interface BlockJobInfo {
  /** False when no job runs on the disk. */
  readonly found: boolean;
  /** `blockJobType` of constants.ts. */
  readonly type: number;
  readonly bandwidth: number;
  readonly cur: number;
  readonly end: number;
}

/** virDomainInterfaceStats. */
export interface InterfaceStats {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrs: number;
  readonly rxDrop: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrs: number;
  readonly txDrop: number;
}

/** One of virDomainMemoryStats. */
export interface MemoryStat {
  /** `memoryStat` of constants.ts. */
  readonly tag: number;
  readonly val: number;
}

/** One disk of virDomainGetDiskErrors. */
export interface DiskError {
  /** The target: vda. */
  readonly disk: string;
  /** `diskError` of constants.ts. */
  readonly error: number;
}

/** One domain of virConnectGetAllDomainStats. */
export interface DomainStats {
  readonly dom: Domain;
  /** state.state, cpu.time, balloon.current, block.0.rd.bytes, … */
  readonly params: TypedValues;
}

/** Time in a guest. */
export interface GuestTime {
  /** Since 1970. */
  readonly seconds: number;
  readonly nseconds: number;
}

/** A storage pool as libvirt's connection names it. */
export interface StoragePool {
  readonly name: string;
  readonly uuid: string;
}

/** A storage volume as libvirt's connection names it. */
export interface StorageVol {
  readonly pool: string;
  readonly name: string;
  readonly key: string;
}

/** virStorageVolInfo. */
export interface StorageVolInfo {
  /** virStorageVolType: 0 file, 1 block, 2 directory, 3 network. */
  readonly type: number;
  /** Bytes. */
  readonly capacity: number;
  /** Bytes. */
  readonly allocation: number;
}
