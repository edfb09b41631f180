import type { Command } from "../command.ts";
import { alertCommands } from "./alert.ts";
import { blameCommands } from "./blame.ts";
import { clusterCommands } from "./cluster.ts";
import { clusterInitCommands } from "./cluster-init.ts";
import { completionCommands } from "./completion.ts";
import { daemonCommands } from "./daemon.ts";
import { drillCommands } from "./drill.ts";
import { eventCommands } from "./events.ts";
import { fenceCommands } from "./fence.ts";
import { healthCommands } from "./health.ts";
import { labCommands } from "./lab.ts";
import { labFaultCommands } from "./lab-faults.ts";
import { loginCommands } from "./login.ts";
import { nodeCommands } from "./node.ts";
import { nodeDrainCommands } from "./node-drain.ts";
import { planCommands } from "./plan.ts";
import { planChangeCommands } from "./plan-changes.ts";
import { powerCommands } from "./power.ts";
import { rawCommands } from "./raw.ts";
import { rebootRunCommands } from "./reboot-run.ts";
import { settingsCommands } from "./settings.ts";
import { statusCommands } from "./status.ts";
import { storageCommands } from "./storage.ts";
import { timeoutsCommands } from "./timeouts.ts";
import { tokenCommands } from "./token.ts";
import { versionCommands } from "./version.ts";
import { vmCommands } from "./vm.ts";
import { vmAccessCommands } from "./vm-access.ts";
import { vmAdoptCommands } from "./vm-adopt.ts";
import { vmConfigCommands } from "./vm-config.ts";
import { vmHistoryCommands } from "./vm-history.ts";
import { vmPowerCommands } from "./vm-power.ts";
import { vmSchemaCommands } from "./vm-schema.ts";
import { vmWatchCommands } from "./vm-watch.ts";

/** Every command. A group's file exports its commands; heavy imports belong inside their `run`. */
export const commands: readonly Command[] = [
  ...vmCommands,
  ...vmAdoptCommands,
  ...vmConfigCommands,
  ...vmHistoryCommands,
  ...vmPowerCommands,
  ...vmAccessCommands,
  ...vmWatchCommands,
  ...vmSchemaCommands,
  ...labCommands,
  ...labFaultCommands,
  ...completionCommands,
  ...nodeCommands,
  ...nodeDrainCommands,
  ...rebootRunCommands,
  ...planCommands,
  ...planChangeCommands,
  ...drillCommands,
  ...powerCommands,
  ...fenceCommands,
  ...clusterInitCommands,
  ...clusterCommands,
  ...rawCommands,
  ...settingsCommands,
  ...storageCommands,
  ...statusCommands,
  ...healthCommands,
  ...timeoutsCommands,
  ...tokenCommands,
  ...daemonCommands,
  ...loginCommands,
  ...alertCommands,
  ...eventCommands,
  ...blameCommands,
  ...versionCommands,
];
