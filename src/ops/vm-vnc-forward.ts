import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { hostname } from "node:os";
import { HavenError, printError } from "../base/errors.ts";
import { type Pipe, spawnPipe } from "../base/exec.ts";
import { sshOptions } from "../host/ssh-options.ts";
import type { Environment } from "./environment.ts";
import { type VncPlace, vmVnc } from "./vm-vnc.ts";

export interface VmVncForwardOptions {
  readonly name: string;
  /** The port on this node's 127.0.0.1; a free one unless given. */
  readonly port?: number;
  /** Runs when the port is open. */
  readonly onOpen: (place: VncPlace, port: number) => void;
  /** Hears of connections that could not be carried. */
  readonly onProblem: (text: string) => void;
  /** Ends the forwarding. */
  readonly until: AbortSignal;
}

/**
 * Opens a port on this node, and carries what connects to it to the VM's screen, until `until` is aborted. Each
 * connection goes where the VM is at that time, so that after a migration a viewer only has to connect again. A screen
 * that is served on its own node's loopback alone is reached through SSH (`ssh -W`), as whoever runs this; one that
 * is served to the network is connected to as it is.
 *
 * @throws HavenError what vmVnc throws; input.invalid when the port is taken
 */
export async function vmVncForward(environment: Environment, options: VmVncForwardOptions): Promise<void> {
  const place = await vmVnc(environment, options);
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    carry(environment, options, client).catch((error: unknown) => {
      client.destroy();
      if (!options.until.aborted) options.onProblem(printError(error));
    });
  });
  const port = await listen(server, options.port ?? 0);
  try {
    options.onOpen(place, port);
    await new Promise<void>((resolve) => {
      if (options.until.aborted) resolve();
      else options.until.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    server.close();
    for (const client of clients) client.destroy();
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      const why = "code" in error && error.code === "EADDRINUSE" ? "one that is taken" : error.message;
      reject(new HavenError("input.invalid", { where: `Port ${port}`, found: why, expected: "a free port" }));
    });
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** One viewer's connection, until one side has ended it. */
async function carry(environment: Environment, options: VmVncForwardOptions, client: Socket): Promise<void> {
  // Nothing is read before there is somewhere to send it.
  client.pause();
  const place = await vmVnc(environment, options);
  if (place.node === hostname() || place.remote) await throughNetwork(place, client);
  else await throughSsh(place, client);
}

/** An address that means all of a node's is none to connect to. */
function hostOf({ node, address }: VncPlace): string {
  const own = node === hostname();
  if (address === "0.0.0.0" || address === "::") return own ? "localhost" : node;
  return address;
}

async function throughNetwork(place: VncPlace, client: Socket): Promise<void> {
  const host = hostOf(place);
  const screen = netConnect({ host, port: place.port });
  await new Promise<void>((resolve, reject) => {
    screen.once("error", (cause) => {
      reject(
        new HavenError(
          "vm.failed",
          { name: place.name, why: `has a screen at ${host}:${place.port} that does not answer` },
          { cause },
        ),
      );
    });
    screen.once("close", () => resolve());
    client.once("close", () => screen.destroy());
    client.on("error", () => screen.destroy());
    client.pipe(screen).pipe(client);
  });
  client.end();
}

/** The words that have SSH carry standard input and output to the screen. */
export function sshWords({ node, address, port }: VncPlace): readonly string[] {
  const host = address.includes(":") ? `[${address}]` : address;
  return ["ssh", ...sshOptions, "-W", `${host}:${port}`, "--", node];
}

async function throughSsh(place: VncPlace, client: Socket): Promise<void> {
  const ssh = spawnPipe(sshWords(place));
  let viewerLeft = false;
  const leave = (): void => {
    viewerLeft = true;
    ssh.kill();
  };
  client.on("close", leave).on("error", leave);
  void send(client, ssh);
  await receive(ssh, client);
  client.off("close", leave);
  client.destroySoon();
  const { code, stderr } = await ssh.ended;
  if (viewerLeft || code === 0) return;
  const { name, node, address, port } = place;
  throw new HavenError("vm.failed", {
    name,
    why: `has its screen on ${node}, which SSH does not reach: ${stderr.split("\n").at(-1) ?? ""}`,
    hint: `Have ${node}'s host key and this user's key known, as for: ssh ${node} true; or forward it from where you sit: ${fromDesk({ node, address, port })}`,
  });
}

/** What brings a screen to the machine that somebody sits at. */
export function fromDesk({ node, address, port }: Pick<VncPlace, "node" | "address" | "port">): string {
  return `ssh -N -L ${port}:${address}:${port} root@${node}`;
}

async function send(client: Socket, ssh: Pipe): Promise<void> {
  try {
    for await (const chunk of client as AsyncIterable<Uint8Array>) await ssh.write(chunk);
  } catch {
    // The viewer went away.
  }
  ssh.end();
}

async function receive(ssh: Pipe, client: Socket): Promise<void> {
  for await (const chunk of ssh.output) {
    if (client.destroyed) return;
    if (!client.write(chunk))
      await new Promise<void>((resolve) => {
        client.once("drain", () => resolve());
        client.once("close", () => resolve());
      });
  }
  client.end();
}
