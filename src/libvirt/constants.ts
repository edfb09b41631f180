/**
 * Numbers of libvirt's public interface, named as there in camel case: VIR_DOMAIN_PAUSED is
 * `domainState.paused`, VIR_ERR_NO_DOMAIN is `errorCode.noDomain`.
 *
 * Sources: libvirt 11.3, include/libvirt/libvirt-domain.h, libvirt-host.h, virterror.h. The numbers are part
 * of libvirt's stable ABI. What a call takes or tells is listed whole, also where Haven uses a part (@public
 * keeps it).
 */

/** virErrorNumber. Those that Haven tells apart. */
export const errorCode = {
  ok: 0,
  internalError: 1,
  noMemory: 2,
  noSupport: 3,
  unknownHost: 4,
  noConnect: 5,
  invalidConn: 6,
  invalidDomain: 7,
  invalidArg: 8,
  operationFailed: 9,
  noDevice: 23,
  callFailed: 26,
  xmlError: 27,
  domExist: 28,
  operationDenied: 29,
  xmlDetail: 35,
  systemError: 38,
  rpc: 39,
  gnutlsError: 40,
  noDomain: 42,
  authFailed: 45,
  noStoragePool: 49,
  noStorageVol: 50,
  operationInvalid: 55,
  configUnsupported: 67,
  operationTimeout: 68,
  migratePersistFailed: 69,
  invalidStream: 73,
  argumentUnsupported: 74,
  storageProbeFailed: 75,
  operationAborted: 78,
  authCancelled: 79,
  noDomainMetadata: 80,
  migrateUnsafe: 81,
  overflow: 82,
  operationUnsupported: 84,
  agentUnresponsive: 86,
  resourceBusy: 87,
  accessDenied: 88,
  cpuIncompatible: 91,
  xmlInvalidSchema: 92,
  migrateFinishOk: 93,
  authUnavailable: 94,
  agentUnsynced: 97,
  deviceMissing: 99,
  noHostname: 108,
  multipleDomains: 110,
  agentCommandTimeout: 112,
  agentCommandFailed: 113,
} as const;

/** virErrorDomain: which part of libvirt reports. Those that Haven meets. */
export const errorDomain = {
  none: 0,
  xml: 5,
  dom: 6,
  rpc: 7,
  conf: 9,
  qemu: 10,
  test: 12,
  remote: 13,
  lxc: 17,
  storage: 18,
  domain: 20,
  security: 24,
  cpu: 31,
  streams: 38,
  event: 40,
  libxl: 41,
  locking: 42,
  capabilities: 44,
  auth: 46,
  device: 49,
  cgroup: 54,
  access: 55,
  polkit: 60,
} as const;

/** virErrorLevel. @public */
export const errorLevel = { none: 0, warning: 1, error: 2 } as const;

/** virDomainState. */
export const domainState = {
  noState: 0,
  running: 1,
  blocked: 2,
  paused: 3,
  shutdown: 4,
  shutoff: 5,
  crashed: 6,
  pmSuspended: 7,
} as const;

/** virDomainRunningReason: the reason beside `domainState.running`. @public */
export const runningReason = {
  unknown: 0,
  booted: 1,
  migrated: 2,
  restored: 3,
  fromSnapshot: 4,
  unpaused: 5,
  migrationCanceled: 6,
  saveCanceled: 7,
  wakeup: 8,
  crashed: 9,
  postcopy: 10,
  postcopyFailed: 11,
} as const;

/** virDomainPausedReason: the reason beside `domainState.paused`. */
export const pausedReason = {
  unknown: 0,
  user: 1,
  migration: 2,
  save: 3,
  dump: 4,
  ioError: 5,
  watchdog: 6,
  fromSnapshot: 7,
  shuttingDown: 8,
  snapshot: 9,
  crashed: 10,
  startingUp: 11,
  postcopy: 12,
  postcopyFailed: 13,
  apiError: 14,
} as const;

/** virDomainShutoffReason: the reason beside `domainState.shutoff`. @public */
export const shutoffReason = {
  unknown: 0,
  shutdown: 1,
  destroyed: 2,
  crashed: 3,
  migrated: 4,
  saved: 5,
  failed: 6,
  fromSnapshot: 7,
  daemon: 8,
} as const;

/** virDomainControlState: whether the monitor of a domain answers. @public */
export const controlState = { ok: 0, job: 1, occupied: 2, error: 3 } as const;

