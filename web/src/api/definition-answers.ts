import { z } from "zod";

const text = z.string();
const texts = z.array(text);
const change = z.object({ field: text, from: z.unknown().optional(), to: z.unknown().optional() });

/** What the API answers of what VMs are and were, as far as the console shows it; as answers.ts has the rest. */
export const definitionAnswers = {
  schema: z.record(text, z.unknown()),
  withTag: z.object({ spec: z.unknown().optional() }),
  differences: z.array(
    z.object({
      ...{ name: text, state: z.enum(["same", "new", "differs"]), changes: z.array(change) },
      ...{ domain: texts.optional(), drift: texts, pending: texts, unknown: text.optional() },
    }),
  ),
  versions: z.array(
    z.object({
      name: text,
      versions: z.array(
        z.object({
          ...{ id: text, written: text.optional(), kind: text, current: z.boolean() },
          ...{ origin: text.optional(), client: text.optional(), user: text.optional() },
          ...{ changes: z.array(change), domain: texts },
        }),
      ),
    }),
  ),
  version: z.object({ id: text, yaml: text.optional() }),
  details: z.object({
    ...{ constraints: texts, disks: texts, silent: texts },
    live: z.array(z.object({ node: text, state: text })),
  }),
  settings: z.object({
    ...{ classes: z.record(text, z.unknown()).optional(), zones: z.record(text, z.unknown()).optional() },
    storage: texts.optional(),
  }),
} as const;

export type Version = z.infer<typeof definitionAnswers.versions>[number]["versions"][number];
