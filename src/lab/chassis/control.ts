import { rm } from "node:fs/promises";
import { type ChassisFault, type ChassisSimulator, type FaultMode, faultModes } from "./types.ts";

/** What the control socket tells of a chassis. */
export interface ChassisReport {
  readonly address: string;
  readonly port: number;
  readonly fault: ChassisFault | undefined;
  /** The true state of each slot, by number. */
  readonly states: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** Serves a chassis' control on a unix socket that only its owner may open. */
export async function serveControl(
  path: string,
  simulator: ChassisSimulator,
): Promise<{ close(): Promise<void> }> {
  await rm(path, { force: true });
  const old = process.umask(0o077);
  try {
    const server = Bun.serve({
      unix: path,
      routes: {
        "/": async () => Response.json(await report(simulator)),
        "/requests": () => Response.json(simulator.requests()),
        "/fault": {
          PUT: async (request: Request) => {
            const fault = parseFault(await request.json().catch(() => undefined));
            if (fault === undefined) return new Response("Not a fault\n", { status: 400 });
            simulator.setFault(fault);
            return Response.json(await report(simulator));
          },
          DELETE: async () => {
            simulator.setFault(undefined);
            return Response.json(await report(simulator));
          },
        },
      },
      fetch: () => new Response("Not found\n", { status: 404 }),
    });
    return {
      async close() {
        await server.stop(true);
        await rm(path, { force: true });
      },
    };
  } finally {
    process.umask(old);
  }
}

/** Sets a fault of a running chassis through its control socket; undefined heals it. */
export async function setChassisFault(path: string, fault: ChassisFault | undefined): Promise<ChassisReport> {
  const answer = await fetch("http://chassis/fault", {
    unix: path,
    method: fault === undefined ? "DELETE" : "PUT",
    ...(fault === undefined ? {} : { body: JSON.stringify(fault) }),
  });
  return await reportFrom(answer);
}

/** What a running chassis says of itself through its control socket. */
export async function readChassis(path: string): Promise<ChassisReport> {
  return await reportFrom(await fetch("http://chassis/", { unix: path }));
}

async function reportFrom(answer: Response): Promise<ChassisReport> {
  if (!answer.ok) throw new Error(`The chassis' control answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as ChassisReport;
}

async function report(simulator: ChassisSimulator): Promise<ChassisReport> {
  return {
    address: simulator.address,
    port: simulator.port,
    fault: simulator.fault(),
    states: Object.fromEntries(await simulator.states()),
    requests: simulator.requests().length,
  };
}

/** The fault in a value from outside; undefined when it is none. */
export function parseFault(value: unknown): ChassisFault | undefined {
  if (typeof value !== "object" || value === null || !("mode" in value)) return undefined;
  const { mode, slots, delayMs, value: state } = value as Record<string, unknown>;
  if (!faultModes.includes(mode as FaultMode)) return undefined;
  if (slots !== undefined && !(Array.isArray(slots) && slots.every((slot) => Number.isInteger(slot))))
    return undefined;
  if (delayMs !== undefined && !(typeof delayMs === "number" && delayMs >= 0)) return undefined;
  if (state !== undefined && !Number.isInteger(state)) return undefined;
  return {
    mode: mode as FaultMode,
    ...(slots === undefined ? {} : { slots: slots as readonly number[] }),
    ...(delayMs === undefined ? {} : { delayMs: delayMs as number }),
    ...(state === undefined ? {} : { value: state as number }),
  };
}
