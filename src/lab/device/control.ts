import { rm } from "node:fs/promises";
import { type DeviceFault, type FaultMode, parseFault } from "./fault.ts";
import type { SnmpRequest } from "./request-log.ts";

/** What the control socket tells of a device. */
export interface DeviceReport {
  readonly address: string;
  readonly port: number;
  readonly fault: DeviceFault | undefined;
  /** The true state of each row, by number. */
  readonly states: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** A device as its control sees it. */
export interface ControlledDevice {
  readonly address: string;
  readonly port: number;
  /** The faults that it can have; all unless said. */
  readonly faults?: readonly FaultMode[];
  fault(): DeviceFault | undefined;
  setFault(fault: DeviceFault | undefined): void;
  states(): Promise<ReadonlyMap<number, number>>;
  requests(): readonly SnmpRequest[];
}

/**
 * Serves a device's control on a unix socket that only its owner may open.
 *
 * @param more Paths of the device's own
 */
export async function serveControl(
  path: string,
  device: ControlledDevice,
  more: Readonly<Record<string, Readonly<Record<string, (request: Request) => Promise<Response>>>>> = {},
): Promise<{ close(): Promise<void> }> {
  await rm(path, { force: true });
  const old = process.umask(0o077);
  try {
    const server = Bun.serve({
      unix: path,
      routes: {
        ...more,
        "/": async () => Response.json(await report(device)),
        "/requests": () => Response.json(device.requests()),
        "/fault": {
          PUT: async (request: Request) => {
            const fault = parseFault(await request.json().catch(() => undefined));
            if (fault === undefined || device.faults?.includes(fault.mode) === false)
              return new Response("Not a fault\n", { status: 400 });
            device.setFault(fault);
            return Response.json(await report(device));
          },
          DELETE: async () => {
            device.setFault(undefined);
            return Response.json(await report(device));
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

/** Sets a fault of a running device through its control socket; undefined heals it. */
export async function setDeviceFault(path: string, fault: DeviceFault | undefined): Promise<DeviceReport> {
  const answer = await fetch("http://device/fault", {
    unix: path,
    method: fault === undefined ? "DELETE" : "PUT",
    ...(fault === undefined ? {} : { body: JSON.stringify(fault) }),
  });
  return await reportFrom(answer);
}

/** What a running device says of itself through its control socket. */
export async function readDevice(path: string): Promise<DeviceReport> {
  return await reportFrom(await fetch("http://device/", { unix: path }));
}

async function reportFrom(answer: Response): Promise<DeviceReport> {
  if (!answer.ok) throw new Error(`The device's control answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as DeviceReport;
}

async function report(device: ControlledDevice): Promise<DeviceReport> {
  return {
    address: device.address,
    port: device.port,
    fault: device.fault(),
    states: Object.fromEntries(await device.states()),
    requests: device.requests().length,
  };
}
