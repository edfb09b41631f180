import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { isHavenError } from "../../base/errors.ts";
import { someAtOnce } from "../../base/some-at-once.ts";
import type { HealthCheck } from "../../contract/health-check.ts";
import { outputThere, tryThere } from "../../host/output-there.ts";
import { tcpReach } from "../../host/tcp-reach.ts";
import type { CorosyncNode } from "../../pacemaker/corosync.ts";
import { vmsInCib } from "../../vm/vms-in-cib.ts";
import { boundedChecks } from "./bounded-checks.ts";
import { clockHealth } from "./clock-health.ts";
import type { NodeContext } from "./node-context.ts";
import { whyOf } from "./why-of.ts";

/** libvirt over TLS. Source: libvirtd.conf, tls_port. */
const libvirtPort = 16_514;
/** The first port at which QEMU takes a guest over: nobody listens there usually, which is an answer. Source: qemu.conf. */
const migrationPort = 49_152;
const peerMs = 15_000;
/** Longer than what is bounded in itself below. */
const boundMs = 8000;
const callMs = 3000;
/** So many other nodes are looked at together. */
const atOnce = 12;

/** Whether each other node of the cluster is reached, in each way that the cluster needs. */
export async function peerHealth(context: NodeContext): Promise<readonly HealthCheck[]> {
  const { corosync, node, signal } = context;
  const peers = (corosync?.nodes ?? []).filter(({ name }) => name !== node && name !== "");
  const own = corosync?.nodes.find(({ name }) => name === node);
  const [links, ...found] = await Promise.all([
    linkHealth(context, peers),
    someAtOnce(
      peers,
      (peer) =>
        boundedChecks({ id: "peer", subject: peer.name, ms: peerMs, signal }, (until) =>
          onePeer({ ...context, signal: until }, peer, own?.addresses ?? []),
        ),
      { limit: atOnce, signal },
    ),
  ]);
  return [...links, ...found.flat(2)];
}

/** Corosync's own word for its links: it uses UDP, which nobody else can try. */
async function linkHealth(
  { pacemaker, signal }: NodeContext,
  peers: readonly CorosyncNode[],
): Promise<readonly HealthCheck[]> {
  if (peers.length === 0) return [];
  const links = await pacemaker.links({ signal }).catch(() => undefined);
  if (links === undefined) {
    const text = "corosync does not answer here";
    const expected = "corosync running, with knet";
    const next = "systemctl status corosync";
    return [{ id: "peer.link", severity: "error", text, expected, next }];
  }
  return peers.map(({ id, name }): HealthCheck => {
    const own = links.filter(({ peer }) => peer === id);
    const down = own.filter(({ connected }) => !connected);
    const about = { id: "peer.link", subject: name };
    if (own.length === 0)
      return { ...about, severity: "unknown", text: "corosync says nothing of links to it" };
    const word = own.length === 1 ? "link" : "links";
    if (down.length === 0)
      return { ...about, severity: "ok", text: `${own.length} ${word} of corosync's up` };
    return {
      ...about,
      severity: down.length === own.length ? "error" : "warning",
      text: `corosync's link ${down.map(({ link, address }) => `${link} (here ${address})`).join(" and ")} to it is down`,
      expected: `${own.length} ${word} up`,
      next: "Cables, switch and addresses of both; see: corosync-cfgtool -n",
    };
  });
}

async function onePeer(
  context: NodeContext,
  peer: CorosyncNode,
  own: readonly string[],
): Promise<readonly HealthCheck[]> {
  const reached = await Promise.all(
    peer.addresses.map((address, ring) => addressHealth(context, peer.name, address, own[ring])),
  );
  const addresses = reached.flat();
  const isGone = peer.addresses.length > 0 && !addresses.some(({ severity }) => severity === "ok");
  // What runs on a server that nobody reaches is not asked one by one.
  if (isGone) return addresses;
  const { name } = peer;
  const { signal } = context;
  const bound = (id: string, look: (until: AbortSignal) => Promise<readonly HealthCheck[]>) =>
    boundedChecks({ id, subject: name, ms: boundMs, signal }, look);
  const others = await Promise.all([
    bound("peer.name", () => nameHealth(context, peer)),
    bound("peer.libvirt", (until) => libvirtHealth(context, name, until)),
    bound("peer.daemon", (until) => daemonHealth(context, name, until)),
    bound("peer.migration", () => migrationHealth(context, name)),
  ]);
  return [...addresses, ...others.flat()];
}

/** By ICMP or by TCP: one of them may be filtered. "Refused" is an answer too. */
async function addressHealth(
  { host, signal }: NodeContext,
  name: string,
  address: string,
  own: string | undefined,
): Promise<readonly HealthCheck[]> {
  const ping = (words: readonly string[]) =>
    tryThere(host, ["ping", "-n", "-q", "-c", "1", "-W", "2", ...words, address], {
      signal,
      timeoutMs: 5000,
    });
  const echo = ping([]);
  const tcp = tcpReach(host, address, libvirtPort);
  // The first of both that says yes is enough.
  const isReached = await new Promise<boolean>((resolve, reject) => {
    echo.then((result) => result?.code === 0 && resolve(true), reject);
    tcp.then((reach) => typeof reach === "string" && resolve(true), reject);
    Promise.all([echo, tcp]).then(() => resolve(false), reject);
  });
  const about = { id: "peer.address", subject: name };
  if (!isReached) {
    const reach = await tcp;
    const why = typeof reach === "string" ? reach : reach.why;
    return [
      {
        ...about,
        severity: "error",
        text: `${address} does not answer, neither to a ping nor at TCP ${libvirtPort} (${why})`,
        expected: `an answer of ${name} at each of its addresses in corosync.conf`,
        next: `ping ${address}; ip route get ${address}`,
      },
    ];
  }
  const reached: HealthCheck = { ...about, severity: "ok", text: `${address} answers` };
  const mtu = own === undefined ? undefined : mtuOf(own);
  if (mtu === undefined || (await echo)?.code !== 0) return [reached];
  const headers = address.includes(":") ? 48 : 28;
  const large = await ping(["-M", "do", "-s", String(mtu - headers)]);
  if (large?.code === 0) return [{ ...reached, text: `${address} answers, also to packets of ${mtu} bytes` }];
  return [
    reached,
    {
      ...{ id: "peer.mtu", subject: name, severity: "warning" },
      text: `${address} answers, and not to packets of ${mtu} bytes, which is the MTU of this node's card`,
      expected: "the same MTU on both nodes and all switches between them",
      next: `ip link; ping -M do -s ${mtu - headers} ${address}`,
    },
  ];
}

