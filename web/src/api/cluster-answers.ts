import { z } from "zod";
import { healthCheck, healthSeverities } from "../../../src/contract/health-check.ts";
import { roles } from "../../../src/contract/role.ts";

const text = z.string();
const optionalText = text.optional();
const texts = z.array(text);
const optionalNumber = z.number().optional();

const step = z.object({ index: optionalNumber, devices: texts });
const host = z.object({ node: text, plugs: texts });

const reach = z.object({
  ...{ device: text, from: text, ok: z.boolean(), state: text, ms: optionalNumber, why: optionalText },
});

/** What the API answers about fencing, settings, tokens and the configuration, as far as pages beyond the first show it. */
export const clusterAnswers = {
  about: z.object({ version: text, node: text, since: text }),
  health: z.object({
    ...{ healthy: z.boolean(), severity: z.enum(healthSeverities), verdict: text },
    cluster: z.array(healthCheck),
    nodes: z.array(
      z.object({ node: text, severity: z.enum(healthSeverities), checks: z.array(healthCheck) }),
    ),
  }),
  nodeChecks: z.object({
    ...{ node: text, time: z.number(), versions: z.record(text, text) },
    storage: z.array(
      z.object({
        ...{ path: text, ok: z.boolean(), text },
        ...{ free: optionalNumber, total: optionalNumber, ms: optionalNumber },
      }),
    ),
    networks: z.array(z.object({ zone: text, bridge: text, ok: z.boolean(), text, mtu: optionalNumber })),
    health: z.array(healthCheck).optional(),
  }),
  fencing: z.object({
    enabled: z.boolean(),
    devices: z.array(
      z.object({
        ...{ id: text, agent: text, hosts: z.array(host).optional(), state: text },
        ...{ watchedFrom: optionalText, failure: optionalText },
      }),
    ),
    nodes: z.array(
      z.object({
        ...{ node: text, levels: z.array(step) },
        power: z
          .object({
            ...{
              time: z.number(),
              ok: z.boolean(),
              offSeconds: optionalNumber,
              wholeSeconds: optionalNumber,
            },
            ...{ devices: texts, from: optionalText, why: optionalText },
          })
          .optional(),
        reach: z
          .object({
            time: z.number(),
            reaches: z.array(z.object({ device: text, from: texts, notFrom: texts })),
          })
          .optional(),
      }),
    ),
  }),
  device: z.object({
    parameters: z.array(z.object({ name: text, value: optionalText, help: text })),
    ...{ open: texts, notOn: texts },
  }),
  fenceAgents: z.object({
    kinds: z.array(
      z.object({
        ...{ name: text, agent: text, package: text, what: text, single: z.boolean() },
        ...{ plug: z.enum(["number", "name", "none"]), preset: z.record(text, text) },
        ...{ usual: texts, secrets: texts, testsOnly: optionalText },
      }),
    ),
    agents: texts,
  }),
  fenceAgent: z.object({
    ...{ name: text, short: text },
    parameters: z.array(
      z.object({
        ...{ name: text, type: text, choices: texts, default: optionalText, required: z.boolean() },
        ...{ deprecated: z.boolean(), short: text },
      }),
    ),
  }),
  fenceTest: z.object({
    ok: z.boolean(),
    tests: z.array(z.object({ node: text, ok: z.boolean(), reaches: z.array(reach), why: optionalText })),
    absent: texts,
  }),
  powerTest: z.object({
    ...{ ok: z.boolean(), shot: z.boolean(), offSeconds: optionalNumber, wholeSeconds: optionalNumber },
    why: optionalText,
  }),
  resume: z.object({
    back: z.array(text),
    left: z.array(z.object({ name: text, why: text })),
    stays: z.array(z.object({ name: text, why: text })),
  }),
  standby: z.object({ stuck: z.array(z.object({ resource: text, node: text, why: text })) }),
  settings: z.record(text, z.unknown()),
  tokens: z.object({
    tokens: z.array(
      z.object({
        ...{ name: text, role: z.enum(roles), created: text, expires: optionalText, expired: z.boolean() },
      }),
    ),
    unreadable: texts,
  }),
  addedToken: z.object({ name: text, token: text }),
} as const;

export type Fencing = z.infer<typeof clusterAnswers.fencing>;
export type FenceKindAnswer = z.infer<typeof clusterAnswers.fenceAgents>["kinds"][number];
export type FenceAgentAnswer = z.infer<typeof clusterAnswers.fenceAgent>;
export type FenceTest = z.infer<typeof clusterAnswers.fenceTest>;
export type Token = z.infer<typeof clusterAnswers.tokens>["tokens"][number];
