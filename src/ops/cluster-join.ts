import { randomBytes } from "node:crypto";
import type { NodeAccess } from "../host/node-access.ts";
import { authkeyPath, cibPath, corosyncConfPath } from "../host/node-facts.ts";
import { usualQnetdPort } from "../host/quorum-server.ts";
import { runThere } from "../host/run-there.ts";
import {
  assignNodeIds,
  type CorosyncConf,
  type CorosyncQuorumDevice,
  corosyncConf,
} from "../pacemaker/corosync.ts";
import type { ClusterStanding } from "./cluster-check.ts";
import { enable, type SetupNode } from "./cluster-node-setup.ts";
import type { ClusterPlan, PlanQuorumDevice } from "./cluster-plan.ts";
import { type ServiceEnvironment, systemctl, waitForMembers } from "./cluster-services.ts";

/** corosync.conf of the plan; nodes keep the ids that they had. */
export function plannedCorosync(plan: ClusterPlan, standing: ClusterStanding): CorosyncConf {
  const names = plan.nodes.map((node) => node.name);
  const ids = assignNodeIds(names, standing.before?.nodes ?? []);
  const quorumDevice = plannedDevice(plan.quorumDevice, ids);
  return {
    clusterName: plan.name,
    tokenMs: plan.tuning?.tokenMs ?? standing.before?.tokenMs ?? 3000,
    nodes: plan.nodes.map(({ name, addresses }) => ({ name, id: ids.get(name) ?? 0, addresses })),
    ...(quorumDevice === undefined ? {} : { quorumDevice }),
  };
}

function plannedDevice(
  device: PlanQuorumDevice | undefined,
  ids: ReadonlyMap<string, number>,
): CorosyncQuorumDevice | undefined {
  if (device === undefined) return undefined;
  const { host, port = usualQnetdPort, algorithm = "ffsplit", tieBreaker = "lowest" } = device;
  const breaker = tieBreaker === "lowest" || tieBreaker === "highest" ? tieBreaker : ids.get(tieBreaker);
  return { host, port, algorithm, tieBreaker: breaker ?? "lowest" };
}

/**
 * Makes the nodes members: key, seed, corosync.conf and then corosync itself. A node that was no member starts
 * with the seed when the whole cluster is new, and with nothing when it joins one, since its own configuration
 * must not win over the cluster's.
 *
 * @param seed The CIB of a new cluster; undefined when there are members already
 * @throws HavenError cluster.start, exec.failed
 */
export async function joinNodes(
  nodes: readonly SetupNode[],
  standing: ClusterStanding,
  conf: CorosyncConf,
  seed: string | undefined,
  environment: ServiceEnvironment,
): Promise<void> {
  const text = corosyncConf(conf);
  const key = clusterKey(nodes, standing);
  const isMember = (node: SetupNode): boolean => standing.members.has(node.plan.name);
  const fresh = nodes.filter((node) => !isMember(node));
  await Promise.all(fresh.map((node) => makeFree(node, standing.foreign.has(node.plan.name))));
  await Promise.all(
    nodes.map(async (node) => {
      if (node.facts.authkey !== key.toString("base64")) {
        await node.access.writeFile(authkeyPath, key, { mode: 0o400 });
        node.changed.push(authkeyPath);
      }
      if (seed !== undefined && !isMember(node)) await writeSeed(node, seed);
    }),
  );
  // Last of the files: it is what makes a node a member, so that an interrupted set-up is taken up again here.
  const outdated = nodes.filter((node) => node.facts.corosyncConf !== text);
  await Promise.all(
    outdated.map(async (node) => {
      await node.access.writeFile(corosyncConfPath, text);
      node.changed.push(corosyncConfPath);
    }),
  );
  const running = nodes.filter((node) => isMember(node) && node.facts.active.has("corosync"));
  if (running[0] !== undefined && running.some((node) => outdated.includes(node))) {
    await reload(running[0].access);
  }
  await startCorosync(nodes, running, environment);
}

/** The key the members have, else a new one: 128 random bytes. */
function clusterKey(nodes: readonly SetupNode[], standing: ClusterStanding): Buffer {
  const members = nodes.filter((node) => standing.members.has(node.plan.name));
  const found = members.map((node) => node.facts.authkey).find((key) => key !== undefined && key !== "");
  return found === undefined ? randomBytes(128) : Buffer.from(found, "base64");
}

/** Ends what runs there of another cluster, and puts its configuration aside where it has any. */
async function makeFree({ access, facts, changed }: SetupNode, isForeign: boolean): Promise<void> {
  for (const unit of ["pacemaker", "corosync-qdevice", "corosync"] as const) {
    if (!facts.active.has(unit)) continue;
    await systemctl(access, "stop", unit);
    changed.push(`${unit} stopped`);
  }
  if (isForeign) changed.push(`earlier configuration kept in ${await putAside(access)}`);
  // The folder stays, with its owner.
  await runThere(access, ["find", "/var/lib/pacemaker/cib", "-mindepth", "1", "-delete"]);
}

async function putAside(access: NodeAccess): Promise<string> {
  const aside = `/var/lib/haven/replaced/${new Date().toISOString().replace(/[:.]/g, "-")}`;
  await runThere(access, ["mkdir", "-p", "-m", "0700", aside]);
  const old = [corosyncConfPath, authkeyPath, "/var/lib/pacemaker/cib"];
  for (const path of old) {
    if ((await access.exec(["test", "-e", path])).code === 0)
      await runThere(access, ["cp", "-a", path, aside]);
  }
  return aside;
}

async function writeSeed({ access, changed }: SetupNode, seed: string): Promise<void> {
  await access.writeFile(cibPath, seed, { mode: 0o600, owner: "hacluster:haclient" });
  changed.push(cibPath);
}

/** Has all running members read corosync.conf again. */
async function reload(node: NodeAccess): Promise<void> {
  await runThere(node, ["corosync-cfgtool", "-R"]);
}

async function startCorosync(
  nodes: readonly SetupNode[],
  running: readonly SetupNode[],
  environment: ServiceEnvironment,
): Promise<void> {
  environment.progress("Starting corosync");
  await Promise.all(
    nodes.map(async (node) => {
      await enable(node, ["corosync", "pacemaker"]);
      if (running.includes(node)) return;
      await systemctl(node.access, "start", "corosync");
      node.changed.push("corosync");
    }),
  );
  environment.progress("Waiting for all nodes to see each other");
  await waitForMembers(
    nodes.map((node) => node.access),
    environment,
  );
}
