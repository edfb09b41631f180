import { z } from "zod";

const text = z.string();
const texts = z.array(text);
const optionalText = text.optional();

const resource = z.object({
  ...{ id: text, type: text, agent: optionalText, promotable: z.boolean().optional(), inside: texts },
  instances: z.array(z.object({ state: text, role: text, nodes: texts, managed: z.boolean() })),
});

const option = z.object({
  ...{ name: text, type: text, choices: texts, default: optionalText, short: text, long: text },
  ...{ value: optionalText, set: optionalText, fixed: optionalText },
});
const options = z.array(option);

/** What the API answers about what Haven has not made, as far as the console shows it. */
export const rawAnswers = {
  raw: z.object({
    resources: z.array(resource),
    constraints: z.array(z.object({ id: text, type: text, text })),
    tags: z.array(z.object({ id: text, objects: texts })),
  }),
  agents: z.object({ agents: texts }),
  agent: z.object({
    ...{ name: text, short: text, long: text },
    parameters: z.array(
      z.object({
        ...{ name: text, type: text, choices: texts, default: optionalText, required: z.boolean() },
        ...{ deprecated: z.boolean(), short: text, long: text },
      }),
    ),
  }),
  options: z.object({ cluster: options, resources: options, operations: options }),
} as const;

export type Raw = z.infer<typeof rawAnswers.raw>;
export type RawResource = Raw["resources"][number];
export type RawAgent = z.infer<typeof rawAnswers.agent>;
export type RawOption = z.infer<typeof option>;
