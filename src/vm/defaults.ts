/**
 * What holds for every VM unless its specification or the cluster's template says otherwise. Times in seconds.
 * The operations' timeouts stand in the template `haven-vm` once for all VMs.
 */
export const vmDefaults = {
  cpuCount: 1,
  priority: 1,
  monitorInterval: 10,
  monitorTimeout: 30,
  startTimeout: 120,
  /** With a ready signal the start lasts until the guest's services are up. */
  readyTimeout: 300,
  stopTimeout: 180,
  /** What the agent needs of the stop operation after the guest had its time, to end it and to see it gone. */
  stopReserve: 40,
  migrateTimeout: 600,
  reloadTimeout: 60,
  migrationThreshold: 3,
  failureTimeout: 600,
  /** Below resource-stickiness: nothing moves back on its own. */
  preferScore: 1000,
  /** Above a preference, below resource-stickiness: what should be apart or together starts so. */
  besideScore: 2000,
} as const;
