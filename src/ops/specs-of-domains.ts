import { HavenError, isHavenError, printError } from "../base/errors.ts";
import { fromDomain } from "../vm/from-domain.ts";
import type { SpecText } from "../vm/read-spec.ts";
import { specYaml } from "../vm/spec-yaml.ts";

export interface DomainSpecOptions {
  /** The VM's name instead of the domain's; for one domain only. */
  readonly name?: string | undefined;
  /** Nodes that the VMs prefer, in order. */
  readonly prefer?: readonly string[];
}

/**
 * Specifications of libvirt domains: texts of XML in (virt-install --print-xml, virsh dumpxml), YAML out, as `vm add`
 * reads it.
 *
 * @throws HavenError vm.invalid with what is wrong with any of them; usage for one name for several domains
 */
export async function specsOfDomains(
  texts: readonly SpecText[],
  { name, prefer = [] }: DomainSpecOptions = {},
): Promise<readonly SpecText[]> {
  if (name !== undefined && texts.length !== 1) {
    throw new HavenError("usage", { what: `--name is for one domain, and ${texts.length} files were given` });
  }
  const problems: string[] = [];
  const specs: SpecText[] = [];
  for (const { file, text } of texts) {
    try {
      const spec = await fromDomain(text, { source: file, name });
      const placed = prefer.length === 0 ? spec : { ...spec, placement: { prefer: [...prefer] } };
      specs.push({ file, text: await specYaml(placed), derived: true });
    } catch (error) {
      problems.push(...problemsOf(error, file));
    }
  }
  if (problems.length > 0) throw new HavenError("vm.invalid", { problems });
  return specs;
}

function problemsOf(error: unknown, file: string): readonly string[] {
  if (isHavenError(error, "vm.invalid") && Array.isArray(error.payload.problems))
    return error.payload.problems.map(String);
  if (isHavenError(error, "xml.invalid")) {
    const { line, column, what } = error.payload;
    const more = what === "has more than one root element" ? ": give each domain a file of its own" : "";
    return [`${file}:${line}:${column}: expected the XML of one domain, but it ${what}${more}`];
  }
  return [`${file}: ${printError(error)}`];
}
