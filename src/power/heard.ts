import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { exec } from "../base/exec.ts";
import { tcpAnswer } from "./tcp-answer.ts";

/** Where a server may be heard. */
export interface HeardOptions {
  /** The node's name in the cluster. */
  readonly node?: string | undefined;
  /** Addresses to try besides those of corosync.conf and of the name. */
  readonly addresses?: readonly string[];
  /** Default /etc/corosync/corosync.conf. */
  readonly corosyncConf?: string;
  /** How long an answer may take, milliseconds; default 500. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

// Any answer will do, also that nobody listens there: the kernel behind it runs. These ports are the ones that a
// node's firewall lets other nodes reach: libvirt over TLS, SSH, Pacemaker Remote.
const ports = [16514, 22, 3121];

/**
 * The addresses under which a node can be heard: its rings in corosync.conf (else what its name resolves to) and
 * those given. Empty when nothing is known.
 */
export async function nodeAddresses(options: HeardOptions): Promise<readonly string[]> {
  const { node, addresses = [], corosyncConf = "/etc/corosync/corosync.conf" } = options;
  const names = new Set(addresses);
  if (node !== undefined) {
    const text = await readFile(corosyncConf, "utf8").catch(() => "");
    const rings = ringAddresses(text, node);
    // The name is a last resort: fencing must not wait for a name server.
    for (const address of rings.length > 0 ? rings : [node]) names.add(address);
  }
  const found = await Promise.all([...names].map(resolve));
  // A name that stands for this machine's loopback says nothing of the other one.
  return [...new Set(found.flat())].filter((address) => !/^127\.|^::1$/.test(address));
}

async function resolve(name: string): Promise<readonly string[]> {
  if (isIP(name) !== 0) return [name];
  const late = new Promise<readonly string[]>((done) => setTimeout(done, 1000, []).unref());
  const answer = lookup(name, { all: true }).then(
    (all) => all.map(({ address }) => address),
    () => [],
  );
  return await Promise.race([answer, late]);
}

/** The ring addresses of a node in corosync.conf's nodelist. */
export function ringAddresses(text: string, node: string): readonly string[] {
  for (const [, block = ""] of text.matchAll(/^[ \t]*node[ \t]*\{([^{}]*)\}/gm)) {
    const entries = [...block.matchAll(/^[ \t]*([a-z0-9_]+)[ \t]*:[ \t]*(\S+)/gm)].map(([, key, value]) => ({
      key: key ?? "",
      value: value ?? "",
    }));
    const rings = entries.filter(({ key }) => /^ring\d+_addr$/.test(key)).map(({ value }) => value);
    const name = entries.find(({ key }) => key === "name")?.value;
    if (name === node || (name === undefined && rings.includes(node))) return rings;
  }
  return [];
}

/**
 * Listens for a server at its addresses: a TCP connection that is accepted or refused, or an answer to ping, is a
 * sign of life. Undefined when there is none, which does not prove anything; else what was heard.
 */
export async function hear(
  addresses: readonly string[],
  options: HeardOptions = {},
): Promise<string | undefined> {
  const waitMs = options.waitMs ?? 500;
  const probes = addresses.flatMap((address) => [
    ...ports.map((port) => connect(address, port, waitMs)),
    ping(address, waitMs, options.signal),
  ]);
  return await new Promise((done) => {
    for (const probe of probes) {
      void probe.then((heard) => {
        if (heard !== undefined) done(heard);
      });
    }
    void Promise.all(probes).then(() => done(undefined));
  });
}

async function connect(address: string, port: number, waitMs: number): Promise<string | undefined> {
  const answer = await tcpAnswer(address, port, waitMs);
  if (answer === undefined) return undefined;
  return `${address} ${answer === "accepted" ? "accepts" : "refuses"} connections to port ${port}`;
}

async function ping(address: string, waitMs: number, signal?: AbortSignal): Promise<string | undefined> {
  // Three echo requests within the time; without the program the connections have to do.
  const argv = ["ping", "-n", "-q", "-c", "3", "-i", "0.2", "-W", "1", address];
  const result = await exec(argv, {
    timeoutMs: waitMs + 200,
    ...(signal === undefined ? {} : { signal }),
  }).catch(() => undefined);
  const received = /(\d+) received/.exec(result?.stdout ?? "")?.[1];
  return received !== undefined && received !== "0" ? `${address} answers ping` : undefined;
}
