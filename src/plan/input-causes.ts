import type { BlameCause } from "../contract/blame-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import { vmNameOf } from "../vm/names.ts";
import { XmlElement } from "../xml/element.ts";

/** A cause, with the CIB as it would have been without it. */
export interface InputCause extends BlameCause {
  without(cib: Cib): Cib;
}

const membership = ["in_ccm", "crmd", "join", "expected"] as const;

/** What of the status differs between two inputs of the scheduler, each by itself. The configuration is not compared. */
export function statusCauses(before: Cib, after: Cib): readonly InputCause[] {
  return [
    ...quorumCause(before, after),
    ...nodesOf(after).flatMap(([name, now]) => {
      const was = nodesOf(before).find(([other]) => other === name)?.[1];
      return [
        ...nodeCause(name, was, now),
        ...attributeCauses(name, was, now),
        ...failureCauses(name, was, now),
      ];
    }),
  ];
}

/** A CIB with the configuration of another one. */
export function withConfiguration(cib: Cib, from: Cib): Cib {
  const { root } = cib;
  const children = root.children.map((child) =>
    child.name === "configuration" ? from.configuration : child,
  );
  return new Cib(new XmlElement(root.name, root.attributes.slice(), children, root.text));
}

/** A CIB with another attribute of its root. */
export function withRoot(cib: Cib, name: string, value: string | undefined): Cib {
  const { root } = cib;
  const copy = new XmlElement(root.name, root.attributes.slice(), root.children, root.text);
  copy.set(name, value);
  return new Cib(copy);
}

function nodesOf(cib: Cib): readonly (readonly [string, XmlElement])[] {
  return cib.status.all("node_state").map((state) => [state.get("uname") ?? state.get("id") ?? "", state]);
}

function quorumCause(before: Cib, after: Cib): readonly InputCause[] {
  const [was, is] = [before, after].map((cib) => cib.root.get("have-quorum"));
  if (was === is) return [];
  const text =
    is === "1" ? "the nodes that are here are a majority again" : "the nodes that were left were no majority";
  return [{ code: "quorum", text, object: "quorum", without: (cib) => withRoot(cib, "have-quorum", was) }];
}

/** A CIB in which one node's state is another one. */
function withState(cib: Cib, name: string, change: (state: XmlElement) => XmlElement | undefined): Cib {
  const { root } = cib;
  const status = cib.status;
  const states = status.children.flatMap((state) => {
    const own = state.name === "node_state" && (state.get("uname") ?? state.get("id")) === name;
    const changed = own ? change(state.clone()) : state;
    return changed === undefined ? [] : [changed];
  });
  const changed = new XmlElement(status.name, status.attributes.slice(), states, status.text);
  const children = root.children.map((child) => (child === status ? changed : child));
  return new Cib(new XmlElement(root.name, root.attributes.slice(), children, root.text));
}

/** Whether the membership has a node, in the words of all versions: "true", or since when. */
function isThere(state: XmlElement | undefined): boolean {
  const yes = (value: string | undefined): boolean =>
    value !== undefined && !/^(false|0|offline)$/.test(value);
  return yes(state?.get("in_ccm")) && yes(state?.get("crmd"));
}

function nodeCause(name: string, was: XmlElement | undefined, now: XmlElement): readonly InputCause[] {
  const changed = membership.filter((attribute) => was?.get(attribute) !== now.get(attribute));
  if (changed.length === 0) return [];
  const [before, after] = [isThere(was), isThere(now)];
  const code = before === after ? "node-changed" : after ? "node-joined" : "node-lost";
  const expected = now.get("expected");
  const gone = expected === "down" ? `${name} has left the cluster, as was expected` : `${name} was lost`;
  const text =
    code === "node-joined"
      ? `${name} has joined the cluster`
      : code === "node-lost"
        ? gone
        : `the membership of ${name} has changed: ${changed.map((one) => `${one} ${now.get(one) ?? "gone"}`).join(", ")}`;
  return [
    {
      ...{ code, text, object: name },
      without: (cib) =>
        withState(cib, name, (state) => {
          if (was === undefined) return undefined;
          for (const attribute of membership) state.set(attribute, was.get(attribute));
          return state;
        }),
    },
  ];
}

function transient(state: XmlElement | undefined): ReadonlyMap<string, string> {
  const sets = state?.child("transient_attributes")?.all("instance_attributes") ?? [];
  return new Map(
    sets.flatMap((set) => set.all("nvpair").map((pair) => [pair.get("name") ?? "", pair.get("value") ?? ""])),
  );
}

