import type { Authority } from "../host/authority.ts";
import { libvirtdConf, libvirtdConfPath, qemuConf, qemuConfPath } from "../host/libvirt-config.ts";
import type { NodeAccess } from "../host/node-access.ts";
import { ensureNodeCertificate } from "../host/node-certificate.ts";
import type { NodeFacts } from "../host/node-facts.ts";
import { ipcBufferBytes, pacemakerDefaults, pacemakerDefaultsPath } from "../host/pacemaker-defaults.ts";
import { putFiles, type WantedFile } from "../host/put-file.ts";
import { fenceResources } from "./cluster-fencing.ts";
import { prepareLogins } from "./cluster-logins.ts";
import type { ClusterPlan, PlanNode } from "./cluster-plan.ts";
import { makeRunFolders } from "./cluster-run-folders.ts";
import { secretFiles } from "./cluster-secrets.ts";
import { type ServiceEnvironment, systemctl, waitForLibvirt } from "./cluster-services.ts";

/** One node of the plan: how it is reached, and what was found there. */
export interface SetupNode {
  readonly plan: PlanNode;
  readonly access: NodeAccess;
  readonly facts: NodeFacts;
  /** What was changed on it so far. */
  readonly changed: string[];
}

/**
 * Certificates, libvirt, QEMU, Pacemaker's settings and secrets: everything on a node that does not make it part
 * of the cluster yet. libvirt runs afterwards and listens for TLS.
 */
export async function prepareNode(
  node: SetupNode,
  plan: ClusterPlan,
  authority: Authority,
  environment: ServiceEnvironment,
): Promise<readonly string[]> {
  const { access, facts, changed } = node;
  const now = environment.clock.now();
  const [libvirtFiles, pacemakerFiles] = await Promise.all([
    configureLibvirt(node, plan, authority, now),
    configurePacemaker(node, plan),
  ]);
  changed.push(...libvirtFiles, ...pacemakerFiles);
  changed.push(...(await makeRunFolders(access)), ...(await prepareLogins(access)));
  await startLibvirt(node, libvirtFiles.length > 0, environment);
  const warnings = [...(await keepGuests(node))];
  if (facts.active.has("pacemaker") && pacemakerFiles.includes(pacemakerDefaultsPath)) {
    warnings.push(`${pacemakerDefaultsPath} on ${access.name} counts when Pacemaker is next started there`);
  }
  return warnings;
}

async function configureLibvirt(
  { plan: { name, addresses }, access, facts }: SetupNode,
  plan: ClusterPlan,
  authority: Authority,
  now: number,
): Promise<readonly string[]> {
  const [libvirtdBefore = "", qemuBefore = ""] = await Promise.all([
    access.readFile(libvirtdConfPath),
    access.readFile(qemuConfPath),
  ]);
  const { libvirtdConf: libvirtdExtra, qemuConf: qemuExtra } = plan.tuning ?? {};
  const settings = await putFiles(access, [
    {
      path: libvirtdConfPath,
      content: libvirtdConf(libvirtdBefore, { cluster: plan.name, node: name }, libvirtdExtra),
      mode: 0o600,
    },
    { path: qemuConfPath, content: qemuConf(qemuBefore, qemuExtra), mode: 0o600 },
  ]);
  const certificates = await ensureNodeCertificate(access, authority, {
    name,
    addresses,
    qemuGroup: facts.qemuGroup,
    now,
  });
  return [...settings, ...certificates];
}

async function configurePacemaker(
  { access, facts }: SetupNode,
  plan: ClusterPlan,
): Promise<readonly string[]> {
  const before = (await access.readFile(pacemakerDefaultsPath)) ?? "";
  const bytes = ipcBufferBytes(plan.expectedVms, plan.nodes.length);
  const files: WantedFile[] = [{ path: pacemakerDefaultsPath, content: pacemakerDefaults(before, bytes) }];
  if (facts.cibSecrets) files.push(...secretFiles(fenceResources(plan)));
  if (facts.systemd) files.push(bootOrder);
  const written = await putFiles(access, files);
  if (written.includes(bootOrder.path)) await systemctl(access, "daemon-reload");
  return written;
}

/** Pacemaker starts after libvirt and, what counts more, ends before it: it has VMs to move away. */
const bootOrder: WantedFile = {
  path: "/etc/systemd/system/resource-agents-deps.target.d/haven.conf",
  content: "[Unit]\nWants=libvirtd.service virtlogd.service\nAfter=libvirtd.service virtlogd.service\n",
};

async function startLibvirt(
  node: SetupNode,
  isChanged: boolean,
  environment: ServiceEnvironment,
): Promise<void> {
  const { access, facts, changed } = node;
  const isRunning = facts.active.has("libvirtd") && facts.active.has("libvirtd-tls.socket");
  await enable(node, ["virtlogd", "libvirtd", "libvirtd-tls.socket"]);
  if (isRunning && !isChanged) return;
  // The socket cannot be opened while the daemon runs. VMs go on without it.
  if (facts.active.has("libvirtd")) await systemctl(access, "stop", "libvirtd");
  await systemctl(access, "start", "virtlogd");
  if (!facts.active.has("libvirtd-tls.socket")) await systemctl(access, "start", "libvirtd-tls.socket");
  await systemctl(access, "start", "libvirtd");
  changed.push("libvirtd");
  await waitForLibvirt(access, environment);
}

/** Enables units at boot, those that are not yet. */
export async function enable(
  { access, changed }: Pick<SetupNode, "access" | "changed">,
  units: readonly string[],
): Promise<void> {
  const result = await access.exec(["systemctl", "is-enabled", ...units]);
  const lines = result.stdout.split("\n").map((line) => line.trim());
  // Others than these two come with a unit that is enabled ("static", "indirect").
  const left = units.filter((_, index) => lines[index] === "disabled");
  if (left.length === 0) return;
  await systemctl(access, "enable", ...left);
  changed.push(...left.map((unit) => `${unit} at boot`));
}

/**
 * libvirt-guests ends or saves all VMs when the server shuts down, before Pacemaker could move them. Ending it
 * while VMs run would do just that, so then it is only kept from the next boot on.
 */
async function keepGuests({ access, changed }: SetupNode): Promise<readonly string[]> {
  const state = await access.exec(["systemctl", "is-enabled", "libvirt-guests"]);
  if (state.stdout.trim() !== "enabled") return [];
  const list = await access.exec(["virsh", "--connect", "qemu:///system", "list", "--name"]);
  const isEmpty = list.code === 0 && list.stdout.trim() === "";
  await systemctl(access, "disable", "libvirt-guests");
  changed.push("libvirt-guests off");
  if (isEmpty) {
    await systemctl(access, "stop", "libvirt-guests");
    return [];
  }
  return [
    `VMs run on ${access.name}: libvirt-guests would end them at the next shutdown, and is off after that`,
  ];
}
