import {
  bool,
  type Codec,
  characters,
  domain,
  int32,
  int64,
  list,
  nothing,
  opaque,
  optional,
  optionalString,
  string,
  struct,
  uint32,
  uint64,
  uuid,
  type Value,
} from "./codec.ts";
import { typedParams, typedValues } from "./typed-params.ts";
import type * as t from "./types.ts";

/**
 * The table of procedures: program, number, arguments in the order of the wire, and what is answered.
 *
 * Sources: libvirt 11.3, src/remote/remote_protocol.x, src/remote/qemu_protocol.x. Limits of lists are the
 * constants REMOTE_*_MAX there. Numbers and structs never change once released.
 */

/** REMOTE_PROGRAM and QEMU_PROGRAM; both have version 1. */
export const program = { remote: 0x20008086, qemu: 0x20008087 } as const;

/** One procedure: how it is called, and how its answer is read. */
export interface Procedure<A extends readonly unknown[], R> {
  readonly name: string;
  readonly program: number;
  readonly number: number;
  readonly args: { readonly [K in keyof A]: Codec<A[K]> };
  readonly result: Codec<R>;
}

type Values<C extends readonly Codec<unknown>[]> = { -readonly [K in keyof C]: Value<C[K]> };
type Unnamed<C extends readonly Codec<unknown>[], R> = Omit<Procedure<Values<C>, R>, "name">;

function remote<const C extends readonly Codec<unknown>[], R>(
  number: number,
  args: C,
  result: Codec<R>,
): Unnamed<C, R> {
  return { program: program.remote, number, args: args as Unnamed<C, R>["args"], result };
}

function qemu<const C extends readonly Codec<unknown>[], R>(
  number: number,
  args: C,
  result: Codec<R>,
): Unnamed<C, R> {
  return { ...remote(number, args, result), program: program.qemu };
}

const nodeStats: Codec<ReadonlyMap<string, number>> = (() => {
  const pairs = list(struct<{ field: string; value: number }>({ field: string, value: uint64 }), 16);
  const shape = struct<{ params: Value<typeof pairs>; nparams: number }>({ params: pairs, nparams: int32 });
  return {
    least: shape.least,
    write: (writer, stats) => {
      const params = [...stats].map(([field, value]) => ({ field, value }));
      shape.write(writer, { params, nparams: params.length });
    },
    read: (reader) => new Map(shape.read(reader).params.map(({ field, value }) => [field, value])),
  };
})();

const nodeInfo = struct<t.NodeInfo>({
  model: characters(32),
  memory: uint64,
  cpus: int32,
  mhz: int32,
  nodes: int32,
  sockets: int32,
  cores: int32,
  threads: int32,
});

const jobInfo = struct<t.JobInfo>({
  type: int32,
  timeElapsed: uint64,
  timeRemaining: uint64,
  dataTotal: uint64,
  dataProcessed: uint64,
  dataRemaining: uint64,
  memTotal: uint64,
  memProcessed: uint64,
  memRemaining: uint64,
  fileTotal: uint64,
  fileProcessed: uint64,
  fileRemaining: uint64,
});

const interfaceStats = struct<t.InterfaceStats>({
  rxBytes: int64,
  rxPackets: int64,
  rxErrs: int64,
  rxDrop: int64,
  txBytes: int64,
  txPackets: int64,
  txErrs: int64,
  txDrop: int64,
});

const pool = struct<t.StoragePool>({ name: string, uuid });
const vol = struct<t.StorageVol>({ pool: string, name: string, key: string });
const keycodes = list(uint32, 16);
const cpuModels = list(string, 256);
const cookie = opaque(4_194_304);

