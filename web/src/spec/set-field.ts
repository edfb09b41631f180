import { isMap, isScalar, parseDocument } from "yaml";

/**
 * The text of a specification with one field set to another value, or taken out where the value is undefined. Remarks
 * and everything else stay. The text itself where it is no YAML.
 */
export function setField(text: string, path: readonly string[], value: unknown): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  if (value === undefined) {
    document.deleteIn(path);
    // Fields that hold nothing any more say nothing either.
    for (let length = path.length - 1; length > 0; length--) {
      const around = path.slice(0, length);
      const node = document.getIn(around, true);
      if (!isMap(node) || node.items.length > 0) break;
      document.deleteIn(around);
    }
  } else {
    const [field = ""] = path;
    // A short form, such as `cpu: 2`, gives way to fields.
    if (path.length > 1 && !isMap(document.get(field, true))) document.set(field, document.createNode({}));
    const old = document.getIn(path, true);
    if (isScalar(old) && (typeof value !== "object" || value === null)) old.value = value;
    else document.setIn(path, value);
  }
  return document.toString({ lineWidth: 110 });
}

/** What the text of a specification says; no fields where it is no YAML of fields. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(text);
  if (document.errors.length > 0 || !isMap(document.contents)) return {};
  return document.toJS({ maxAliasCount: 100 }) as Readonly<Record<string, unknown>>;
}
