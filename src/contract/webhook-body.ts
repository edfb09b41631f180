import { z } from "zod";
import { noticeTopicNames } from "./notice-topic.ts";

/**
 * What a webhook gets, as JSON. The shape is stable: fields are added, not renamed or taken away.
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

const webhookEvent = z.object({
  key: z.string().describe("Tells the event from any other; the same again is the same event"),
  time: z.iso.datetime().describe("When it happened, by the clock of the node that tells it"),
  node: z.string().describe("The node that it happened on, or happened to"),
  kind: z.string().describe("What happened, such as vm.started (docs/events.md)"),
  severity: z.enum(["info", "warning", "error"]),
  topics: z.array(z.enum(noticeTopicNames as [string, ...string[]])).describe("As settings name them"),
  vm: z.string().optional().describe("The VM's name"),
  subject: z.string().optional().describe("What else it happened to: a resource, a device"),
  text: z.string().describe("One line that says it all"),
  data: z.record(z.string(), z.unknown()).optional().describe("What else a program may want to know"),
});

/** The body of a webhook's request. */
export const webhookBody = z.object({
  version: z.literal(1),
  id: z.string().describe("Of this delivery; a repeated one has the same"),
  cluster: z.string(),
  sender: z.string().describe("The node that sends it"),
  test: z.boolean().describe("Nothing has happened: somebody tries it (haven alert test)"),
  text: z.string().describe("All of it in lines for people; what chat servers show"),
  events: z.array(webhookEvent).describe("The oldest first; none in a test"),
});

export type WebhookBody = z.output<typeof webhookBody>;