/** What is told as a failure already, or is of no weight. */
const unimportant = /^(fail-count-|last-failure-|#feature-set|probe_complete)/;

function attributeCauses(name: string, was: XmlElement | undefined, now: XmlElement): readonly InputCause[] {
  const [before, after] = [transient(was), transient(now)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((attribute): readonly InputCause[] => {
    const [old, value] = [before.get(attribute), after.get(attribute)];
    if (old === value || unimportant.test(attribute)) return [];
    const text =
      attribute === "shutdown"
        ? `${name} was told to shut down its cluster`
        : `the attribute ${attribute} of ${name} ${value === undefined ? "is gone" : `became ${value}`}${old === undefined ? "" : ` (it was ${old})`}`;
    return [
      {
        ...{ code: "attribute", text, object: attribute },
        without: (cib) => withState(cib, name, (state) => setTransient(state, attribute, old)),
      },
    ];
  });
}

function setTransient(state: XmlElement, attribute: string, value: string | undefined): XmlElement {
  const set = state.child("transient_attributes")?.child("instance_attributes");
  if (set === undefined) return state;
  const at = set.children.findIndex((pair) => pair.get("name") === attribute);
  const pair = set.children[at];
  if (pair === undefined && value !== undefined) {
    const added = new XmlElement("nvpair");
    for (const [key, text] of Object.entries({ id: `haven-before-${attribute}`, name: attribute, value })) {
      added.set(key, text);
    }
    set.children.push(added);
  } else if (pair !== undefined && value === undefined) set.children.splice(at, 1);
  else pair?.set("value", value);
  return state;
}

function resources(state: XmlElement | undefined): readonly XmlElement[] {
  return state?.child("lrm")?.child("lrm_resources")?.all("lrm_resource") ?? [];
}

/** Operations that did not end as they were to, and of which nothing was known before. */
function failureCauses(name: string, was: XmlElement | undefined, now: XmlElement): readonly InputCause[] {
  return resources(now).flatMap((resource): readonly InputCause[] => {
    const id = resource.get("id") ?? "";
    const old = resources(was).find((one) => one.get("id") === id);
    const known = new Set(old?.all("lrm_rsc_op").map((record) => record.get("transition-magic")));
    const failed = resource
      .all("lrm_rsc_op")
      .find((record) => isFailure(record) && !known.has(record.get("transition-magic")));
    if (failed === undefined) return [];
    const operation = failed.get("operation") === "asyncmon" ? "monitor" : failed.get("operation");
    const why =
      failed.get("exit-reason") ||
      (failed.get("op-status") === "2" ? "it timed out" : `code ${failed.get("rc-code")}`);
    const text = `${operation} of ${vmNameOf(id) ?? id} failed on ${name}: ${why}`;
    return [
      {
        ...{ code: "failure", text, object: id },
        without: (cib) => withState(cib, name, (state) => withResource(state, id, old)),
      },
    ];
  });
}

function isFailure(record: XmlElement): boolean {
  if (record.get("op-status") === "-1") return false;
  const expected = record.get("transition-key")?.split(":")[2] ?? "0";
  return record.get("rc-code") !== expected && !(record.get("operation") === "monitor" && isProbe(record));
}

/** A probe that finds what nobody thought to be there is no failure. */
function isProbe(record: XmlElement): boolean {
  return (record.get("interval") ?? "0") === "0" && /^(0|7|8)$/.test(record.get("rc-code") ?? "");
}

/** The resource as it was known before, and its failures not counted. */
function withResource(state: XmlElement, id: string, old: XmlElement | undefined): XmlElement {
  const list = state.child("lrm")?.child("lrm_resources");
  const at = list?.children.findIndex((one) => one.get("id") === id) ?? -1;
  if (list !== undefined && at >= 0) list.children.splice(at, 1, ...(old === undefined ? [] : [old]));
  const set = state.child("transient_attributes")?.child("instance_attributes");
  const counts = ["fail-count-", "last-failure-"].map((kind) => `${kind}${id}`);
  const counted = (pair: XmlElement): boolean => {
    const name = pair.get("name") ?? "";
    return counts.some((one) => name === one || name.startsWith(`${one}#`));
  };
  if (set !== undefined)
    set.children.splice(0, set.children.length, ...set.children.filter((pair) => !counted(pair)));
  return state;
}
