import { type Document, isMap, isNode, isScalar, isSeq, parseDocument } from "yaml";
import { specIssues } from "../../../src/contract/spec-issues.ts";
import { ownSpec } from "../../../src/contract/vm-spec.ts";

/** Something wrong with a text, where it stands. */
export interface SpecMark {
  readonly from: number;
  readonly to: number;
  readonly words: string;
}

/**
 * What is wrong with the text of a specification, as far as that can be said without the cluster: what holds between
 * fields, and whatever depends on its settings, is said when the change is simulated.
 */
export function specMarks(text: string): readonly SpecMark[] {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) {
    return document.errors.map(({ pos: [from, to], message }) => ({ from, to, words: message }));
  }
  const value = jsOf(document);
  if (value instanceof Error) return [{ from: 0, to: text.length, words: value.message }];
  const result = ownSpec.safeParse(value);
  if (result.success) return [];
  return specIssues(ownSpec, result.error).map(({ path, expected, known }) => ({
    ...rangeOf(document, path, known !== undefined),
    words:
      known === undefined ? `Expected ${expected}` : `Unknown field; expected one of ${known.join(", ")}`,
  }));
}

function jsOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Where a field's value stands, or its name, or what should hold it. */
function rangeOf(
  document: Document,
  path: readonly PropertyKey[],
  isName: boolean,
): { readonly from: number; readonly to: number } {
  let node: unknown = document.contents;
  let range = rangeOfNode(node) ?? { from: 0, to: 0 };
  for (const [at, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) break;
      range =
        rangeOfNode(at === path.length - 1 && !isName && isScalar(pair.value) ? pair.value : pair.key) ??
        range;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      range = rangeOfNode(node) ?? range;
    } else break;
  }
  return range;
}

function rangeOfNode(node: unknown): { readonly from: number; readonly to: number } | undefined {
  if (!isNode(node) || node.range == null) return undefined;
  return { from: node.range[0], to: node.range[1] };
}
