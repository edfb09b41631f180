import { hostname } from "node:os";
import { markChanged } from "../base/changed-mark.ts";
import type { Clock } from "../base/clock.ts";
import { HavenError, isHavenError } from "../base/errors.ts";
import { leaveEvent } from "../base/leave-event.ts";
import type { Log } from "../base/log.ts";
import { lookUp } from "../base/look-up.ts";
import type { Job, JobQuestion } from "../contract/job.ts";
import type { VersionStore } from "../history/version-store.ts";
import { type ChangeMaker, handEvent } from "../ops/change-event.ts";
import type { Environment } from "../ops/environment.ts";
import { LibvirtConnections } from "../ops/libvirt-connections.ts";
import { recordChange } from "../ops/record-change.ts";
import { livePacemaker, type Pacemaker } from "../pacemaker/live.ts";
import type { ApiCall } from "./api-call.ts";
import { historyForApi } from "./history-for-api.ts";
import type { JobFacts, Jobs, JobVoice } from "./jobs.ts";
import { Slots } from "./slots.ts";

export interface ApiWorkOptions {
  readonly jobs: Jobs;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts what is under way, which then tidies up after itself. */
  readonly signal: AbortSignal;
  /** What is worked with, the live cluster unless given. */
  readonly pacemaker?: Pacemaker | undefined;
}

/** A change that a request has asked for. */
export interface RequestedWork extends Pick<JobFacts, "alone"> {
  /** The command that it stands for, without options: vm, move, web1. */
  readonly what: readonly string[];
  /** The options of that command, for the audit. No secrets. */
  readonly options: readonly string[];
  /** What is asked is agreed to. */
  readonly agrees: boolean;
  /** The VM of which something becomes that no change of the configuration tells of: the audit is to have it. */
  readonly reaches?: string;
  /** Does it. @returns what the command prints with --json */
  readonly run: (environment: Environment) => Promise<unknown>;
}

type From = Pick<ApiCall, "id" | "caller" | "signal">;

/** What is answered at once runs programs for seconds: at most so many, and so many that wait. */
const turnsAtOnce = 4;
const mostWaiting = 60;
/** A question that is not answered then is not worth its turn. */
const patienceMs = 120_000;
/** One that asks the scheduler some thousand times takes a turn of its own kind, and whoever asks has more patience. */
const longAtOnce = 2;
const mostLongWaiting = 8;
const longPatienceMs = 3_600_000;

