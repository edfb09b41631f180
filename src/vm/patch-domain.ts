import { HavenError } from "../base/errors.ts";
import { type XmlElement, xml } from "../xml/element.ts";

/** Changes of a domain's XML where no field reaches. */
export interface DomainPatch {
  /** Texts of elements and values of attributes, by their paths. What is not there yet is made. */
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** Paths of elements and attributes that are taken away. */
  readonly remove?: readonly string[] | undefined;
}

/** `driver`, `disk[2]`, `channel[target/@name='x']`, `@type`. */
const stepPattern =
  /^(?:@([A-Za-z_][\w.:-]*)|([A-Za-z_][\w.:-]*)(?:\[(?:(\d{1,3})|((?:[\w.:-]+\/)*)@([\w.:-]+)='([^'\]]*)')\])?)$/;

/** Split at slashes outside of brackets. */
const stepsPattern = /\/(?![^[]*\])/;

interface Step {
  readonly attribute: string | undefined;
  readonly name: string;
  readonly index: number | undefined;
  /** Names of elements that lead to the attribute that is compared. */
  readonly where:
    | { readonly inside: readonly string[]; readonly attribute: string; readonly value: string }
    | undefined;
}

/**
 * Changes a domain in place. A path names elements from below `<domain>` on, as XPath does: by name, `[2]` for the
 * second of that name, `[@dev='vda']` or `[target/@dev='vda']` for the one whose attribute says so; at its end
 * `@name` for an attribute.
 *
 * @throws HavenError vm.invalid for a path that finds nothing, where there should be something
 */
export function patchDomain(domain: XmlElement, patch: DomainPatch): void {
  for (const path of patch.remove ?? []) remove(domain, path);
  for (const [path, value] of Object.entries(patch.set ?? {})) set(domain, path, value);
}

function remove(domain: XmlElement, path: string): void {
  const steps = parse(path);
  const last = steps.pop();
  const parent = steps.reduce<XmlElement | undefined>((at, step) => at && find(at, step), domain);
  if (last === undefined || parent === undefined) throw nothingAt(path);
  if (last.attribute !== undefined) {
    if (parent.get(last.attribute) === undefined) throw nothingAt(path);
    parent.set(last.attribute, undefined);
    return;
  }
  const found = find(parent, last);
  if (found === undefined) throw nothingAt(path);
  parent.children.splice(parent.children.indexOf(found), 1);
}

function set(domain: XmlElement, path: string, value: string): void {
  let at = domain;
  for (const step of parse(path)) {
    if (step.attribute !== undefined) {
      at.set(step.attribute, value);
      return;
    }
    let next = find(at, step);
    if (next === undefined) {
      // A choice among what is there cannot be made up.
      if (step.index !== undefined || step.where !== undefined) throw nothingAt(path);
      next = xml(step.name);
      at.children.push(next);
    }
    at = next;
  }
  if (at.children.length > 0) throw invalid(path, "an element with a text, or an attribute");
  at.text = value;
}

function find(parent: XmlElement, { name, index = 1, where }: Step): XmlElement | undefined {
  const named = parent.all(name);
  if (where === undefined) return named[index - 1];
  return named.find((one) => one.at(...where.inside)?.get(where.attribute) === where.value);
}

function parse(path: string): Step[] {
  return path.split(stepsPattern).map((text) => {
    const match = stepPattern.exec(text);
    if (match === null) throw invalid(path, "a path such as devices/video/model/@type");
    const [, attribute, name = "", index, inside = "", key, value = ""] = match;
    return {
      attribute,
      name,
      index: index === undefined ? undefined : Number(index),
      where:
        key === undefined
          ? undefined
          : { inside: inside.split("/").filter((part) => part !== ""), attribute: key, value },
    };
  });
}

function nothingAt(path: string): HavenError {
  return invalid(path, "a path to something in the domain's XML, found nothing there");
}

function invalid(path: string, expected: string): HavenError {
  return new HavenError("vm.invalid", { problems: [`${path}: expected ${expected}`] });
}
