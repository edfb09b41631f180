import { z } from "zod";
import type { EventReport } from "../../contract/event.ts";
import type { StatusNode, StatusReport } from "../../contract/status-report.ts";
import type { VmView } from "../../contract/vm-view.ts";
import type { TokenList } from "../../ops/token-list.ts";
import type { VmDetails } from "../../ops/vm-show.ts";

// What the API answers, as far as it is read here: a cluster of another version may say more, which is printed as it came.

const texts = z.array(z.string());
const used = z.looseObject({ used: z.number(), capacity: z.number() }).optional();
const resource = z.looseObject({
  ...{
    id: z.string(),
    agent: z.string(),
    state: z.string(),
    nodes: texts,
    managed: z.boolean(),
    inside: texts,
  },
});
const node = z.looseObject({
  ...{
    name: z.string(),
    state: z.string(),
    type: z.string(),
    dc: z.boolean(),
    vms: z.number(),
    resources: z.number(),
  },
  ...{ memory: used, cpu: used },
});
const ready = z.looseObject({
  name: z.string(),
  ready: z.boolean(),
  reasons: z.array(z.looseObject({ code: z.string(), text: z.string(), next: z.string().optional() })),
});
const status = z.looseObject({
  cluster: z.looseObject({
    ...{ quorum: z.boolean(), maintenance: z.boolean(), nodesOnline: z.number(), nodesTotal: z.number() },
    ...{
      vmsRunning: z.number(),
      vmsTotal: z.number(),
      name: z.string().optional(),
      dc: z.string().optional(),
    },
    ...{ version: z.string().optional(), lastChange: z.string().optional() },
  }),
  healthy: z.boolean(),
  problems: z.array(
    z.looseObject({ severity: z.enum(["error", "warning"]), code: z.string(), text: z.string() }),
  ),
  nodes: z.array(node),
  vms: z.array(resource.extend({ name: z.string(), wanted: z.string() })),
  resources: z.array(resource),
  fencing: z.looseObject({
    devices: z.array(resource),
    events: z.array(
      z.looseObject({ target: z.string(), action: z.string(), status: z.string(), client: z.string() }),
    ),
  }),
  readiness: z.looseObject({ ready: z.boolean(), nodes: z.array(ready), vms: z.array(ready) }).optional(),
});

const vm = z.looseObject({
  ...{ name: z.string(), resource: z.string(), state: z.string(), wanted: z.string(), nodes: texts },
  ...{
    managed: z.boolean(),
    maintenance: z.boolean(),
    migratable: z.boolean(),
    memory: z.number().optional(),
  },
  ...{ cpu: z.number().optional(), hypervisor: z.string().optional(), uuid: z.string().optional() },
  ...{ prefer: texts, labels: texts, priority: z.number(), failures: texts },
  move: z.looseObject({ to: z.string(), owner: z.string(), expires: z.string() }).optional(),
});
const details = vm.extend({
  ...{ spec: z.looseObject({}).optional(), xml: z.string().optional(), disks: texts, consoleLog: z.string() },
  ...{
    constraints: texts,
    silent: texts,
    live: z.array(z.looseObject({ node: z.string(), state: z.string() })),
  },
});

const event = z.looseObject({
  ...{
    id: z.number(),
    key: z.string(),
    time: z.number(),
    node: z.string(),
    kind: z.string(),
    text: z.string(),
  },
  severity: z.enum(["info", "warning", "error"]),
  data: z.record(z.string(), z.unknown()).optional(),
});

const token = z.looseObject({
  ...{
    name: z.string(),
    role: z.string(),
    created: z.string(),
    expires: z.string().optional(),
    expired: z.boolean(),
  },
});

/** A value that has what is read of it, as it came. */
function shaped<T>(schema: z.ZodType, what: string): z.ZodType<T> {
  return z.custom<T>((value) => schema.safeParse(value).success, { error: `expected ${what}` });
}

export const statusReport = shaped<StatusReport>(status, "a status");
export const statusNodes = shaped<readonly StatusNode[]>(z.array(node), "nodes");
export const vmViews = shaped<readonly VmView[]>(z.array(vm), "VMs");
export const vmDetails = shaped<VmDetails>(details, "a VM");
export const eventReport = shaped<EventReport>(
  z.object({
    nodes: texts,
    silent: z.array(z.object({ node: z.string(), why: z.string() })),
    events: z.array(event.extend({ from: texts })),
  }),
  "events",
);
export const tokenList = shaped<TokenList>(
  z.looseObject({ tokens: z.array(token), unreadable: texts }),
  "tokens",
);

/** What a job that starts or stops a VM, moves one, or acts on its guest has for a result. */
export const vmOutcome = z.looseObject({
  ...{ names: texts, unchanged: texts, committed: z.boolean(), effect: texts, plan: texts.optional() },
  pending: z.array(z.object({ name: z.string(), pending: texts })).optional(),
});
export const vmMoveOutcome = z.looseObject({
  moved: z.array(z.object({ name: z.string(), from: z.string(), to: z.string() })),
  ...{ unchanged: texts, committed: z.boolean(), effect: texts, durationMs: z.number() },
});
export const vmPowerOutcome = z.looseObject({
  done: z.array(z.object({ name: z.string(), node: z.string() })),
  ...{ unchanged: texts, notes: texts },
});
