import type { Socket } from "node:dgram";
import { type FileHandle, open } from "node:fs/promises";
import { isIP } from "node:net";
import type NetSnmp from "net-snmp";
import type { RequestMessage, User } from "net-snmp";
import { chassisSignatures } from "../../power/chassis-table.ts";
import { serveControl } from "./control.ts";
import { faultyDgram } from "./fault-socket.ts";
import { attachResponder } from "./responder.ts";
import { SimulatedSlots } from "./slots.ts";
import type { ChassisRequest, ChassisSimulator, ChassisSimulatorOptions, SimulatedUser } from "./types.ts";

const maxRequestsKept = 10_000;

/**
 * Starts a simulated BladeCenter or Flex System management module that answers SNMP v1, v2c and v3, and switches
 * the servers it was given. Resolves when it listens.
 *
 * @throws Error when the address cannot be bound
 */
export async function startChassisSimulator(options: ChassisSimulatorOptions): Promise<ChassisSimulator> {
  const { default: library } = await import("net-snmp");
  const slots = new SimulatedSlots(options.slots, options.hooks, (error) => {
    process.stderr.write(`chassis: ${String(error)}\n`);
  });
  const log = await openLog(options.logPath);
  const socket = Promise.withResolvers<Socket>();
  const agent = library.createAgent(
    {
      address: options.address,
      port: 161,
      transport: isIP(options.address) === 6 ? "udp6" : "udp4",
      // The library reads port 0 as 161, so the socket binds itself.
      dgramModule: faultyDgram(() => slots.fault, options.port ?? 161, socket.resolve),
    },
    // Refused communities and users end here; they get no answer.
    () => undefined,
  );
  for (const community of [...(options.communities ?? []), ...(options.readCommunities ?? [])]) {
    agent.getAuthorizer().addCommunity(community);
  }
  for (const user of options.users ?? []) agent.getAuthorizer().addUser(toUser(library, user));
  const signature = options.signature ?? chassisSignatures[options.model];
  attachResponder(agent, {
    library,
    signature,
    slots,
    mayWrite: (message) => mayWrite(message, options),
    record: (request) => log.add(request),
  });
  const port = await listening(await socket.promise);
  return await control(options, {
    address: options.address,
    port,
    requests: () => log.requests,
    fault: () => slots.fault,
    setFault(fault) {
      slots.fault = fault;
      slots.forgetLies();
    },
    relabel: (slot, label) => slots.relabel(slot, label),
    async states() {
      const states = new Map<number, number>();
      for (const row of slots.rows) states.set(row, await slots.state(row));
      return states;
    },
    async close() {
      agent.close();
      await slots.idle();
      await log.close();
    },
  });
}

/** Adds the control socket, which goes when the chassis does. */
async function control(
  { controlPath }: ChassisSimulatorOptions,
  simulator: ChassisSimulator,
): Promise<ChassisSimulator> {
  if (controlPath === undefined) return simulator;
  const server = await serveControl(controlPath, simulator);
  return {
    ...simulator,
    async close() {
      await server.close();
      await simulator.close();
    },
  };
}

function mayWrite({ community, user }: RequestMessage, options: ChassisSimulatorOptions): boolean {
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

interface RequestLog {
  readonly requests: readonly ChassisRequest[];
  add(request: ChassisRequest): void;
  close(): Promise<void>;
}

async function openLog(path: string | undefined): Promise<RequestLog> {
  const file: FileHandle | undefined = path === undefined ? undefined : await open(path, "a", 0o640);
  const requests: ChassisRequest[] = [];
  let written: Promise<unknown> = Promise.resolve();
  return {
    requests,
    add(request) {
      requests.push(request);
      if (requests.length > maxRequestsKept) requests.shift();
      // Communities stand in the log: it is a lab's, and tests read who asked.
      written = written
        .then(() => file?.appendFile(`${JSON.stringify(request)}\n`))
        .catch((error: unknown) => process.stderr.write(`chassis: ${String(error)}\n`));
    },
    async close() {
      await written;
      await file?.close();
    },
  };
}
