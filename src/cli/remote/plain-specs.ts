import { HavenError } from "../../base/errors.ts";
import { specProblemText } from "../../vm/spec-problem.ts";
import { type SpecText, yamlDocuments } from "../../vm/yaml-documents.ts";

/**
 * What YAML texts say, as plain values for a request: the cluster checks what they mean.
 *
 * @throws HavenError vm.invalid where a text is no YAML, or a document no object
 */
export async function plainSpecs(texts: readonly SpecText[]): Promise<readonly object[]> {
  const read = await Promise.all(texts.map(yamlDocuments));
  const problems = read.flatMap((one) => one.problems).map(specProblemText);
  const specs: object[] = [];
  for (const { file, value } of read.flatMap((one) => one.documents)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) specs.push(value);
    else problems.push(`${file}: expected the fields of a specification`);
  }
  if (problems.length > 0) throw new HavenError("vm.invalid", { problems });
  return specs;
}
