import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { nodeTlsPaths } from "../host/node-certificate.ts";
import type { ClusterMembers } from "./cluster-members.ts";
import type { EventKeeper } from "./event-keeper.ts";
import { keepServed } from "./keep-served.ts";
import type { PeerAsk } from "./peer-protocol.ts";
import { type PeerReply, type PeerServerOptions, servePeers } from "./peer-server.ts";

export interface RunPeersOptions {
  readonly port: number;
  readonly address?: string | undefined;
  readonly members: Pick<ClusterMembers, "names">;
  readonly events: Pick<EventKeeper, "page">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Default: where `haven cluster init` puts them. */
  readonly files?: Readonly<Record<keyof typeof nodeTlsPaths, string>>;
  readonly onServed?: (port: number) => void;
  readonly withinMs?: PeerServerOptions["withinMs"];
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
        answer: (ask) => answer(ask, options),
      }),
  });
}

/** What a node may ask of another. Nothing of it changes anything. */
async function answer(ask: PeerAsk, { events }: RunPeersOptions): Promise<PeerReply> {
  switch (ask.ask) {
    case "events":
      return { body: events.page(ask.filter) };
  }
}
