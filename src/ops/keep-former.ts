import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { printError } from "../base/errors.ts";
import { xmlFlag } from "../libvirt/constants.ts";
import { keepingUndefineFlags } from "../libvirt/keeping-undefine-flags.ts";
import type { CibResource } from "../pacemaker/cib.ts";
import { type Cib, resourcesNamedBy } from "../pacemaker/cib.ts";
import { namesOf } from "../vm/carry-placement.ts";
import { xml } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";
import type { Environment } from "./environment.ts";
import type { FoundDomain } from "./find-domains.ts";
import type { Adoption } from "./plan-adoptions.ts";

/** Where what was there before is kept, on the node where it was taken over. */
const folder = "/var/lib/haven/adopted";

/** The path of what is kept under that name. */
export function keptPath(file: string): string {
  return join(folder, file);
}

/** Keeps the resources that go, with their constraints, as files. @returns Their paths */
export async function keepFormer(cib: Cib, adoptions: readonly Adoption[]): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const { name, from } of adoptions) {
    const { foreign } = from;
    if (foreign === undefined) continue;
    const names = new Set([...namesOf(foreign), ...(foreign.group === undefined ? [] : [foreign.group.id])]);
    const outer: CibResource | undefined = cib.resource(foreign.inside[0] ?? foreign.id);
    const constraints = cib.constraints.filter((one) => resourcesNamedBy(one).some((id) => names.has(id)));
    const whole = xml("configuration", { id: foreign.id }, [
      xml("resources", {}, outer === undefined ? [] : [outer.element]),
      xml("constraints", {}, constraints),
    ]);
    kept.push(await keep(`${name}.cib.xml`, writeXml(whole, { indent: 2 })));
  }
  return kept;
}

/**
 * Takes the definitions of domains out of libvirt, so that nobody starts them beside Pacemaker; what runs, runs on.
 * Each is kept as a file first. UEFI's variables and a TPM's state stay.
 *
 * @returns The files' paths, and what could not be done, in words
 */
export async function undefineDomains(
  environment: Environment,
  vms: readonly { readonly name: string; readonly domains: readonly FoundDomain[] }[],
): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const { name, domains } of vms) {
    for (const { node, driver, domain } of domains) {
      const options = { timeoutMs: 10_000 };
      try {
        const libvirt = await environment.libvirt(node, driver);
        if (!(await libvirt.domainIsPersistent(domain, options))) continue;
        const text = await libvirt.domainGetXMLDesc(domain, xmlFlag.secure | xmlFlag.inactive, options);
        kept.push(await keep(`${name}-${node}.xml`, text));
        await libvirt.domainUndefineFlags(domain, keepingUndefineFlags(driver), options);
      } catch (error) {
        kept.push(
          `the definition of ${domain.name} on ${node} is still there: ${printError(error).replaceAll("\n", "; ")}`,
        );
      }
    }
  }
  return kept;
}

async function keep(file: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = keptPath(file);
  // It may hold a password.
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
