import type { Socket } from "node:dgram";
import { isIP } from "node:net";
import type NetSnmp from "net-snmp";
import type { RequestMessage, User } from "net-snmp";
import { serveControl } from "./control.ts";
import type { DeviceFault } from "./fault.ts";
import { faultyDgram } from "./fault-socket.ts";
import { openRequestLog, type SnmpRequest } from "./request-log.ts";
import { attachResponder, type SnmpRows } from "./responder.ts";

/** A user of SNMP v3. */
export interface SimulatedUser {
  readonly name: string;
  readonly level: "noAuthNoPriv" | "authNoPriv" | "authPriv";
  readonly authProtocol?: "md5" | "sha" | "sha224" | "sha256" | "sha384" | "sha512";
  readonly authKey?: string;
  readonly privProtocol?: "des" | "aes" | "aes256b" | "aes256r";
  readonly privKey?: string;
  /** May switch; default true. */
  readonly write?: boolean;
}

/** Where a device listens, and whom it knows. */
export interface SnmpDeviceOptions {
  /** The address it listens on. */
  readonly address: string;
  /** Default 161; 0 takes a free one. */
  readonly port?: number;
  /** Communities that may read and write, for v1 and v2c. */
  readonly communities?: readonly string[];
  /** Communities that may only read. */
  readonly readCommunities?: readonly string[];
  readonly users?: readonly SimulatedUser[];
  /** One JSON line for each request is added to this file. */
  readonly logPath?: string;
  /** A unix socket on which faults are set while it runs. */
  readonly controlPath?: string;
}

/** A running device. */
export interface SnmpDevice {
  readonly address: string;
  readonly port: number;
  /** The requests so far, oldest first; at most the last 10,000. */
  requests(): readonly SnmpRequest[];
  /** Sets how it misbehaves; undefined heals it. */
  setFault(fault: DeviceFault | undefined): void;
  fault(): DeviceFault | undefined;
  /** The state of each row as the device tells it without a fault. */
  states(): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/**
 * Puts switched rows on the network: a device that answers SNMP v1, v2c and v3. Resolves when it listens.
 *
 * @throws Error when the address cannot be bound
 */
export async function startSnmpDevice(options: SnmpDeviceOptions, rows: SnmpRows): Promise<SnmpDevice> {
  const { default: library } = await import("net-snmp");
  const log = await openRequestLog(options.logPath);
  const socket = Promise.withResolvers<Socket>();
  const agent = library.createAgent(
    {
      address: options.address,
      port: 161,
      transport: isIP(options.address) === 6 ? "udp6" : "udp4",
      // The library reads port 0 as 161, so the socket binds itself.
      dgramModule: faultyDgram(() => rows.fault, options.port ?? 161, socket.resolve),
    },
    // Refused communities and users end here; they get no answer.
    () => undefined,
  );
  for (const community of [...(options.communities ?? []), ...(options.readCommunities ?? [])]) {
    agent.getAuthorizer().addCommunity(community);
  }
  for (const user of options.users ?? []) agent.getAuthorizer().addUser(toUser(library, user));
  attachResponder(agent, {
    library,
    rows,
    mayWrite: (message) => mayWrite(message, options),
    record: (request) => log.add(request),
  });
  const port = await listening(await socket.promise);
  return await control(options, {
    address: options.address,
    port,
    requests: () => log.requests,
    fault: () => rows.fault,
    setFault: (fault) => rows.setFault(fault),
    async states() {
      const states = new Map<number, number>();
      for (const row of rows.rows) states.set(row, await rows.state(row));
      return states;
    },
    async close() {
      agent.close();
      await rows.idle();
      await log.close();
    },
  });
}

/** Adds the control socket, which goes when the device does. */
async function control({ controlPath }: SnmpDeviceOptions, device: SnmpDevice): Promise<SnmpDevice> {
  if (controlPath === undefined) return device;
  const server = await serveControl(controlPath, device);
  return {
    ...device,
    async close() {
      await server.close();
      await device.close();
    },
  };
}

function mayWrite({ community, user }: RequestMessage, options: SnmpDeviceOptions): boolean {
  if (user !== undefined) return options.users?.find(({ name }) => name === user.name)?.write !== false;
  return options.communities?.includes(community ?? "") ?? false;
}

function toUser(library: typeof NetSnmp, user: SimulatedUser): User {
  const { SecurityLevel, AuthProtocols, PrivProtocols } = library;
  const authProtocol = AuthProtocols[user.authProtocol ?? "sha"];
  const privProtocol = PrivProtocols[user.privProtocol ?? "aes"];
  return {
    name: user.name,
    level: SecurityLevel[user.level] ?? 1,
    ...(user.authKey === undefined || authProtocol === undefined
      ? {}
      : { authProtocol, authKey: user.authKey }),
    ...(user.privKey === undefined || privProtocol === undefined
      ? {}
      : { privProtocol, privKey: user.privKey }),
  };
}

/** The port a socket got; rejects when it cannot be bound. */
function listening(socket: Socket): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  socket.once("listening", () => resolve(socket.address().port));
  socket.once("error", reject);
  try {
    resolve(socket.address().port);
  } catch {
    // Not bound yet.
  }
  return promise;
}
