import { readFile } from "node:fs/promises";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { HavenError } from "../base/errors.ts";
import { jsonOf } from "../base/json-of.ts";
import { peerPort } from "../contract/daemon-paths.ts";
import { nodeTlsPaths } from "../host/node-certificate.ts";
import { firstLine } from "./first-line.ts";
import { mostAnswerBytes, type PeerAsk, peerAnswer } from "./peer-protocol.ts";

export interface PeerClientOptions {
  readonly port?: number;
  /** Default: where `haven cluster init` puts this node's. */
  readonly files?: typeof nodeTlsPaths | Readonly<Record<keyof typeof nodeTlsPaths, string>>;
  /** Where a node is reached, for tests. Default: by its name, as its libvirt is. */
  readonly hostOf?: (node: string) => string;
  /** A node that is dead is waited for so long. */
  readonly connectMs?: number;
  /** And one that has taken the question so long for the answer. Default: as long as what is asked for may take. */
  readonly answerMs?: number;
}

/** A screen is connected with when its server has greeted, which many may wait for. */
const patientMs = 12_000;
const patience: { readonly [ask in PeerAsk["ask"]]?: number } = {
  screen: patientMs,
  // Each look has its time; all together end within this.
  checks: 25_000,
  // It asks the scheduler again and again.
  blame: 120_000,
};

/** Asks the daemons of the cluster's other nodes, showing this node's certificate and checking theirs. */
export class PeerClient {
  constructor(private readonly options: PeerClientOptions = {}) {}

  /** The answer's body. @throws HavenError peer.silent, peer.refused, interrupted */
  async ask(node: string, ask: PeerAsk, signal?: AbortSignal): Promise<unknown> {
    const { body, socket } = await this.open(node, ask, signal);
    socket.destroy();
    return body;
  }

  /**
   * Asks for what goes on after the answer: the connection is paused, with all that follows the answer still to be read.
   *
   * @throws HavenError peer.silent, peer.refused, interrupted
   */
  async open(
    node: string,
    ask: PeerAsk,
    signal?: AbortSignal,
  ): Promise<{ readonly body: unknown; readonly socket: TLSSocket }> {
    const usual = patience[ask.ask] ?? 4000;
    const { connectMs = 2000, answerMs = usual } = this.options;
    const socket = connect(await this.#identity(node));
    socket.setNoDelay(true);
    let late: string | undefined;
    const within = (ms: number): NodeJS.Timeout =>
      setTimeout(() => {
        late = `it does not answer within ${ms / 1000} s`;
        socket.destroy();
      }, ms);
    const stop = (): void => void socket.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    let timer = within(connectMs);
    let line: string;
    try {
      await secured(socket);
      clearTimeout(timer);
      timer = within(answerMs);
      socket.write(`${JSON.stringify(ask)}\n`);
      line = await firstLine(socket, { mostBytes: mostAnswerBytes });
    } catch (error) {
      socket.destroy();
      if (signal?.aborted) throw new HavenError("interrupted");
      throw new HavenError("peer.silent", { node, why: late ?? reasonOf(error) });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
    const { data: answer } = peerAnswer.safeParse(jsonOf(line));
    if (answer?.ok === true) return { body: answer.body, socket };
    socket.destroy();
    if (answer === undefined) throw new HavenError("peer.silent", { node, why: "its answer cannot be read" });
    throw new HavenError("peer.refused", { node, why: answer.why, reason: answer.code });
  }

  async #identity(node: string): Promise<ConnectionOptions> {
    const { files = nodeTlsPaths, hostOf = (name) => name, port = peerPort } = this.options;
    try {
      const [key, cert, ca] = await Promise.all(
        [files.key, files.certificate, files.authority].map((path) => readFile(path, "utf8")),
      );
      // By its name alone: who answers at its address must show a certificate of that name.
      return { host: hostOf(node), port, servername: node, key, cert, ca, rejectUnauthorized: true };
    } catch {
      throw new HavenError("peer.silent", { node, why: "this node has no certificate to show" });
    }
  }
}

function secured(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("it was closed")));
    // What comes later must not be nobody's.
    socket.on("error", () => undefined);
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED" || code === "EHOSTUNREACH") return "nothing of it answers";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "its name is not known here";
  return error.message;
}
