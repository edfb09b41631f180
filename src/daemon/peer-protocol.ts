import { z } from "zod";
import type { EventFilter } from "../history/event-store.ts";

/** A line that is longer is not read. */
export const mostAskBytes = 64 * 1024;
export const mostAnswerBytes = 64 * 1024 * 1024;

const text = z.string().max(1000);
const count = z.number().int().nonnegative();

/** What a node may ask of another one's daemon, as one line of JSON. Later versions may add to it. */
export const peerAsk = z.discriminatedUnion("ask", [
  z.object({
    ask: z.literal("events"),
    // All that a history can be asked: what was left out here would be asked of this node alone.
    filter: z.object({
      ...{ vm: text.optional(), node: text.optional(), kind: text.optional() },
      ...{ withoutChanges: z.boolean().optional(), onlyAudit: z.boolean().optional() },
      ...{ since: count.optional(), until: count.optional(), after: count.optional() },
      limit: count.max(100_000),
    } satisfies Record<keyof EventFilter, z.ZodType>),
  }),
  // Followed by the bytes of the screen's protocol.
  z.object({ ask: z.literal("screen"), uuid: z.uuid() }),
  // One that the daemon has itself.
  z.object({ ask: z.literal("job"), id: z.uuid() }),
  // What the node finds when it looks at itself.
  z.object({ ask: z.literal("checks") }),
  // Who it is, and what its clock says.
  z.object({ ask: z.literal("hello") }),
  // What the inputs of its scheduler say that a transition decided.
  z.object({ ask: z.literal("blame"), transition: count.optional(), at: count.optional() }),
  // Followed by a line for each event that is taken in, after those behind number `after`; empty lines show life.
  z.object({ ask: z.literal("follow"), after: count.optional() }),
]);

export type PeerAsk = z.infer<typeof peerAsk>;

/** The line that it is answered with. What follows it, where something does, is bytes of what was asked for. */
export const peerAnswer = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), body: z.unknown() }),
  z.object({ ok: z.literal(false), code: z.string().max(100), why: z.string().max(2000) }),
]);

/** An event, as far as it is looked at before `readEvent`. */
export const peerEvent = z.looseObject({ id: count, key: z.string().min(1).max(200) });

/** What `events` is answered with. */
export const eventsAnswer = z.object({
  /** The number of what was taken in last before it was asked. */
  last: count,
  events: z.array(peerEvent),
});

/** What `job` is answered with; what a command prints is of its own shape. */
export const jobAnswer = z.object({
  ...{ id: z.uuid(), what: z.array(text), by: text, request: text, created: text },
  state: z.enum(["running", "done", "failed"]),
  ...{ progress: z.string().optional(), ended: text.optional(), result: z.unknown().optional() },
  error: z
    .object({
      ...{ code: text, message: z.string(), hint: z.string().optional() },
      asked: z.object({ question: z.string(), lines: z.array(z.string()) }).optional(),
    })
    .optional(),
});

/** What `hello` is answered with. */
export const helloAnswer = z.object({ node: text, time: z.number(), version: text });

/** What `follow` is answered with, before the lines. */
export const followAnswer = z.object({ last: count });
