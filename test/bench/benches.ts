import { agentBench } from "./agent.ts";
import type { Bench } from "./bench.ts";
import { configurationBench } from "./configuration.ts";
import { consoleBench } from "./console.ts";
import { daemonBench } from "./daemon.ts";
import { failoverBench } from "./failover.ts";
import { fencingBench } from "./fencing.ts";
import { libvirtBench } from "./libvirt.ts";
import { makeLabBench } from "./make-lab.ts";
import { manyVmsBench } from "./many-vms.ts";
import { planBench } from "./plan.ts";
import { scaleBench } from "./scale.ts";
import { statusBench } from "./status.ts";
import { vmAddBench } from "./vm-add.ts";

/** Every bench, in the order they run. */
export const benches: readonly Bench[] = [
  makeLabBench,
  agentBench,
  fencingBench,
  libvirtBench,
  statusBench,
  configurationBench,
  manyVmsBench,
  planBench,
  scaleBench,
  vmAddBench,
  daemonBench,
  consoleBench,
  failoverBench,
];
