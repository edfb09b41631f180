import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { daemonSocket } from "../base/daemon-socket.ts";
import { eventsPath } from "../base/event-folders.ts";
import { guestFolder } from "../base/guest-folder.ts";
import type { Log } from "../base/log.ts";
import { version } from "../base/version.ts";
import { type HavenEvent, isAudit } from "../contract/event.ts";
import { ChannelHub } from "../guest/channel-hub.ts";
import { EventMerger } from "../history/merge-events.ts";
import { askUps } from "../host/ask-ups.ts";
import type { LinkStatus } from "../pacemaker/links.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { Arrivals } from "./arrivals.ts";
import { blameElsewhere } from "./blame-elsewhere.ts";
import { ChangeStreams } from "./change-streams.ts";
import { ChecksElsewhere } from "./checks-elsewhere.ts";
import { watchCib } from "./cib-watcher.ts";
import { ClusterAnswers } from "./cluster-answers.ts";
import { ClusterEvents } from "./cluster-events.ts";
import { ClusterMembers } from "./cluster-members.ts";
import { ClusterVms } from "./cluster-vms.ts";
import { DomainHearer } from "./domain-hearer.ts";
import { domainStateOf } from "./domain-state-of.ts";
import { EventKeeper } from "./event-keeper.ts";
import { FollowPeers } from "./follow-peers.ts";
import { GoneReporter } from "./gone-reporter.ts";
import { guestHandlers } from "./guest-handlers.ts";
import { watchHeartbeats } from "./heartbeat-watch.ts";
import { Heartbeats } from "./heartbeats.ts";
import { JobsElsewhere } from "./jobs-elsewhere.ts";
import { watchLibvirt } from "./libvirt-watcher.ts";
import { watchLinks } from "./link-watch.ts";
import { serveLocally } from "./local-server.ts";
import { Metrics } from "./metrics/metrics.ts";
import { vmsWantedOn } from "./metrics/vms-wanted-on.ts";
import { Notifier } from "./notifier.ts";
import { PeerClient } from "./peer-client.ts";
import { PowerWatch } from "./power-watch.ts";
import { apiJobs, runApi } from "./run-api.ts";
import { runPeers } from "./run-peers.ts";
import { sharedLook } from "./shared-look.ts";
import { StatusKeeper } from "./status-keeper.ts";
import { throttled } from "./throttled.ts";

export interface DaemonOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the daemon is to end. */
  readonly signal: AbortSignal;
  /** Where the API is served to others; undefined: nowhere. */
  readonly api: { readonly port: number; readonly address: string | undefined } | undefined;
  /** The port at which the daemons of other nodes are answered; undefined: none. */
  readonly peerPort: number | undefined;
}

/** Listeners are told of changes at most so often. */
const tellEveryMs = 50;