/** virDomainMigrateFlags. */
export const migrateFlag = {
  live: 1 << 0,
  peer2peer: 1 << 1,
  tunnelled: 1 << 2,
  persistDest: 1 << 3,
  undefineSource: 1 << 4,
  paused: 1 << 5,
  nonSharedDisk: 1 << 6,
  nonSharedInc: 1 << 7,
  changeProtection: 1 << 8,
  unsafe: 1 << 9,
  offline: 1 << 10,
  compressed: 1 << 11,
  abortOnError: 1 << 12,
  autoConverge: 1 << 13,
  rdmaPinAll: 1 << 14,
  postcopy: 1 << 15,
  tls: 1 << 16,
  parallel: 1 << 17,
  nonSharedSynchronousWrites: 1 << 18,
  postcopyResume: 1 << 19,
  zerocopy: 1 << 20,
} as const;

/** virDomainCreateFlags. @public */
export const createFlag = {
  paused: 1 << 0,
  autodestroy: 1 << 1,
  bypassCache: 1 << 2,
  forceBoot: 1 << 3,
  validate: 1 << 4,
  resetNvram: 1 << 5,
} as const;

/** virDomainDestroyFlagsValues. Graceful: SIGTERM only, an error if the process is still there after 15 s. @public */
export const destroyFlag = { graceful: 1 << 0, removeLogs: 1 << 1 } as const;

/** virDomainShutdownFlagValues and virDomainRebootFlagValues, which are the same; 0 lets libvirt choose. */
export const shutdownFlag = {
  acpiPowerBtn: 1 << 0,
  guestAgent: 1 << 1,
  initctl: 1 << 2,
  signal: 1 << 3,
  paravirt: 1 << 4,
} as const;

/** virDomainXMLFlags. @public */
export const xmlFlag = { secure: 1 << 0, inactive: 1 << 1, updateCpu: 1 << 2, migratable: 1 << 3 } as const;

/** virDomainUndefineFlagsValues. */
export const undefineFlag = {
  managedSave: 1 << 0,
  snapshotsMetadata: 1 << 1,
  nvram: 1 << 2,
  keepNvram: 1 << 3,
  checkpointsMetadata: 1 << 4,
  tpm: 1 << 5,
  keepTpm: 1 << 6,
} as const;

/** virDomainModificationImpact, with what devices, memory and vCPUs add to it. */
export const affect = { current: 0, live: 1 << 0, config: 1 << 1 } as const;
/** virDomainDeviceModifyFlags beyond `affect`. @public */
export const deviceFlag = { force: 1 << 2 } as const;
/** virDomainMemoryModFlags beyond `affect`. @public */
export const memoryFlag = { maximum: 1 << 2 } as const;
/** virDomainVcpuFlags beyond `affect`. @public */
export const vcpuFlag = { maximum: 1 << 2, guest: 1 << 3, hotpluggable: 1 << 4 } as const;

/** virDomainEventType: what a lifecycle event says. */
export const lifecycleEvent = {
  defined: 0,
  undefined: 1,
  started: 2,
  suspended: 3,
  resumed: 4,
  stopped: 5,
  shutdown: 6,
  pmSuspended: 7,
  crashed: 8,
} as const;

/** virDomainEventStartedDetailType. @public */
export const startedDetail = { booted: 0, migrated: 1, restored: 2, fromSnapshot: 3, wakeup: 4 } as const;
/** virDomainEventSuspendedDetailType. @public */
export const suspendedDetail = {
  paused: 0,
  migrated: 1,
  ioError: 2,
  watchdog: 3,
  restored: 4,
  fromSnapshot: 5,
  apiError: 6,
  postcopy: 7,
  postcopyFailed: 8,
} as const;
/** virDomainEventResumedDetailType. @public */
export const resumedDetail = {
  unpaused: 0,
  migrated: 1,
  fromSnapshot: 2,
  postcopy: 3,
  postcopyFailed: 4,
} as const;
/** virDomainEventStoppedDetailType. */
export const stoppedDetail = {
  shutdown: 0,
  destroyed: 1,
  crashed: 2,
  migrated: 3,
  saved: 4,
  failed: 5,
  fromSnapshot: 6,
} as const;
/** virDomainEventShutdownDetailType: who asked. @public */
export const shutdownDetail = { finished: 0, guest: 1, host: 2 } as const;
/** virDomainEventCrashedDetailType. @public */
export const crashedDetail = { panicked: 0, crashLoaded: 1 } as const;

/** virDomainEventIOErrorAction. @public */
export const ioErrorAction = { none: 0, pause: 1, report: 2 } as const;
/** virDomainEventWatchdogAction. @public */
export const watchdogAction = {
  none: 0,
  pause: 1,
  reset: 2,
  poweroff: 3,
  shutdown: 4,
  debug: 5,
  injectNmi: 6,
} as const;
/** virConnectDomainEventBlockJobStatus. @public */
export const blockJobStatus = { completed: 0, failed: 1, canceled: 2, ready: 3 } as const;
/** virDomainBlockJobType. @public */
export const blockJobType = { unknown: 0, pull: 1, copy: 2, commit: 3, activeCommit: 4, backup: 5 } as const;
/** virConnectDomainEventAgentLifecycleState. @public */
export const agentState = { connected: 1, disconnected: 2 } as const;

