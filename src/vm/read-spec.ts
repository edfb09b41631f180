import { nearest } from "../base/nearest.ts";
import type { Settings } from "../contract/settings.ts";
import { notBesideWhole } from "../contract/spec-checks.ts";
import type { VmSpec } from "../contract/vm-spec.ts";
import { classNames, defaultsFor, inheritDefaults } from "./inherit-defaults.ts";
import { fieldText, type SpecProblem } from "./spec-problem.ts";
import { withoutInherited } from "./without-inherited.ts";
import { type SpecText, type YamlDocument, yamlDocuments } from "./yaml-documents.ts";

export type { SpecText } from "./yaml-documents.ts";

/** A specification and the place it came from. */
export interface ReadSpec extends Pick<YamlDocument, "file" | "placeOf"> {
  /** With the defaults of its class and of all VMs where it says nothing itself. */
  readonly spec: VmSpec;
  /** The paths of those, see `Inheriting`. */
  readonly inherited: readonly string[];
}

export interface ReadSpecs {
  readonly specs: readonly ReadSpec[];
  /** Everything that is wrong, in the order of the texts. */
  readonly problems: readonly SpecProblem[];
}

/**
 * Reads YAML texts of one or more documents, each the specification of a VM. All problems are collected; a
 * specification with a problem is left out.
 *
 * @param settings The cluster's, which have the defaults
 */
export async function readSpecs(texts: readonly SpecText[], settings: Settings): Promise<ReadSpecs> {
  const specs: ReadSpec[] = [];
  const problems: SpecProblem[] = [];
  for (const text of texts) {
    const read = await yamlDocuments(text);
    problems.push(...read.problems);
    if (read.documents.length === 0 && read.problems.length === 0) {
      problems.push({ file: text.file, expected: "the specification of a VM", found: "nothing" });
    }
    for (const document of read.documents) {
      const result = await readDocument(document, settings);
      specs.push(...result.specs);
      problems.push(...result.problems);
    }
  }
  return { specs, problems: [...problems, ...doubles(specs)] };
}

async function readDocument(document: YamlDocument, settings: Settings): Promise<ReadSpecs> {
  const [{ vmSpec, ownSpec }, { documentProblems }] = await Promise.all([
    import("../contract/vm-spec.ts"),
    import("./document-problems.ts"),
  ]);
  const own = { ...document, value: stripped(document.value) };
  const { file, placeOf } = document;
  const name = classOf(own.value);
  // What was made of a domain says all of it.
  const given = document.derived === true ? {} : besideWhole(own.value, defaultsFor(settings, name));
  if (given === undefined) return { specs: [], problems: [unknownClass(own, name ?? "", settings)] };
  if (Object.keys(given).length === 0) {
    const result = vmSpec.safeParse(own.value);
    if (result.success) return { specs: [{ spec: result.data, inherited: [], file, placeOf }], problems: [] };
    return { specs: [], problems: documentProblems(own, vmSpec, result.error) };
  }
  const said = ownSpec.safeParse(own.value);
  if (!said.success) return { specs: [], problems: documentProblems(own, ownSpec, said.error) };
  const { value, inherited } = inheritDefaults(said.data, given);
  const result = vmSpec.safeParse(value);
  if (result.success) return { specs: [{ spec: result.data, inherited, file, placeOf }], problems: [] };
  const problems = documentProblems({ ...own, value }, vmSpec, result.error);
  return { specs: [], problems: problems.map((problem) => fromDefaults(problem, inherited, own)) };
}

/** What a whole XML says is not inherited. */
function besideWhole<T extends object>(value: unknown, given: T | undefined): T | undefined {
  if (given === undefined || !hasWhole(value)) return given;
  const left = Object.entries(given).filter(([name]) => !saidByWhole.includes(name));
  return Object.fromEntries(left) as T;
}

function hasWhole(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("xml" in value)) return false;
  const { xml } = value;
  return typeof xml === "object" && xml !== null && "whole" in xml;
}

const saidByWhole: readonly string[] = [...notBesideWhole, "cpu", "clock", "memory-maximum"];

/** What Haven has written down as inherited is not the person's, who may have been given it with the rest. */
function stripped(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("inherited" in value)) return value;
  const { inherited } = value;
  const isList = Array.isArray(inherited) && inherited.every((path) => typeof path === "string");
  return isList ? withoutInherited(value, inherited) : value;
}

function classOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("class" in value)) return undefined;
  return typeof value.class === "string" ? value.class : undefined;
}

function unknownClass({ file, placeOf }: YamlDocument, name: string, settings: Settings): SpecProblem {
  const known = classNames(settings);
  const like = nearest(name, known);
  return {
    file,
    ...placeOf(["class"]),
    field: "class",
    expected: `one of the classes ${known.join(", ")}`,
    found: JSON.stringify(name),
    ...(like === undefined ? {} : { nearest: like }),
  };
}

/** Says of a problem with a value that the VM does not have from its own specification where it has it from. */
function fromDefaults(
  problem: SpecProblem,
  inherited: readonly string[],
  { value, placeOf }: YamlDocument,
): SpecProblem {
  const { field } = problem;
  const isGiven = inherited.some((path) => {
    const given = fieldText(path.split("/")) ?? "";
    return (
      field === given || field?.startsWith(`${given}.`) === true || field?.startsWith(`${given}[`) === true
    );
  });
  if (!isGiven) return problem;
  const name = classOf(value);
  const whose =
    name === undefined ? "the cluster's defaults" : `the defaults of class ${name} and the cluster's`;
  return { ...problem, ...placeOf(["class"]), found: `${problem.found ?? "it"}, which is of ${whose}` };
}

function doubles(specs: readonly ReadSpec[]): readonly SpecProblem[] {
  const first = new Map<string, ReadSpec>();
  const problems: SpecProblem[] = [];
  for (const read of specs) {
    const before = first.get(read.spec.name);
    if (before === undefined) first.set(read.spec.name, read);
    else {
      problems.push({
        file: read.file,
        ...read.placeOf(["name"]),
        field: "name",
        expected: "a name for each VM",
        found: `${read.spec.name} again, after ${[before.file, before.placeOf(["name"])?.line].filter((part) => part !== undefined).join(":")}`,
      });
    }
  }
  return problems;
}