/**
 * Haven's daemon on a node: hears Pacemaker and libvirt, keeps the cluster's state in memory for who asks, and tells
 * Pacemaker at once of a VM that is gone. Nothing depends on it: without it the agents do all they do, and the command
 * line asks Pacemaker itself.
 *
 * @returns when the signal came and everything is closed
 * @throws HavenError daemon.running
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { clock, log, signal, api, peerPort } = options;
  const pacemaker = livePacemaker({ signal });
  const node = hostname();
  let links: readonly LinkStatus[] | undefined;
  const keeper = new StatusKeeper({
    ...{ clock, signal },
    pacemaker: {
      status: (call) => pacemaker.status(call),
      queryCib: (query) => pacemaker.queryCib(query),
      quorum: (call) => pacemaker.quorum(call),
      // Their watch asks often enough, and says when one has changed.
      links: async (call) => links ?? (await pacemaker.links(call)),
    },
  });
  const merger = new EventMerger();
  // What several nodes are told of is told once to who listens.
  const told = (from: string, event: HavenEvent): void => {
    for (const one of merger.add([{ node: from, events: [event] }])) {
      changes.tell("happened", JSON.stringify(one), isAudit(one.kind) ? "admins" : "all");
    }
  };
  const changes = new ChangeStreams((count) => others.listeners(count));
  const vms = new ClusterVms();
  const answers = new ClusterAnswers(keeper, clock);
  const heartbeats = new Heartbeats(clock);
  const metrics = new Metrics({
    ...{ node, answers, heartbeats, clock },
    ranOn: (lost) => vmsWantedOn(lost, keeper.last?.status),
  });
  const events = new EventKeeper({
    ...{ path: eventsPath, node, clock, log, signal },
    onEvent: (event) => {
      metrics.heard(event);
      told(node, event);
      notifier.heard();
    },
  });
  const notifier = new Notifier({
    ...{ path: eventsPath, node, vms, clock, log, signal },
    current: () => keeper.current(),
    record: (event) => events.record(event),
  });
  const about = { node, since: new Date(clock.now()).toISOString() };
  const members = new ClusterMembers(keeper);
  const peers = new PeerClient();
  const checksElsewhere = new ChecksElsewhere({ node, members, peers });
  const jobs = apiJobs({ clock, log, changes });
  const others = new FollowPeers({ ...{ node, members, peers, clock, log, signal }, onEvent: told });
  const clusterEvents = new ClusterEvents({ node, events, members, peers });
  const local = { path: daemonSocket, about, answers, changes, events: clusterEvents, log };
  const stop = await serveLocally(local);
  const reporter = new GoneReporter({
    ...{ node, pacemaker, clock, log },
    current: () => keeper.current(),
    vms,
    onOutcome: ({ vm, resource, reported, why }) => {
      if (!reported) return;
      const text = `${vm} has ended on ${node}, ${why}: told Pacemaker`;
      events.record({ kind: "vm.gone", vm, subject: resource, text });
    },
  });
  const arrivals = new Arrivals({ node, keeper, vms, clock, log, signal });
  const domains = new DomainHearer({ keeper, vms, arrivals, reporter, heartbeats, events });
  const guests = new ChannelHub({
    ...guestHandlers({ keeper, vms, pacemaker, events, heartbeats, clock, log, signal }),
    ...{ folder: guestFolder, clock, log, signal },
  });
  const power = new PowerWatch({
    ...{ node, pacemaker, events, clock, log, signal },
    coordinator: async () => (await keeper.current()).status.dc?.name,
    askUps: (name) => askUps(name, { signal }),
  });
  const tell = throttled(() => changes.tell("changed", "{}"), { everyMs: tellEveryMs, clock, signal });
  log.info(`Haven ${version} runs on ${node}`);
  events.record({ kind: "daemon.started", text: `Haven's daemon ${version} has started on ${node}` });
  await Promise.all([
    watchCib({
      ...{ clock, log, signal },
      onChange: () => {
        keeper.changed();
        power.changed();
        tell();
      },
      onLost: () => {
        keeper.lost();
        power.changed();
        tell();
      },
    }),
    watchLibvirt({
      ...{ clock, log, signal, uri: "qemu:///system" },
      onHeard: () => heartbeats.excuse(),
      onEvent: (event, libvirt) => domains.heard(event, libvirt),
    }),
    events.run(),
    watchLinks({
      ...{ node, pacemaker, keeper, events, clock, log, signal },
      onLooked: (found) => {
        links = found;
      },
    }),
    guests.run(),
    watchHeartbeats({
      ...{ node, heartbeats, keeper, vms, pacemaker, events, domainStateOf, clock, log, signal },
      isConnected: (vm) => guests.channels().some((one) => one.vm === vm && one.isConnected),
    }),
    notifier.run(),
    power.run(),
    api === undefined
      ? undefined
      : runApi({
          ...{ ...api, about, answers, events: clusterEvents, history: events, peers, metrics },
          ...{ keeper, changes, jobs, clock, log, signal },
          jobsElsewhere: new JobsElsewhere({ node, members, peers }),
          checksElsewhere,
          elsewhere: {
            nodes: () => members.names(),
            blame: (name, question, gone) => blameElsewhere(peers, name, question, gone),
          },
        }),
    peerPort === undefined
      ? undefined
      : runPeers({
          ...{ port: peerPort, members, events, jobs, clock, log, signal },
          checks: sharedLook(async () => {
            const { nodeChecks } = await import("../ops/node-checks.ts");
            const asked = { pacemaker, clock, isLive: true, signal };
            return await nodeChecks(asked, { hello: (name, until) => checksElsewhere.hello(name, until) });
          }),
          blame: async (question, gone) => {
            const { blameInputs } = await import("../ops/blame-inputs.ts");
            const progress = (): void => undefined;
            const world = { pacemaker, progress, signal: AbortSignal.any([gone, signal]) };
            return await blameInputs(world, { node, ...question });
          },
        }),
  ]);
  changes.close();
  await stop();
  log.info("Haven's daemon has ended; VMs run on");
}
