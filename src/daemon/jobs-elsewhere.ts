import { z } from "zod";
import { isHavenError } from "../base/errors.ts";
import type { Job } from "../contract/job.ts";
import type { ClusterMembers } from "./cluster-members.ts";
import type { PeerClient } from "./peer-client.ts";
import { jobAnswer } from "./peer-protocol.ts";

export interface JobsElsewhereOptions {
  readonly node: string;
  readonly members: Pick<ClusterMembers, "names">;
  readonly peers: Pick<PeerClient, "ask">;
}

/** The jobs of the other nodes' daemons: who has begun one may ask any node what has become of it. */
export class JobsElsewhere {
  constructor(private readonly options: JobsElsewhereOptions) {}

  /** Undefined where no daemon has it. @throws HavenError peer.silent where one that may have it does not answer; interrupted */
  async find(id: string, signal?: AbortSignal): Promise<Job | undefined> {
    const { node: own, members, peers } = this.options;
    // Nobody is asked for what can be none.
    if (!z.uuid().safeParse(id).success) return undefined;
    const found = new AbortController();
    const until = signal === undefined ? found.signal : AbortSignal.any([signal, found.signal]);
    const others = (await members.names()).filter((name) => name !== own);
    const ask = async (node: string): Promise<Job> => {
      // What another node says is looked at; the result is what its command printed.
      return { ...(jobAnswer.parse(await peers.ask(node, { ask: "job", id }, until)) as Job), node };
    };
    try {
      return await Promise.any(others.map(ask));
    } catch (error) {
      const all = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
      const unknown = all.find((one) => isHavenError(one, "interrupted") || isHavenError(one, "peer.silent"));
      if (unknown !== undefined) throw unknown;
      return undefined;
    } finally {
      found.abort();
    }
  }
}
