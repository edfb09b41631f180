import { connect } from "../../src/libvirt/connect.ts";

export interface AgentCallsOptions {
  readonly runs: number;
}

/** What calls of one agent cost; a value for each run. */
export interface AgentCost {
  readonly monitorMs: readonly number[];
  readonly monitorCpuMs: readonly number[];
  readonly monitorMiB: readonly number[];
  readonly startMs: readonly number[];
  readonly stopMs: readonly number[];
}

export interface AgentCosts {
  readonly haven: AgentCost;
  readonly peer: AgentCost;
  /** libvirt's own time to create and to destroy the same domain. */
  readonly createMs: readonly number[];
  readonly destroyMs: readonly number[];
}

const ocf = { ocf: "/usr/lib/ocf/resource.d", success: 0 };

interface Agent {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs in a node: starts, monitors and stops one small domain by Haven's agent and by VirtualDomain in turn, the way
 * Pacemaker's executor calls them. Stops are forced, since a guest's own shutdown is not the agent's time.
 */
export async function agentCalls({ runs }: AgentCallsOptions): Promise<AgentCosts> {
  const file = "/root/bench-domain.xml";
  const peerXml = domainXml("bench-peer", "7d1f7a52-53a7-4f0e-8c55-0a6a4c6b1f02");
  const ownXml = domainXml("bench-own", "7d1f7a52-53a7-4f0e-8c55-0a6a4c6b1f01");
  // VirtualDomain reads its file line by line.
  await Bun.write(file, peerXml.replaceAll("><", ">\n<"));
  const haven: Agent = {
    path: `${ocf.ocf}/haven/Domain`,
    env: { OCF_RESOURCE_INSTANCE: "vm-bench-own", OCF_RESKEY_xml: ownXml, OCF_RESKEY_force_stop: "true" },
  };
  const peer: Agent = {
    path: `${ocf.ocf}/heartbeat/VirtualDomain`,
    env: {
      OCF_RESOURCE_INSTANCE: "bench-peer",
      OCF_RESKEY_config: file,
      OCF_RESKEY_hypervisor: "qemu:///system",
      OCF_RESKEY_force_stop: "1",
    },
  };
  const costs = { haven: emptyCost(), peer: emptyCost() };
  const createMs: number[] = [];
  const destroyMs: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const bare = await bareLibvirt(ownXml);
    if (run > 0) createMs.push(bare.createMs);
    if (run > 0) destroyMs.push(bare.destroyMs);
    for (const [agent, cost] of [
      [haven, costs.haven],
      [peer, costs.peer],
    ] as const) {
      const start = await call(agent, "start", 120_000);
      await call(agent, "monitor", 30_000);
      const monitor = await call(agent, "monitor", 30_000);
      const mib = peakMiB(agent);
      const stop = await call(agent, "stop", 180_000);
      // The first round warms up.
      if (run === 0) continue;
      cost.startMs.push(start.ms);
      cost.stopMs.push(stop.ms);
      cost.monitorMs.push(monitor.ms);
      cost.monitorCpuMs.push(monitor.cpuMs);
      cost.monitorMiB.push(mib);
    }
    if (run % 5 === 0) process.stderr.write(`round ${run} of ${runs}\n`);
  }
  return { ...costs, createMs, destroyMs };
}

function emptyCost() {
  const list = (): number[] => [];
  return { monitorMs: list(), monitorCpuMs: list(), monitorMiB: list(), startMs: list(), stopMs: list() };
}

function domainXml(name: string, uuid: string): string {
  return (
    `<domain type='qemu'><name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>` +
    "<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>" +
    "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>" +
    "<devices><console type='pty'/></devices></domain>"
  );
}

async function bareLibvirt(xml: string): Promise<{ createMs: number; destroyMs: number }> {
  const libvirt = await connect("qemu:///system", { timeoutMs: 30_000 });
  try {
    const began = performance.now();
    const domain = await libvirt.domainCreateXML(xml, 0);
    const created = performance.now();
    await libvirt.domainDestroyFlags(domain, 0);
    return { createMs: created - began, destroyMs: performance.now() - created };
  } finally {
    await libvirt.close();
  }
}

/** What Pacemaker's executor puts into an agent's environment. */
function environment(agent: Agent, action: string, timeoutMs: number): Record<string, string> {
  return {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    LC_ALL: "C",
    OCF_ROOT: "/usr/lib/ocf",
    OCF_RA_VERSION_MAJOR: "1",
    OCF_RA_VERSION_MINOR: "1",
    OCF_RESKEY_CRM_meta_timeout: String(timeoutMs),
    OCF_RESKEY_CRM_meta_interval: action === "monitor" ? "10000" : "0",
    OCF_RESKEY_crm_feature_set: "3.20.0",
    ...agent.env,
  };
}

async function call(agent: Agent, action: string, timeoutMs: number) {
  const env = environment(agent, action, timeoutMs);
  const began = performance.now();
  const child = Bun.spawn([agent.path, action], { stdin: "ignore", stdout: "ignore", stderr: "pipe", env });
  const stderr = await new Response(child.stderr).text();
  const code = await child.exited;
  const ms = performance.now() - began;
  if (code !== ocf.success) throw new Error(`${agent.path} ${action} ended with ${code}: ${stderr.trim()}`);
  const usage = child.resourceUsage();
  if (usage === undefined) throw new Error("No resource usage");
  return { ms, cpuMs: Number(usage.cpuTime.total) / 1000 };
}

/**
 * The peak memory of one monitor. Linux counts the memory of the process that started it as its own (the old
 * address space at exec): it has to be started by something small.
 */
function peakMiB({ path, env: own }: Agent): number {
  const starter = [
    "import os, sys",
    "_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)",
    "print(usage.ru_maxrss if status == 0 else 'failed')",
  ].join("\n");
  const env = environment({ path, env: own }, "monitor", 30_000);
  const result = Bun.spawnSync(["python3", "-c", starter, path, "monitor"], { env, stderr: "ignore" });
  const kib = Number(result.stdout.toString().trim().split("\n").at(-1));
  if (!Number.isInteger(kib)) throw new Error(`${path} monitor failed`);
  return kib / 1024;
}
