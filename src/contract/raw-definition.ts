import { z } from "zod";
import { field, fields, nodeName, oneOf, text, yesNo } from "./spec-parts.ts";

/**
 * A resource, constraint or tag of Pacemaker's configuration as a person writes it in YAML: `type` says what it is, the
 * other fields are called as Pacemaker's documentation and XML call them.
 *
 * The text of each `error` is what a person reads after "expected": it names a value that would do.
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

const idText = "an id: a letter or _, then letters, digits, dots, dashes and underscores, at most 100";
const id = text(idText).regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/, { error: idText });

const oneLine = "one line of text, at most 4096 characters";
const value = z
  .union([z.string(), z.number(), z.boolean()], { error: "a text, a number, true or false" })
  .transform(String)
  .refine((line) => line.length <= 4096 && !/\p{Cc}/u.test(line), { error: oneLine });

const attributeText = "the name of an attribute: letters, digits, dots, dashes and underscores";
const attribute = text(attributeText).regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/, { error: attributeText });
const values = (description: string) =>
  field(z.record(attribute, value, { error: "values by their names" }), description);

const scoreText = "INFINITY, -INFINITY or a whole number between -1000000 and 1000000";
const score = z
  .union([z.string(), z.number()], { error: scoreText })
  .transform(String)
  .refine((one) => /^([+-]?INFINITY|[+-]?\d{1,7})$/.test(one), { error: scoreText });

const agentText = "an agent such as ocf:heartbeat:IPaddr2 or systemd:nginx";
const agent = text(agentText).regex(
  /^(ocf:[A-Za-z0-9_-]{1,60}:[A-Za-z0-9_.-]{1,80}|(systemd|lsb|service):[A-Za-z0-9_.@:-]{1,200})$/,
  { error: agentText },
);

const intervalText = "a time such as 10s, 5min or 500ms";
const time = z
  .union([z.string(), z.number()], { error: intervalText })
  .transform(String)
  .refine((one) => /^\d{1,9}\s*(ms|msec|us|usec|s|sec|m|min|h|hr)?$/.test(one), { error: intervalText });

const role = oneOf(["Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave"]);
const action = oneOf(["start", "stop", "promote", "demote"]);
const orderKind = oneOf(["Mandatory", "Optional", "Serialize"]);

const ids = (most: number) =>
  z
    .array(id, { error: "a list of ids" })
    .min(1, { error: "at least one id" })
    .max(most, { error: `at most ${most} ids` })
    .refine((list) => new Set(list).size === list.length, { error: "each id once" });

const meta = values("Meta attributes, such as target-role or resource-stickiness");

const operation = fields(
  {
    name: text("the name of an operation, such as monitor").regex(/^[a-z_-]{1,40}$/, {
      error: "the name of an operation, such as monitor",
    }),
    interval: field(time, "How often; once where it is 0"),
    timeout: field(time, "How long it may take"),
    role: field(role, "Only while the resource is in that role"),
    "on-fail": field(
      oneOf(["ignore", "block", "demote", "stop", "restart", "standby", "fence", "restart-container"]),
      "What the cluster does when it fails",
    ),
    "start-delay": field(time, "How long after the start it is done first"),
    enabled: field(yesNo, "Whether it is done at all"),
    params: values("Parameters for this operation alone, such as OCF_CHECK_LEVEL"),
  },
  "an operation with its name",
);

const primitive = fields({
  type: z.literal("primitive"),
  id: id.describe("The resource's id"),
  agent: agent.describe("What starts, stops and watches it"),
  params: values("The agent's parameters"),
  meta,
  utilization: values("What it needs of a node: memory in MiB, cpu"),
  operations: field(
    z.array(operation, { error: "a list of operations" }).max(50, { error: "at most 50 operations" }),
    "How it is watched, and how long it may take; what the agent suggests unless given",
  ),
});

const group = fields({
  type: z.literal("group"),
  id,
  members: ids(100).describe("Primitives, in the order in which they are started"),
  meta,
});

const clone = fields({
  type: z.literal("clone"),
  id,
  of: id.describe("The primitive or group that runs on several nodes"),
  promotable: field(yesNo, "Whether instances can be promoted"),
  meta,
});

const resourceSet = fields(
  {
    resources: ids(100),
    sequential: field(yesNo, "Whether they depend on each other in their order"),
    "require-all": field(yesNo, "Whether all of them must be active; of an order"),
    role: field(role, "Their role"),
    action: field(action, "What is ordered"),
    score: field(score, "How strongly; of a colocation"),
    kind: field(orderKind, "How strictly; of an order"),
  },
  "a set with its resources",
);
const sets = z
  .array(resourceSet, { error: "a list of resource sets" })
  .min(1, { error: "at least one set" })
  .max(50, { error: "at most 50 sets" });

const location = fields({
  type: z.literal("location"),
  id,
  resource: field(id, "The resource"),
  resources: field(ids(100), "Several resources, in the place of one"),
  node: field(nodeName, "The node"),
  rule: field(
    text("a rule such as pingd gte 1 or #uname eq node1").max(2000, { error: "at most 2000 characters" }),
    "In the place of a node: which nodes, such as pingd lt 1 or not_defined pingd",
  ),
  score: field(score, "How strongly the resource is drawn to it, or pushed off; INFINITY unless given"),
  "score-attribute": field(attribute, "In the place of a score: the node attribute that holds it; of a rule"),
  role: field(role, "Only in that role"),
  "resource-discovery": field(
    oneOf(["always", "never", "exclusive"]),
    "Whether it is looked for on the nodes at all",
  ),
}).superRefine((one, context) => {
  const need = (message: string) => context.addIssue({ code: "custom", message });
  if ((one.resource === undefined) === (one.resources === undefined)) need("either resource or resources");
  if ((one.node === undefined) === (one.rule === undefined)) need("either node or rule");
  if (one.score !== undefined && one["score-attribute"] !== undefined)
    need("either score or score-attribute");
  if (one.node !== undefined && one["score-attribute"] !== undefined)
    need("score-attribute with a rule only");
});

const colocation = fields({
  type: z.literal("colocation"),
  id,
  resource: field(id, "The resource that is placed"),
  with: field(id, "The one that it follows"),
  sets: field(sets, "Sets of resources, in the place of two"),
  score: field(score, "How strongly together, or apart where it is negative; INFINITY unless given"),
  role: field(role, "Of the resource"),
  "with-role": field(role, "Of the one that it follows"),
  "node-attribute": field(attribute, "On nodes with the same value of it, in the place of the same node"),
  influence: field(yesNo, "Whether the placed resource has a say in where the other one runs"),
}).superRefine((one, context) => {
  const pair = one.resource !== undefined && one.with !== undefined;
  const some = one.resource !== undefined || one.with !== undefined;
  if (one.sets === undefined ? !pair : some)
    context.addIssue({ code: "custom", message: "either resource and with, or sets" });
});

const order = fields({
  type: z.literal("order"),
  id,
  first: field(id, "The resource that comes first"),
  // biome-ignore lint/suspicious/noThenProperty: so Pacemaker calls it; nobody awaits a definition
  then: field(id, "The one that waits for it"),
  sets: field(sets, "Sets of resources, in the place of two"),
  "first-action": field(action, "start unless given"),
  "then-action": field(action, "As first-action unless given"),
  kind: field(orderKind, "Mandatory unless given"),
  symmetrical: field(yesNo, "Whether they are stopped the other way round; true unless given"),
  "require-all": field(yesNo, "Whether all instances of a clone must have started; true unless given"),
}).superRefine((one, context) => {
  const { first, then: second } = one;
  const some = first !== undefined || second !== undefined;
  if (one.sets === undefined ? first === undefined || second === undefined : some)
    context.addIssue({ code: "custom", message: "either first and then, or sets" });
});

const tag = fields({
  type: z.literal("tag"),
  id,
  objects: ids(200).describe("Resources and constraints that go by this name"),
});

/** The schema of each type. */
export const rawDefinitions = { primitive, group, clone, location, colocation, order, tag } as const;

export type RawType = keyof typeof rawDefinitions;
export type RawDefinition = { [T in RawType]: z.infer<(typeof rawDefinitions)[T]> }[RawType];
export type RawOf<T extends RawType> = z.infer<(typeof rawDefinitions)[T]>;