const table = {
  // connection
  connectOpen: remote(1, [optionalString, uint32], nothing),
  connectClose: remote(2, [], nothing),
  connectGetType: remote(3, [], string),
  connectGetVersion: remote(4, [], uint64),
  connectGetCapabilities: remote(7, [], string),
  connectGetHostname: remote(59, [], string),
  connectSupportsFeature: remote(60, [int32], bool),
  authList: remote(66, [], list(int32, 20)),
  authPolkit: remote(70, [], int32),
  connectGetURI: remote(110, [], string),
  connectGetLibVersion: remote(157, [], uint64),
  connectCompareCPU: remote(158, [string, uint32], int32),
  connectBaselineCPU: remote(162, [cpuModels, uint32], string),
  connectGetDomainCapabilities: remote(
    342,
    [optionalString, optionalString, optionalString, optionalString, uint32],
    string,
  ),
  connectCompareHypervisorCPU: remote(
    393,
    [optionalString, optionalString, optionalString, optionalString, string, uint32],
    int32,
  ),
  connectBaselineHypervisorCPU: remote(
    394,
    [optionalString, optionalString, optionalString, optionalString, cpuModels, uint32],
    string,
  ),
  connectListAllDomains: remote(
    273,
    [int32, uint32],
    struct<{ domains: readonly t.Domain[]; ret: number }>({ domains: list(domain, 16_384), ret: uint32 }),
  ),
  connectGetAllDomainStats: remote(
    344,
    [list(domain, 16_384), uint32, uint32],
    list(struct<t.DomainStats>({ dom: domain, params: typedValues(262_144) }), 16_384),
  ),
  connectDomainEventCallbackRegisterAny: remote(316, [int32, optional(domain)], int32),
  connectDomainEventCallbackDeregisterAny: remote(317, [int32], nothing),
  nodeGetInfo: remote(6, [], nodeInfo),
  nodeGetFreeMemory: remote(102, [], uint64),
  nodeGetCPUStats: remote(227, [int32, int32, uint32], nodeStats),
  nodeGetMemoryStats: remote(228, [int32, int32, uint32], nodeStats),

  // domain: find, describe
  domainLookupByID: remote(22, [int32], domain),
  domainLookupByName: remote(23, [string], domain),
  domainLookupByUUID: remote(24, [uuid], domain),
  domainGetXMLDesc: remote(14, [domain, uint32], string),
  domainGetInfo: remote(
    16,
    [domain],
    struct<t.DomainInfo>({ state: int32, maxMem: uint64, memory: uint64, nrVirtCpu: int32, cpuTime: uint64 }),
  ),
  domainIsActive: remote(150, [domain], bool),
  domainIsPersistent: remote(151, [domain], bool),
  domainGetState: remote(
    212,
    [domain, uint32],
    struct<t.DomainStateAndReason>({ state: int32, reason: int32 }),
  ),
  domainGetControlInfo: remote(
    229,
    [domain, uint32],
    struct<t.ControlInfo>({ state: uint32, details: uint32, stateTime: uint64 }),
  ),
  domainSetMetadata: remote(
    264,
    [domain, int32, optionalString, optionalString, optionalString, uint32],
    nothing,
  ),
  domainGetMetadata: remote(265, [domain, int32, optionalString, uint32], string),

  // domain: life
  domainCreateXML: remote(10, [string, uint32], domain),
  domainReboot: remote(27, [domain, uint32], nothing),
  domainResume: remote(28, [domain], nothing),
  domainSuspend: remote(34, [domain], nothing),
  domainInjectNMI: remote(210, [domain, uint32], nothing),
  domainSendKey: remote(226, [domain, uint32, uint32, keycodes, uint32], nothing),
  domainUndefineFlags: remote(231, [domain, uint32], nothing),
  domainDestroyFlags: remote(234, [domain, uint32], nothing),
  domainReset: remote(245, [domain, uint32], nothing),
  domainShutdownFlags: remote(258, [domain, uint32], nothing),
  domainGetTime: remote(337, [domain, uint32], struct<t.GuestTime>({ seconds: int64, nseconds: uint32 })),
  domainSetTime: remote(338, [domain, int64, uint32, uint32], nothing),
  domainDefineXMLFlags: remote(350, [string, uint32], domain),
  domainQemuMonitorCommand: qemu(1, [domain, string, uint32], string),
  domainQemuAgentCommand: qemu(3, [domain, string, int32, uint32], optionalString),

  // domain: jobs and migration
  domainGetJobInfo: remote(163, [domain], jobInfo),
  domainAbortJob: remote(164, [domain], nothing),
  domainMigrateSetMaxDowntime: remote(166, [domain, uint64, uint32], nothing),
  domainMigrateSetMaxSpeed: remote(207, [domain, uint64, uint32], nothing),
  domainMigrateGetMaxSpeed: remote(242, [domain, uint32], uint64),
  domainGetJobStats: remote(
    298,
    [domain, uint32],
    struct<t.JobStats>({ type: int32, params: typedValues(64) }),
  ),
  domainMigratePerform3Params: remote(305, [domain, optionalString, typedParams(64), cookie, uint32], cookie),
  domainMigrateStartPostCopy: remote(364, [domain, uint32], nothing),
  domainAbortJobFlags: remote(442, [domain, uint32], nothing),
  domainStartDirtyRateCalc: remote(427, [domain, int32, uint32], nothing),

  // domain: devices and their statistics
  domainBlockStats: remote(
    64,
    [domain, string],
    struct<t.BlockStats>({ rdReq: int64, rdBytes: int64, wrReq: int64, wrBytes: int64, errs: int64 }),
  ),
  domainInterfaceStats: remote(65, [domain, string], interfaceStats),
  domainMemoryStats: remote(
    159,
    [domain, uint32, uint32],
    list(struct<t.MemoryStat>({ tag: int32, val: uint64 }), 1024),
  ),
  domainAttachDeviceFlags: remote(160, [domain, string, uint32], nothing),
  domainDetachDeviceFlags: remote(161, [domain, string, uint32], nothing),
  domainUpdateDeviceFlags: remote(174, [domain, string, uint32], nothing),
  domainGetBlockInfo: remote(
    194,
    [domain, string, uint32],
    struct<t.BlockInfo>({ allocation: uint64, capacity: uint64, physical: uint64 }),
  ),
  domainSetVcpusFlags: remote(199, [domain, uint32, uint32], nothing),
  domainGetVcpusFlags: remote(200, [domain, uint32], int32),
  domainOpenConsole: remote(201, [domain, optionalString, uint32], nothing),
  domainSetMemoryFlags: remote(204, [domain, uint64, uint32], nothing),
  domainScreenshot: remote(211, [domain, uint32, uint32], optionalString),
  domainBlockJobAbort: remote(237, [domain, string, uint32], nothing),
  domainGetBlockJobInfo: remote(
    238,
    [domain, string, uint32],
    struct<t.BlockJobInfo>({ found: bool, type: int32, bandwidth: uint64, cur: uint64, end: uint64 }),
  ),
  domainGetDiskErrors: remote(
    263,
    [domain, uint32, uint32],
    struct<{ errors: readonly t.DiskError[]; nerrors: number }>({
      errors: list(struct<t.DiskError>({ disk: string, error: int32 }), 256),
      nerrors: int32,
    }),
  ),
  domainOpenChannel: remote(296, [domain, optionalString, uint32], nothing),
  domainSetMemoryStatsPeriod: remote(308, [domain, int32, uint32], nothing),

  // storage
  storagePoolCreateXML: remote(76, [string, uint32], pool),
  storagePoolDestroy: remote(80, [pool], nothing),
  storagePoolDelete: remote(81, [pool, uint32], nothing),
  storagePoolRefresh: remote(83, [pool, uint32], nothing),
  storagePoolLookupByName: remote(84, [string], pool),
  storageVolCreateXML: remote(93, [pool, string, uint32], vol),
  storageVolDelete: remote(94, [vol, uint32], nothing),
  storageVolLookupByPath: remote(97, [string], vol),
  storageVolGetInfo: remote(
    98,
    [vol],
    struct<t.StorageVolInfo>({ type: int32, capacity: uint64, allocation: uint64 }),
  ),
  storageVolGetXMLDesc: remote(99, [vol, uint32], string),
  storageVolUpload: remote(208, [vol, uint64, uint64, uint32], nothing),
  storageVolDownload: remote(209, [vol, uint64, uint64, uint32], nothing),
} as const;

type Table = typeof table;
type Named<P> = P & { readonly name: string };
type Procedures = { readonly [N in keyof Table]: Named<Table[N]> };

/** All procedures by their names. */
export const procedures: Procedures = Object.fromEntries(
  Object.entries(table).map(([name, entry]) => [name, { name, ...entry }]),
) as unknown as Procedures;
