import { z } from "zod";
import { HavenError } from "../base/errors.ts";
import type { BlameFacts } from "../contract/blame-report.ts";
import type { BlameQuestion } from "../ops/blame-inputs.ts";
import type { PeerClient } from "./peer-client.ts";

const text = z.string().max(4000);
const count = z.number().nonnegative();

/** What another node says of a transition, as far as it is read. */
const facts = z.object({
  ...{ node: text, file: text, transition: count, time: count, passed: count },
  before: z.object({ file: text, time: count }).optional(),
  actions: z.array(z.object({ text, causes: z.array(count) })),
  causes: z.array(z.object({ code: text, text, object: text.optional() })),
  ...{ configurations: z.array(text), writer: text.optional() },
});

/** What a node is answered that asks for a transition. */
export const blameAnswer = z.object({ facts: facts.optional() });

/**
 * Asks another node's daemon what its scheduler's inputs say.
 *
 * @throws HavenError peer.silent, peer.refused, cib.not-found for a number that it does not have
 */
export async function blameElsewhere(
  peers: Pick<PeerClient, "ask">,
  node: string,
  { transition, at }: BlameQuestion,
  signal?: AbortSignal,
): Promise<BlameFacts | undefined> {
  const body = await peers.ask(node, { ask: "blame", transition, at }, signal);
  const { data } = blameAnswer.safeParse(body);
  if (data === undefined) throw new HavenError("peer.silent", { node, why: "its answer cannot be read" });
  return data.facts as BlameFacts | undefined;
}
