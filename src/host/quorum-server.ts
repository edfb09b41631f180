import type { NodeAccess } from "./node-access.ts";
import { type NodeFacts, parseAddresses, readClock } from "./node-facts.ts";
import { runThere } from "./run-there.ts";

/** Where corosync-qnetd listens unless told. */
export const usualQnetdPort = 5403;

/** The certificates and keys of the server with the further vote; by its own tools it can be nowhere else. */
export const qnetdDatabase = "/etc/corosync/qnetd/nssdb";

/** What has to be known of a server before it is given a vote. */
export interface QuorumServerFacts extends Pick<NodeFacts, "clockOffsetMs" | "clockErrorMs"> {
  /** `uname -n`. */
  readonly name: string;
  readonly addresses: readonly string[];
  readonly hasQnetd: boolean;
  readonly isActive: boolean;
}

/**
 * Reads the server's facts. Changes nothing there.
 *
 * @throws HavenError whatever the access throws when it cannot be reached
 */
export async function readQuorumServer(server: NodeAccess): Promise<QuorumServerFacts> {
  const name = (await server.exec(["uname", "-n"])).stdout.trim();
  const [addresses, clock, program, active] = await Promise.all([
    server.exec(["ip", "-json", "address", "show"]),
    readClock(server),
    server.exec(["test", "-x", "/usr/bin/corosync-qnetd"]),
    server.exec(["systemctl", "is-active", "corosync-qnetd"]),
  ]);
  return {
    name,
    addresses: parseAddresses(addresses.stdout),
    ...clock,
    hasQnetd: program.code === 0,
    isActive: active.stdout.trim() === "active",
  };
}

/**
 * Gives the server its certificate authority and a certificate of its own where it has none, as Debian's package does.
 * Returns true when they were made.
 *
 * @throws HavenError exec.failed
 */
export async function ensureQnetdAuthority(server: NodeAccess): Promise<boolean> {
  const there = await server.exec(["test", "-e", `${qnetdDatabase}/cert9.db`]);
  if (there.code === 0) return false;
  await runThere(server, ["corosync-qnetd-certutil", "-i", "-G"], { timeoutMs: 60_000 });
  // The unit runs it as a user of its own, which has to read these.
  const files = ["", "/cert9.db", "/key4.db"].map((name) => `${qnetdDatabase}${name}`);
  await runThere(server, ["chgrp", "coroqnetd", ...files]);
  return true;
}
