import type { Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { jsonOf } from "../base/json-of.ts";
import type { Log } from "../base/log.ts";
import { firstLine } from "./first-line.ts";
import { peerIdentity } from "./peer-identity.ts";
import { mostAskBytes, type PeerAsk, peerAsk } from "./peer-protocol.ts";

/** The node that asks. */
export interface Peer {
  readonly node: string;
  /** Aborted when it has gone. */
  readonly gone: AbortSignal;
}

/** What a question is answered with: one object, or bytes in both directions after it. */
export interface PeerReply {
  readonly body: unknown;
  /** Runs when the answer was sent, until the connection is to end. */
  readonly stream?: (socket: Socket) => Promise<void>;
}

export interface PeerServerOptions {
  /** PEM: this node's, and the certificate of the cluster's authority. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  readonly port: number;
  /** The address to listen at; all unless given. */
  readonly address?: string | undefined;
  /** The names of the cluster's nodes. */
  readonly members: () => Promise<readonly string[]>;
  /** @throws HavenError which is what the peer is told */
  readonly answer: (ask: PeerAsk, peer: Peer) => Promise<PeerReply>;
  readonly log: Log;
  /** Who connects has so long to show who it is, and again to ask. Default 5000. */
  readonly withinMs?: number | undefined;
}

export interface PeerServer {
  readonly port: number;
  stop(): Promise<void>;
}

const askWithinMs = 5000;
/** Each costs memory. Thirty nodes with a few questions and some consoles each need less. */
const mostConnections = 1000;

/**
 * Answers the daemons of the cluster's other nodes, over mutual TLS at a port of its own: browsers that ask the API are
 * not asked for certificates, and a node's certificate is worth nothing there, as tokens are worth nothing here. One
 * question a connection: a line of JSON, answered by one.
 *
 * @throws Error where the port is taken, or key and certificate are none
 */
export async function servePeers(options: PeerServerOptions): Promise<PeerServer> {
  const { tls, log, withinMs = askWithinMs } = options;
  const open = new Set<Socket>();
  let complaint = "";
  const server = createServer(
    // Who shows nothing, or another cluster's, is let in as far as the check below, which can say what is wrong.
    { ...tls, requestCert: true, rejectUnauthorized: false, handshakeTimeout: withinMs },
    (socket) => {
      const address = addressOf(socket);
      serve(socket, options).catch((error: unknown) => {
        socket.destroy();
        // A scanner must not fill the journal.
        const text = `A connection of ${address} at the nodes' port failed: ${printError(error)}`;
        if (text !== complaint) log.info(text);
        complaint = text;
      });
    },
  );
  server.on("connection", (socket) => {
    if (open.size >= mostConnections) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port, host: options.address }, () => {
      server.off("error", reject);
      server.on("error", (error) => log.warn(`The nodes' port: ${printError(error)}`));
      resolve();
    });
  });
  const at = server.address();
  return {
    port: typeof at === "object" && at !== null ? at.port : options.port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** @throws Error for who is no peer, or does not ask as one does */
async function serve(socket: TLSSocket, options: PeerServerOptions): Promise<void> {
  const { members, tls, answer, log, withinMs = askWithinMs } = options;
  const gone = new AbortController();
  socket.on("close", () => gone.abort());
  const late = setTimeout(() => socket.destroy(), withinMs);
  try {
    const check = { authority: tls.ca, members: await members(), now: Date.now() };
    const identity = peerIdentity(socket.getPeerCertificate()?.raw, check);
    // Both must say yes: TLS has seen that it holds the key, and what the certificate may be used for.
    if (!("node" in identity) || !socket.authorized) {
      const why =
        "why" in identity ? identity.why : `its certificate is refused (${socket.authorizationError})`;
      await send(socket, { ok: false, code: "peer.refused", why });
      socket.end();
      throw new Error(why);
    }
    const { node } = identity;
    const line = await firstLine(socket, { mostBytes: mostAskBytes });
    clearTimeout(late);
    const reply = await replyTo(line, (ask) => answer(ask, { node, gone: gone.signal }));
    if (isHavenError(reply)) {
      log.debug(`${node} is told: ${reply.message}`);
      await send(socket, { ok: false, code: reply.code, why: reply.message });
    } else {
      await send(socket, { ok: true, body: reply.body });
      await reply.stream?.(socket);
    }
    socket.end();
  } finally {
    clearTimeout(late);
  }
}

async function replyTo(
  line: string,
  answer: (ask: PeerAsk) => Promise<PeerReply>,
): Promise<PeerReply | HavenError> {
  const ask = peerAsk.safeParse(jsonOf(line));
  if (!ask.success) {
    return new HavenError("input.invalid", {
      where: "peer",
      expected: "a question of this version of Haven",
    });
  }
  try {
    return await answer(ask.data);
  } catch (error) {
    return isHavenError(error) ? error : new HavenError("internal", { what: printError(error) });
  }
}

/** Resolves when the kernel has it. */
async function send(socket: Socket, answer: unknown): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.write(`${JSON.stringify(answer)}\n`, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function addressOf(socket: Socket): string {
  return socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? "unknown";
}