/** virDomainJobType. */
export const jobType = {
  none: 0,
  bounded: 1,
  unbounded: 2,
  completed: 3,
  failed: 4,
  cancelled: 5,
} as const;
/** virDomainJobOperation, the parameter `operation` of a job's statistics. */
export const jobOperation = {
  unknown: 0,
  start: 1,
  save: 2,
  restore: 3,
  migrationIn: 4,
  migrationOut: 5,
  snapshot: 6,
  snapshotRevert: 7,
  dump: 8,
  backup: 9,
  snapshotDelete: 10,
} as const;
/** virDomainGetJobStatsFlags. @public */
export const jobStatsFlag = { completed: 1 << 0, keepCompleted: 1 << 1 } as const;
/** virDomainAbortJobFlagsValues. @public */
export const abortJobFlag = { postcopy: 1 << 0 } as const;
/** virDomainMigrateMaxSpeedFlags. @public */
export const migrateMaxSpeedFlag = { postcopy: 1 << 0 } as const;

/** virConnectListAllDomainsFlags; 0 lists all. Also flags of `connectGetAllDomainStats`. @public */
export const listDomainsFlag = {
  active: 1 << 0,
  inactive: 1 << 1,
  persistent: 1 << 2,
  transient: 1 << 3,
  running: 1 << 4,
  paused: 1 << 5,
  shutoff: 1 << 6,
  other: 1 << 7,
  managedSave: 1 << 8,
  noManagedSave: 1 << 9,
  autostart: 1 << 10,
  noAutostart: 1 << 11,
} as const;

/** virDomainStatsTypes; 0 asks for all. @public */
export const statsType = {
  state: 1 << 0,
  cpuTotal: 1 << 1,
  balloon: 1 << 2,
  vcpu: 1 << 3,
  interface: 1 << 4,
  block: 1 << 5,
  perf: 1 << 6,
  iothread: 1 << 7,
  memory: 1 << 8,
  dirtyRate: 1 << 9,
  vm: 1 << 10,
} as const;
/** virConnectGetAllDomainStatsFlags beyond `listDomainsFlag`. @public */
export const allStatsFlag = { nowait: 1 << 29, backing: 1 << 30, enforceStats: 0x80000000 } as const;

/** virDomainConsoleFlags. Safe: refused where the driver cannot keep two sessions apart. */
export const consoleFlag = { force: 1 << 0, safe: 1 << 1 } as const;
/** virDomainChannelFlags. @public */
export const channelFlag = { force: 1 << 0 } as const;
/** virDomainQemuMonitorCommandFlags (include/libvirt/libvirt-qemu.h): the command is for people, not JSON. */
export const monitorCommandFlag = { hmp: 1 << 0 } as const;
/** virDomainMetadataType. */
export const metadataType = { description: 0, title: 1, element: 2 } as const;

/** virDomainMemoryStatTags. Sizes are KiB. @public */
export const memoryStat = {
  swapIn: 0,
  swapOut: 1,
  majorFault: 2,
  minorFault: 3,
  unused: 4,
  available: 5,
  actualBalloon: 6,
  rss: 7,
  usable: 8,
  lastUpdate: 9,
  diskCaches: 10,
  hugetlbPgalloc: 11,
  hugetlbPgfail: 12,
} as const;

/** virDomainDiskErrorCode. @public */
export const diskError = { none: 0, unspec: 1, noSpace: 2 } as const;

/** virKeycodeSet. */
export const keycodeSet = {
  linux: 0,
  xt: 1,
  atset1: 2,
  atset2: 3,
  atset3: 4,
  osx: 5,
  xtKbd: 6,
  usb: 7,
  win32: 8,
  qnum: 9,
} as const;

/** virDomainSetTimeFlags. @public */
export const setTimeFlag = { sync: 1 << 0 } as const;

/** virCPUCompareResult. */
export const cpuCompare = { error: -1, incompatible: 0, identical: 1, superset: 2 } as const;

/** virConnectBaselineCPUFlags. @public */
export const baselineCpuFlag = { expandFeatures: 1 << 0, migratable: 1 << 1 } as const;

/** virNodeGetCPUStatsAllCPUs and virNodeMemoryGetStatsAllCells: the whole host. */
export const allCpus = -1;
export const allCells = -1;

/** virDrvFeature, for `connectSupportsFeature` (src/libvirt_internal.h). */
export const feature = {
  migrationV3: 6,
  programKeepalive: 10,
  migrationParams: 13,
  remoteEventCallback: 14,
  remoteCloseCallback: 15,
} as const;
