import type { Clock } from "../base/clock.ts";
import { printError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { EventKind, HavenEvent } from "../contract/event.ts";
import { NoticeStore } from "../history/notice-store.ts";
import { composeMail } from "../notify/compose-mail.ts";
import type { Delivery } from "../notify/delivery.ts";
import { fenceTeller, isHeardEverywhere } from "../notify/fence-teller.ts";
import { destinationText, type NoticeDestination, readDestination } from "../notify/notice-destination.ts";
import { sendMail } from "../notify/send-mail.ts";
import { sendWebhook, webhookBodyOf } from "../notify/send-webhook.ts";
import { Alarm } from "./alarm.ts";
import type { ClusterVms } from "./cluster-vms.ts";
import { NoticeChannel, type NoticePace, oldestNoticeMs } from "./notice-channel.ts";
import { NoticeWorld } from "./notice-world.ts";
import type { Snapshot } from "./status-keeper.ts";

/** What the daemon knows of the cluster. */
type ClusterView = Pick<Snapshot, "configuration"> & {
  readonly status: {
    readonly nodes: readonly { readonly name: string; readonly online: boolean; readonly dc: boolean }[];
  };
};

export interface NotifierOptions {
  /** The database of events. */
  readonly path: string;
  /** This node's name. */
  readonly node: string;
  readonly vms: Pick<ClusterVms, "all">;
  /** What the cluster is like. @throws HavenError where Pacemaker does not answer */
  readonly current: () => Promise<ClusterView>;
  /** Remembers something. */
  readonly record: (event: { readonly kind: EventKind; readonly text: string }) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly paces?: { readonly mail: NoticePace; readonly webhook: NoticePace };
}

const defaultPaces = {
  mail: { gapMs: 30_000, busyGapMs: 60_000, most: 1000 },
  webhook: { gapMs: 0, busyGapMs: 1000, most: 100 },
} as const;

const lookEveryMs = 15_000;
const mostAtOnce = 500;
/** So long a fencing is left to the node that is to tell of it, before it is asked whether that node has died. */
const tellerMs = 60_000;
const later: NoticeDestination = { later: true };

/**
 * Tells people and programs what has happened on this node, by mail and webhooks, as the cluster's settings and the VMs'
 * specifications say. To whom an event goes is decided once and kept in the database of events until it was told, so
 * that an end of the daemon neither loses nor repeats it. Without this nothing else is different.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #world: NoticeWorld;
  readonly #channels = new Map<string, NoticeChannel>();
  readonly #running: Promise<void>[] = [];
  readonly #alarm = new Alarm();
  /** Fencings that another node should tell of. */
  readonly #later = new Map<number, HavenEvent>();
  #store: NoticeStore | undefined;
  #isKnown = false;
  #complaint = "";

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#world = new NoticeWorld(options.vms);
  }

  /** Something was taken into the history. */
  heard(): void {
    this.#alarm.ring();
  }

  /** Tells until the signal comes. */
  async run(): Promise<void> {
    const { clock, signal } = this.#options;
    while (!signal.aborted) {
      await this.#look();
      await this.#alarm.wait(lookEveryMs, clock, signal);
    }
    await Promise.all(this.#running);
    this.#store?.close();
  }

  async #look(): Promise<void> {
    try {
      const store = this.#open();
      for (;;) {
        const events = store.undecided(mostAtOnce);
        if (events.length === 0 && this.#later.size === 0) break;
        const view = await this.#view();
        if (view === undefined && !this.#isKnown) break;
        for (const event of events) await this.#decide(store, event);
        if (view !== undefined) await this.#decideLater(store, view);
        if (events.length < mostAtOnce) break;
      }
      this.#complaint = "";
    } catch (error) {
      this.#complain(`Nobody is told of what happens: ${printError(error)}`);
    }
  }

  #open(): NoticeStore {
    if (this.#store !== undefined) return this.#store;
    const store = NoticeStore.open(this.#options.path, this.#options.clock.now());
    this.#store = store;
    for (const { destination, event } of store.pending()) this.#hand(store, destination, event);
    return store;
  }

  /** What the cluster is like, whose settings count from now on; undefined where that cannot be known. */
  async #view(): Promise<ClusterView | undefined> {
    let view: ClusterView;
    try {
      view = await this.#options.current();
    } catch {
      return undefined;
    }
    try {
      await this.#world.use(view.configuration);
    } catch (error) {
      this.#options.log.warn(`Mail and webhooks are as they were before: ${printError(error)}`);
    }
    this.#isKnown = true;
    return view;
  }

  async #decide(store: NoticeStore, event: HavenEvent): Promise<void> {
    const { node, clock } = this.#options;
    const isOld = event.time < clock.now() - oldestNoticeMs;
    const isOurs = !isHeardEverywhere(event.kind) || fenceTeller(event) === node;
    const destinations =
      isOld || store.isToldAgain(event) ? [] : isOurs ? await this.#world.routes(event) : [later];
    const texts = destinations.map(destinationText);
    store.decide(event.id, texts);
    for (const text of texts) this.#hand(store, text, event);
  }

  /** Fencings whose teller has died meanwhile are told by the node that coordinates the cluster now. */
  async #decideLater(store: NoticeStore, { status }: ClusterView): Promise<void> {
    const { node, clock } = this.#options;
    for (const event of [...this.#later.values()]) {
      const age = clock.now() - event.time;
      if (age < tellerMs) continue;
      const teller = fenceTeller(event);
      const isTold = status.nodes.some(({ name, online }) => name === teller && online);
      const isOurs = status.nodes.some(({ name, dc }) => name === node && dc);
      const texts =
        isTold || !isOurs || age > oldestNoticeMs
          ? []
          : (await this.#world.routes(event)).map(destinationText);
      store.decide(event.id, texts);
      store.done(destinationText(later), [event.id]);
      this.#later.delete(event.id);
      for (const text of texts) this.#hand(store, text, event);
    }
  }

  #hand(store: NoticeStore, text: string, event: HavenEvent): void {
    const destination = readDestination(text);
    if (destination === undefined) return;
    if ("later" in destination) this.#later.set(event.id, event);
    else this.#channel(store, destination).add(text, event);
  }

  #channel(store: NoticeStore, destination: NoticeDestination): NoticeChannel {
    const { clock, log, signal, paces = defaultPaces, record } = this.#options;
    const key = "webhook" in destination ? destination.webhook : "mail";
    const found = this.#channels.get(key);
    if (found !== undefined) return found;
    const name = "webhook" in destination ? `The webhook at ${new URL(key).host}` : "Mail";
    const channel = new NoticeChannel({
      ...{ name, clock, log, signal, pace: "webhook" in destination ? paces.webhook : paces.mail },
      send: (text, events, missed) => this.#send(text, events, missed),
      onDone: (text, events) => this.#done(store, text, events),
      onUnsent: (count, why) =>
        record({
          kind: "notice.unsent",
          text: `${name}: ${count} event${count === 1 ? "" : "s"} could not be sent: ${why}`,
        }),
    });
    this.#channels.set(key, channel);
    this.#running.push(channel.run());
    return channel;
  }

  async #send(text: string, events: readonly HavenEvent[], missed: number): Promise<Delivery | undefined> {
    const { node: sender, clock } = this.#options;
    // A server that was wrong in the settings may be right by now.
    await this.#view();
    if (!this.#isKnown) return { outcome: "later", answer: "the cluster's settings are not known yet" };
    const { settings, cluster } = this.#world;
    const destination = readDestination(text);
    if (destination === undefined || "later" in destination) return undefined;
    if ("webhook" in destination) {
      const webhook = settings.webhooks?.find(({ url }) => url === destination.webhook);
      if (webhook === undefined) return undefined;
      return await sendWebhook(webhook, webhookBodyOf(events, { cluster, sender }), { now: clock.now() });
    }
    const { mail } = settings;
    if (mail === undefined) return undefined;
    const { from, subject } = mail;
    const composed = composeMail(events, { cluster, sender, from, subject, unsent: missed });
    return await sendMail(mail, composed, { to: destination.mail });
  }

  #done(store: NoticeStore, text: string, events: readonly HavenEvent[]): void {
    try {
      store.done(
        text,
        events.map(({ id }) => id),
      );
    } catch (error) {
      // They were told, and will be once more when the daemon begins anew, under the same name.
      this.#complain(`What was told cannot be remembered: ${printError(error)}`);
    }
  }

  /** Once for each reason: a full disk stays full for long. */
  #complain(text: string): void {
    if (text !== this.#complaint) this.#options.log.warn(text);
    this.#complaint = text;
  }
}
