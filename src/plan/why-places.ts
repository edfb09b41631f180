import type { WhyNode, WhyReason } from "../contract/why-report.ts";
import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { isOn } from "../pacemaker/is-on.ts";
import { patternMatches } from "../pacemaker/pattern-matches.ts";
import { scoreOf } from "../pacemaker/score.ts";
import { vmNameOf } from "../vm/names.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { outranked } from "./outranked.ts";
import { type RuleMoment, ruleHolds } from "./rule-holds.ts";
import { undo } from "./undo-commands.ts";
import { type Moment, nodesOf, whyNotThere } from "./why-not-there.ts";

/** What a look at a resource's places has besides the moment. */
export interface PlaceWorld {
  readonly moment: Moment;
  readonly resource: string;
  readonly here: readonly string[];
  /** It runs there as it should: what would keep it off a node is no matter where it is. */
  readonly isWell: boolean;
  /** What the scheduler's sums come to by node. */
  readonly scores: ReadonlyMap<string, number> | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Each node of the cluster as it is for a resource, the one where it is first. */
export function whyPlaces(world: PlaceWorld): readonly WhyNode[] {
  const { moment, resource, here, isWell, scores } = world;
  const nodes = nodesOf(moment);
  const sorted = [...here.filter((node) => nodes.includes(node)), ...nodes.filter((n) => !here.includes(n))];
  return sorted.map((node): WhyNode => {
    const isHere = here.includes(node);
    const located = byLocations(world, node);
    // What is told there with who has made it.
    const banned = new Set(located.filter(({ code }) => code === "banned").map(({ object }) => object));
    const firm = (isHere && isWell ? [] : whyNotThere(moment, resource, node)).filter(
      ({ object }) => !banned.has(object),
    );
    const known = new Set(firm.map(({ object }) => object));
    const against = [
      ...firm.map(({ code, ...rest }): WhyReason => ({ code: whyCodes[code] ?? code, ...rest })),
      ...notInstalled(world, node),
      ...(here.length > 0 ? [] : outranked(moment, resource, node)),
      ...notLet(world, located),
      ...located.filter(({ score, object }) => isBelow(score) && !known.has(object)),
    ];
    const score = scores?.get(node);
    return {
      ...{ node, isHere, against },
      for: [
        ...located.filter(({ score: own }) => !isBelow(own)),
        ...sticks(world, isHere),
        ...besides(world, node),
      ],
      ...(score === undefined ? {} : { score: scoreText(score) }),
    };
  });
}

const whyCodes: Readonly<Record<string, string>> = {
  location: "forbidden",
  apart: "apart",
  together: "together",
};

/** A score as Pacemaker writes it. */
export function scoreText(score: number): string {
  if (score >= 1_000_000) return "INFINITY";
  return score <= -1_000_000 ? "-INFINITY" : String(score);
}

function isBelow(score: string | undefined): boolean {
  return scoreOf(score) < 0;
}

/** Location constraints that count on a node. */
function byLocations({ moment, resource, now }: PlaceWorld, node: string): readonly WhyReason[] {
  const attributes = moment.status.nodes.find(({ name }) => name === node)?.attributes ?? new Map();
  const rules: RuleMoment = { node, attributes, now };
  return locationsOf(moment.cib, resource).flatMap((constraint): readonly WhyReason[] => {
    const id = constraint.get("id") ?? "";
    const plain = constraint.get("node");
    if (plain !== undefined) {
      return plain === node ? [reason(resource, id, constraint.get("score") ?? "0")] : [];
    }
    return constraint.all("rule").flatMap((rule): readonly WhyReason[] => {
      const holds = ruleHolds(rule, rules);
      if (holds === false) return expired(resource, constraint, rule, rules);
      const score = rule.get("score") ?? attributes.get(rule.get("score-attribute") ?? "") ?? "0";
      if (holds === undefined) {
        return [{ code: "rule", text: `whether the rule of ${id} holds is not judged here`, object: id }];
      }
      return [{ ...reason(resource, id, score), ...attributeWords(rule, attributes) }];
    });
  });
}

/** A move to that node whose time is over: why it has not gone there, or why it is still there. */
function expired(
  resource: string,
  constraint: XmlElement,
  rule: XmlElement,
  moment: RuleMoment,
): readonly WhyReason[] {
  const id = constraint.get("id") ?? "";
  const isMove = id === `${resource}.move` || /^cli-(prefer|ban)-/.test(id);
  const isOver = (one: XmlElement): boolean => ruleHolds(xml("rule", {}, [one]), moment) === false;
  const dates = rule.all("date_expression");
  const others = rule.all("expression");
  if (!isMove || dates.length === 0 || !dates.every(isOver) || others.some(isOver)) return [];
  const what = /^cli-ban-/.test(id) ? "banned from" : "moved";
  const text = `it was ${what} there, and that has expired: it counts no more`;
  const command = `pcs constraint delete ${id}`;
  return [{ code: "expired", text, object: id, score: "0", command }];
}

/** Constraints of a resource's places: those that name it, by pattern or in a set too, and those of what holds it. */
function locationsOf(cib: Cib, resource: string): readonly XmlElement[] {
  const own = [resource, ...(cib.resource(resource)?.inside ?? []), ...tagsOf(cib, resource)];
  return cib.constraints.filter((constraint) => {
    if (constraint.name !== "rsc_location") return false;
    const pattern = constraint.get("rsc-pattern");
    if (pattern !== undefined) return patternMatches(pattern, resource) ?? false;
    return resourcesNamedBy(constraint).some((name) => own.includes(name));
  });
}

function tagsOf(cib: Cib, resource: string): readonly string[] {
  const tags = cib.section("tags")?.all("tag") ?? [];
  const bears = (tag: XmlElement): boolean => tag.all("obj_ref").some((one) => one.get("id") === resource);
  return tags.filter(bears).map((tag) => tag.get("id") ?? "");
}

function reason(resource: string, id: string, score: string): WhyReason {
  const name = vmNameOf(resource);
  const below = isBelow(score);
  const rest = { object: id, score };
  if (/^cli-ban-/.test(id)) {
    const text = "it was banned from there by hand (crm_resource --ban, pcs resource ban)";
    return { ...rest, code: "banned", text, command: `crm_resource --clear --resource ${resource}` };
  }
  if (/^cli-(prefer|standby)-/.test(id)) {
    const text = "it was moved there by hand (crm_resource --move, pcs resource move)";
    return { ...rest, code: "moved-by-hand", text, command: `crm_resource --clear --resource ${resource}` };
  }
  if (id === `${resource}.move`) {
    return { ...rest, code: "move", text: "it is being moved there", command: `haven vm move ${name}` };
  }
  const code = below ? "forbidden" : "preferred";
  // What set-up has made holds for all VMs, and is not to be taken away for one.
  if (id.startsWith("haven-")) {
    return {
      ...rest,
      code,
      text: `Haven's own constraint ${id} ${below ? "speaks against" : "speaks for"} it`,
    };
  }
  const isOwn = name !== undefined && id.startsWith(`${resource}.`);
  const command = undo.constraint(resource, id);
  if (isOwn && !below) return { ...rest, code: "preferred", text: "its placement prefers the node", command };
  return {
    ...rest,
    code,
    text: `the constraint ${id} ${below ? "speaks against" : "speaks for"} it`,
    command,
  };
}

/** What a rule by an attribute says in words: the node's connection, its health, its disk. */
function attributeWords(
  rule: XmlElement,
  attributes: ReadonlyMap<string, string>,
): Partial<Pick<WhyReason, "text" | "code">> {
  const expressions = rule.all("expression").filter((one) => one.get("attribute") !== "#uname");
  const names = [
    ...new Set([
      ...expressions.map((one) => one.get("attribute") ?? ""),
      ...(rule.get("score-attribute") === undefined ? [] : [rule.get("score-attribute") ?? ""]),
    ]),
  ];
  if (names.length === 0) return {};
  const says = names.map((name) => `${name} is ${attributes.get(name) ?? "not set"}`).join(", ");
  return { code: "attribute", text: `the node's attribute ${says}` };
}

/**
 * A node on which the agent, or something that it needs, is not installed: the scheduler lets no resource be where an
 * operation of it has ended so (OCF_ERR_INSTALLED). crm_mon does not count it among the failures.
 */
function notInstalled({ moment, resource }: PlaceWorld, node: string): readonly WhyReason[] {
  const state = moment.cib.status.all("node_state").find((one) => one.get("uname") === node);
  const records = state?.child("lrm")?.child("lrm_resources")?.all("lrm_resource") ?? [];
  const operations = records.find((one) => one.get("id") === resource)?.all("lrm_rsc_op") ?? [];
  const failed = operations.find((one) => one.get("rc-code") === notInstalledCode);
  if (failed === undefined) return [];
  const said = failed.get("exit-reason") ?? "";
  const text = `what it needs is not installed there${said === "" ? "" : `: ${said}`}`;
  const command = undo.failures(resource);
  return [{ code: "not-installed", text, object: node, score: "-INFINITY", command }];
}

const notInstalledCode = "5";

function sticks({ moment, resource }: PlaceWorld, isHere: boolean): readonly WhyReason[] {
  if (!isHere) return [];
  const { cib } = moment;
  const element = cib.byId(resource);
  const own =
    element === undefined ? undefined : cib.nvpairs(element, "meta_attributes").get("resource-stickiness");
  const score = own ?? cib.resourceDefaults.get("resource-stickiness");
  if (score === undefined || scoreOf(score) === 0) return [];
  return [
    {
      code: "sticks",
      text: "it runs here, and does not move by itself",
      object: "resource-stickiness",
      score,
      command: moveCommand(resource),
    },
  ];
}

/** Colocations of finite score, as wishes. */
function besides({ moment, resource }: PlaceWorld, node: string): readonly WhyReason[] {
  return moment.cib.constraints.flatMap((constraint): readonly WhyReason[] => {
    if (constraint.name !== "rsc_colocation" || constraint.get("rsc") !== resource) return [];
    const score = constraint.get("score") ?? "";
    const other = constraint.get("with-rsc") ?? "";
    if (!Number.isFinite(scoreOf(score)) || moment.places.get(other) !== node) return [];
    const name = vmNameOf(other) ?? other;
    const id = constraint.get("id") ?? "";
    const text = scoreOf(score) < 0 ? `it should be apart from ${name}` : `it should be with ${name}`;
    const command = undo.constraint(resource, id);
    return [{ code: "beside", text: `${text}, which runs there`, object: id, score, command }];
  });
}

function moveCommand(resource: string): string {
  const name = vmNameOf(resource);
  return name === undefined ? `crm_resource --move --resource ${resource}` : `haven vm move ${name}`;
}

/** In a cluster that lets resources be only where a constraint says so. */
function notLet({ moment }: PlaceWorld, located: readonly WhyReason[]): readonly WhyReason[] {
  if (isOn(moment.cib.property("symmetric-cluster") ?? "true")) return [];
  if (located.length > 0) return [];
  const text = "no constraint lets it be there, as symmetric-cluster=false asks for";
  const command = "pcs property set symmetric-cluster=true";
  return [{ code: "opt-in", text, object: "symmetric-cluster", score: "-INFINITY", command }];
}