/** The MTU of the interface with an address. */
function mtuOf(address: string): number | undefined {
  const found = Object.entries(networkInterfaces()).find(([, list]) =>
    list?.some((one) => one.address === address),
  );
  if (found === undefined) return undefined;
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${found[0]}/mtu`, "utf8").trim());
    // A local network's 64 KiB are no packets of a card.
    return Number.isInteger(mtu) && mtu >= 576 && mtu <= 9216 ? mtu : undefined;
  } catch {
    return undefined;
  }
}

/** Migrations and monitors reach other nodes by name. */
async function nameHealth(
  { host, signal }: NodeContext,
  { name, addresses }: CorosyncNode,
): Promise<readonly HealthCheck[]> {
  const text = (await outputThere(host, ["getent", "ahosts", name], { signal, timeoutMs: callMs })) ?? "";
  const found = [...new Set(text.split("\n").flatMap((line) => line.split(/\s+/)[0] || []))];
  const about = { id: "peer.name", subject: name };
  if (found.some((address) => addresses.includes(address))) {
    return [{ ...about, severity: "ok", text: `its name leads to ${found.join(", ")}` }];
  }
  return [
    {
      ...about,
      severity: found.length === 0 ? "error" : "warning",
      text: found.length === 0 ? "its name is not known here" : `its name leads to ${found.join(", ")}`,
      expected: `one of its addresses in corosync.conf: ${addresses.join(", ")}`,
      next: "Put it into DNS or /etc/hosts: migrations go by name",
    },
  ];
}

async function libvirtHealth(
  { openLibvirt, signal }: NodeContext,
  name: string,
  until: AbortSignal,
): Promise<readonly HealthCheck[]> {
  const about = { id: "peer.libvirt", subject: name };
  try {
    const libvirt = await openLibvirt(name, until);
    try {
      const call = { timeoutMs: callMs, signal: until };
      const [there, version] = await Promise.all([
        libvirt.connectGetHostname(call),
        libvirt.connectGetLibVersion(call),
      ]);
      const words = [Math.floor(version / 1e6), Math.floor(version / 1000) % 1000, version % 1000].join(".");
      return [{ ...about, severity: "ok", text: `libvirt ${words} of ${there} answers over TLS` }];
    } finally {
      await libvirt.close();
    }
  } catch (error) {
    if (signal.aborted) throw error;
    const text = `libvirt does not answer over TLS: ${whyOf(error)}`;
    const expected = `an answer at qemu+tls://${name}/system with this node's certificate`;
    const next = `On ${name}: systemctl status libvirtd; certificates: haven cluster init`;
    return [{ ...about, severity: "error", text: text.slice(0, 1000), expected, next }];
  }
}

async function daemonHealth(
  { hello, clock, signal }: NodeContext,
  name: string,
  until: AbortSignal,
): Promise<readonly HealthCheck[]> {
  if (hello === undefined) return [];
  const about = { id: "peer.daemon", subject: name };
  const began = clock.now();
  try {
    const answer = await hello(name, until);
    const ended = clock.now();
    const ok: HealthCheck = {
      ...about,
      severity: "ok",
      text: `its daemon (Haven ${answer.version}) answers`,
    };
    return [ok, clockHealth({ name, theirs: answer.time, began, ended })];
  } catch (error) {
    if (signal.aborted) throw error;
    if (isHavenError(error, "peer.refused") && error.payload.reason === "input.invalid") {
      const text = "its daemon answers, and is of an older Haven: its clock is not known";
      return [
        { ...about, severity: "warning", text, expected: "the same version", next: "Finish the upgrade" },
      ];
    }
    const text = `its daemon does not answer: ${whyOf(error)}`;
    const next = `On ${name}: systemctl status haven`;
    return [{ ...about, severity: "error", text, expected: "an answer of Haven's daemon", next }];
  }
}

/** The network that migrations of some VMs go through, where they have one of their own. */
async function migrationHealth({ cib, host }: NodeContext, name: string): Promise<readonly HealthCheck[]> {
  const suffixes = new Set(
    (cib === undefined ? [] : vmsInCib(cib)).flatMap(({ spec }) => spec?.migration?.["network-suffix"] ?? []),
  );
  return await Promise.all(
    [...suffixes].map(async (suffix): Promise<HealthCheck> => {
      const target = name.replace(/^[^.]+/, (first) => first + suffix);
      const reach = await tcpReach(host, target, migrationPort);
      const about = { id: "peer.migration", subject: name };
      if (typeof reach === "string") return { ...about, severity: "ok", text: `${target} is reached` };
      return {
        ...{ ...about, severity: "error", text: `${target} is not reached: ${reach.why}` },
        expected: `${name} in the network of migrations (network-suffix ${suffix})`,
        next: `getent hosts ${target}; ping ${target}`,
      };
    }),
  );
}
