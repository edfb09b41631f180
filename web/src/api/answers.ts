import { z } from "zod";
import { roles } from "../../../src/contract/role.ts";
import type { StatusNodeState } from "../../../src/contract/status-report.ts";
import type { VmState } from "../../../src/contract/vm-view.ts";
import { keptList } from "./kept-list.ts";

const severity = z.enum(["error", "warning"]);
const text = z.string();
const optionalText = text.optional();
const texts = z.array(text);

const vmStates = [
  ...["running", "stopped", "starting", "stopping", "migrating", "failed", "blocked", "unknown"],
] as const satisfies readonly string[];
const nodeStates = [
  ...["online", "standby", "maintenance", "joining", "leaving", "offline", "unclean"],
] as const satisfies readonly string[];

/** A state that a later version has made up is shown as unknown, not refused with all the rest. */
const vmState = text.transform((word): VmState => (isOneOf<VmState>(vmStates, word) ? word : "unknown"));
const nodeState = text.transform(
  (word): StatusNodeState => (isOneOf<StatusNodeState>(nodeStates, word) ? word : "unclean"),
);

function isOneOf<T extends string>(words: readonly string[], word: string): word is T {
  return words.includes(word);
}

const share = z.object({ used: z.number(), capacity: z.number() });

const vm = z.object({
  ...{ name: text, resource: text, state: vmState, wanted: z.enum(["running", "stopped"]), nodes: texts },
  ...{ managed: z.boolean(), maintenance: z.boolean(), migratable: z.boolean() },
  ...{
    memory: z.number().optional(),
    cpu: z.number().optional(),
    hypervisor: optionalText,
    uuid: optionalText,
  },
  ...{ prefer: texts, labels: texts, priority: z.number(), failures: texts },
  move: z.object({ to: text, owner: text, expires: text }).optional(),
});

const ready = z.object({
  ...{ name: text, ready: z.boolean(), tested: optionalText },
  reasons: z.array(z.object({ code: text, text, next: optionalText })),
});

const node = z.object({
  ...{ name: text, state: nodeState, type: text, dc: z.boolean(), vms: z.number(), resources: z.number() },
  ...{ memory: share.optional(), cpu: share.optional() },
});

const link = z.object({ link: z.number(), node: text, address: text, up: z.boolean() });

const resource = z.object({
  ...{
    id: text,
    agent: text,
    state: text,
    role: optionalText,
    nodes: texts,
    managed: z.boolean(),
    inside: texts,
  },
});

const event = z.object({
  ...{ id: z.number(), key: text, time: z.number(), node: text, kind: text, text },
  ...{ vm: optionalText, subject: optionalText, severity: z.enum(["info", "warning", "error"]) },
});

/**
 * What the API answers, as far as the console shows it; the shapes are those of src/contract. Everything that comes from
 * the network goes through one of these.
 */
export const answers = {
  session: z.object({
    ...{ name: text, by: z.enum(["session", "token"]), role: z.enum(roles), node: text },
    ...{ since: optionalText, expires: optionalText, csrf: optionalText },
  }),
  nothing: z.unknown(),
  status: z.object({
    cluster: z.object({
      ...{ name: optionalText, dc: optionalText, version: optionalText, quorum: z.boolean() },
      votes: z.object({ total: z.number(), expected: z.number(), needed: z.number() }).optional(),
      ...{ maintenance: z.boolean(), fencingEnabled: z.boolean(), lastChange: optionalText },
      ...{ nodesOnline: z.number(), nodesTotal: z.number(), vmsRunning: z.number(), vmsTotal: z.number() },
    }),
    healthy: z.boolean(),
    problems: z.array(z.object({ severity, code: text, subject: optionalText, text, next: optionalText })),
    nodes: z.array(node),
    // Left out where corosync does not say.
    links: z.array(link).optional(),
    resources: z.array(resource).default([]),
    readiness: z.object({ ready: z.boolean(), nodes: z.array(ready), vms: keptList(ready) }).optional(),
  }),
  vm,
  vms: keptList(vm),
  vmWithSpec: vm.extend({ spec: z.unknown() }),
  event,
  events: z.object({
    nodes: texts,
    silent: z.array(z.object({ node: text, why: text })),
    events: z.array(event),
  }),
  job: z.object({
    ...{
      id: text,
      what: texts,
      by: text,
      node: optionalText,
      state: z.enum(["running", "done", "failed"]),
      progress: optionalText,
    },
    result: z.unknown().optional(),
    error: z
      .object({
        ...{ code: text, message: text, hint: optionalText },
        asked: z.object({ question: text, lines: texts }).optional(),
      })
      .optional(),
  }),
  /** What the stream of changes says when something of a job is another one. */
  jobTold: z.object({ id: text }),
  /** What a job that was simulated says would follow. */
  effect: z.object({ plan: texts.optional(), effect: texts }),
  refusal: z.object({ error: z.object({ code: text, message: text, hint: optionalText }) }),
  said: z.object({ say: text }),
} as const;

export type Session = z.infer<typeof answers.session>;
export type Status = z.infer<typeof answers.status>;
export type Vm = z.infer<typeof vm>;
export type Node = z.infer<typeof node>;
export type ClusterEvent = z.infer<typeof event>;
export type Job = z.infer<typeof answers.job>;
