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

  /** Undefined where no daemon that answers has it. @throws HavenError interrupted */
  async find(id: string, signal?: AbortSignal): Promise<Job | undefined> {
    const { node: own, members, peers } = this.options;
    const others = (await members.names()).filter((name) => name !== own);
    const ask = async (node: string): Promise<Job> => {
      // What another node says is looked at; the result is what its command printed.
      return jobAnswer.parse(await peers.ask(node, { ask: "job", id }, signal)) as Job;
    };
    try {
      return await Promise.any(others.map(ask));
    } catch (error) {
      const all = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [error];
      const interrupted = all.find((one) => isHavenError(one, "interrupted"));
      if (interrupted !== undefined) throw interrupted;
      return undefined;
    }
  }
}