/** Does what requests of the API ask for, by the operations of the command line. */
export class ApiWork {
  readonly #slots = new Slots(
    turnsAtOnce,
    mostWaiting,
    () => new HavenError("api.turns", { count: mostWaiting }),
  );

  readonly #longSlots = new Slots(
    longAtOnce,
    mostLongWaiting,
    () => new HavenError("api.turns", { count: mostLongWaiting }),
  );

  constructor(private readonly options: ApiWorkOptions) {}

  /** Begins a job that makes a change. @throws HavenError api.jobs, api.alone */
  begin(from: Pick<From, "id" | "caller">, work: RequestedWork): Job {
    const { what, alone } = work;
    const maker = makerOf(from.caller, work);
    const by = maker.user;
    const { signal } = this.options;
    return this.options.jobs.start({ what, by, request: from.id, alone }, (voice) =>
      this.#with({ voice, maker, agrees: work.agrees, signal }, toldOf(work, maker)),
    );
  }

  /** Makes a change that takes a moment, and whose result is for nobody else. @throws HavenError api.turns */
  async change(from: From, work: RequestedWork): Promise<unknown> {
    const maker = makerOf(from.caller, work);
    const { agrees } = work;
    const { signal } = this.options;
    let asked: JobQuestion | undefined;
    const voice: JobVoice = {
      ...silent,
      declined: (what) => {
        asked = what;
      },
    };
    try {
      return await this.#slots.run(() => this.#with({ voice, maker, agrees, signal }, toldOf(work, maker)));
    } catch (error) {
      if (asked === undefined || !isHavenError(error, "vm.declined")) throw error;
      const message = [asked.question, ...asked.lines].join(" ");
      throw new HavenError(
        "vm.declined",
        {},
        { told: { message, hint: 'Look at what was asked; send "yes": true' } },
      );
    }
  }

  /** Answers a question that changes nothing, for as long as whoever asks waits. @throws HavenError api.turns */
  async answer<T>(from: Pick<From, "signal">, run: (environment: Environment) => Promise<T>): Promise<T> {
    return await this.#answer(this.#slots, patienceMs, from, run);
  }

  /** The same for what may take many minutes: the route says `isLong`. @throws HavenError api.turns */
  async answerLong<T>(from: Pick<From, "signal">, run: (environment: Environment) => Promise<T>): Promise<T> {
    return await this.#answer(this.#longSlots, longPatienceMs, from, run);
  }

  async #answer<T>(
    slots: Slots,
    patience: number,
    { signal }: Pick<From, "signal">,
    run: (environment: Environment) => Promise<T>,
  ): Promise<T> {
    // From now on, also while others have their turn: the connection is kept no longer.
    const until = AbortSignal.any([signal, this.options.signal, AbortSignal.timeout(patience)]);
    return await slots.run(async () => {
      return await this.#with({ voice: silent, maker: undefined, agrees: false, signal: until }, run);
    });
  }

  async #with<T>(
    { voice, maker, agrees, signal }: Voices,
    run: (environment: Environment) => Promise<T>,
  ): Promise<T> {
    const { clock, log } = this.options;
    // Not the daemon's own, which is aborted as a whole: what tidies up still has to reach it.
    const pacemaker = this.options.pacemaker ?? livePacemaker();
    const isLive = pacemaker.cibFile === undefined;
    const connections = new LibvirtConnections(signal);
    let history: Promise<VersionStore> | undefined;
    const environment: Environment = {
      ...{ isLive, pacemaker, clock, log, signal },
      progress: (text) => voice.progress(text),
      lookUp: (name) => lookUp(name, signal),
      async libvirt(node = hostname(), driver = "qemu") {
        if (!isLive) throw new HavenError("pacemaker.no-file-action", { what: `libvirt on ${node}` });
        return await connections.open(node, driver);
      },
      async history() {
        if (!isLive) throw new HavenError("pacemaker.no-file-action", { what: "The history of definitions" });
        history ??= historyForApi({ warn: (text) => log.warn(text), signal });
        return await history;
      },
      confirm(question, lines = []) {
        if (!agrees) voice.declined({ question, lines });
        return Promise.resolve(agrees);
      },
      async onCommit(change) {
        if (!isLive || maker === undefined) return;
        await recordChange(
          change,
          () => maker,
          (text) => log.warn(text),
        );
      },
    };
    try {
      return await run(environment);
    } finally {
      // Whoever looks after this sees it, here as after a command.
      if (maker !== undefined && isLive) markChanged(clock.now());
      await connections.close();
      await history?.then((store) => store.close()).catch(() => undefined);
    }
  }
}

interface Voices {
  readonly voice: JobVoice;
  /** Undefined where nothing is changed. */
  readonly maker: ChangeMaker | undefined;
  readonly agrees: boolean;
  readonly signal: AbortSignal;
}

const silent: JobVoice = { progress: () => undefined, declined: () => undefined };

/** Does the work; where no configuration tells of it, the audit does. */
function toldOf({ run, reaches }: RequestedWork, maker: ChangeMaker): RequestedWork["run"] {
  return async (environment) => {
    const result = await run(environment);
    if (reaches !== undefined && environment.isLive) leaveEvent(handEvent(reaches, maker));
    return result;
  };
}

function makerOf(caller: From["caller"], { what, options }: RequestedWork): ChangeMaker {
  const { name = "", by = "token" } = caller ?? {};
  const user = by === "token" ? `token ${name}` : name;
  return { user, by, node: hostname(), words: [...what, ...options] };
}
