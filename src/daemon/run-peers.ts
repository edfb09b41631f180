import type { Socket } from "node:net";
import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { version } from "../base/version.ts";
import type { BlameFacts } from "../contract/blame-report.ts";
import type { NodeChecks } from "../contract/node-checks.ts";
import { nodeTlsPaths } from "../host/node-certificate.ts";
import type { BlameQuestion } from "../ops/blame-inputs.ts";
import { LibvirtConnections } from "../ops/libvirt-connections.ts";
import type { ClusterMembers } from "./cluster-members.ts";
import type { EventKeeper } from "./event-keeper.ts";
import type { Jobs } from "./jobs.ts";
import { joinSockets } from "./join-sockets.ts";
import { keepServed } from "./keep-served.ts";
import { connectOwnScreen } from "./own-screen.ts";
import type { PeerAsk } from "./peer-protocol.ts";
import { type Peer, type PeerReply, type PeerServerOptions, servePeers } from "./peer-server.ts";
import { tellPeer } from "./tell-peer.ts";

export interface RunPeersOptions {
  readonly port: number;
  readonly address?: string | undefined;
  readonly members: Pick<ClusterMembers, "names">;
  readonly events: Pick<EventKeeper, "page" | "follow">;
  /** Those of this node's API; none where it serves none. */
  readonly jobs?: Pick<Jobs, "get"> | undefined;
  /** Looks at this node. */
  readonly checks?: (() => Promise<NodeChecks>) | undefined;
  /** Says what this node's inputs of the scheduler tell. */
  readonly blame?:
    | ((question: BlameQuestion, signal: AbortSignal) => Promise<BlameFacts | undefined>)
    | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Default: where `haven cluster init` puts them. */
  readonly files?: Readonly<Record<keyof typeof nodeTlsPaths, string>>;
  readonly onServed?: (port: number) => void;
  readonly withinMs?: PeerServerOptions["withinMs"];
  /** What opens a screen of this node's, for tests. */
  readonly openScreen?: typeof ownScreen;
}

/** Answers the daemons of the cluster's other nodes, until the signal comes. Never throws for what it lacks. */
export async function runPeers(options: RunPeersOptions): Promise<void> {
  const { port, address, members, clock, log, signal, onServed, withinMs, files = nodeTlsPaths } = options;
  await keepServed<PeerServerOptions["tls"]>({
    ...{ what: "What other nodes ask", port, clock, log, signal, onServed },
    files: { key: files.key, cert: files.certificate, ca: files.authority },
    serve: (tls) =>
      servePeers({
        ...{ tls, port, address, log, withinMs },
        members: () => members.names(),
        answer: (ask, peer) => answer(ask, peer, options),
      }),
  });
}

/** The screen of a domain of this node's, by its UUID. @throws HavenError, LibvirtError as `connectOwnScreen` */
async function ownScreen(uuid: string, signal: AbortSignal): Promise<Socket> {
  const connections = new LibvirtConnections(signal);
  try {
    return await connectOwnScreen(await connections.open(), uuid);
  } finally {
    await connections.close();
  }
}

/** What a node may ask of another: what has happened, and the screens of the guests that it runs. */
async function answer(
  ask: PeerAsk,
  peer: Peer,
  { events, jobs, checks, blame, clock, openScreen = ownScreen }: RunPeersOptions,
): Promise<PeerReply> {
  switch (ask.ask) {
    case "events":
      return { body: events.page(ask.filter) };
    case "job":
      if (jobs === undefined) throw new HavenError("cib.not-found", { what: "job", name: ask.id });
      return { body: jobs.get(ask.id) };
    case "checks":
      if (checks === undefined) throw new HavenError("cib.not-found", { what: "look at", name: "this node" });
      return { body: await checks() };
    case "hello":
      return { body: { node: hostname(), time: clock.now(), version } };
    case "blame":
      if (blame === undefined)
        throw new HavenError("cib.not-found", { what: "input", name: "of the scheduler" });
      return { body: { facts: await blame(ask, peer.gone) } };
    case "follow": {
      const { after } = ask;
      const { last } = events.page({ limit: 0 });
      return {
        body: { last },
        stream: (socket) => tellPeer(socket, { events, after: after ?? last, clock }),
      };
    }
    case "screen": {
      const screen = await openScreen(ask.uuid, peer.gone);
      // It may have left while the screen was opened.
      if (peer.gone.aborted) screen.destroy();
      peer.gone.addEventListener("abort", () => screen.destroy(), { once: true });
      return { body: {}, stream: (socket) => joinSockets(socket, screen) };
    }
  }
}
