import { z } from "zod";

/**
 * The schema of a list that is read again and again, of which little changes: an item that is sent as it was before is the
 * same object, and is not looked at again.
 */
export function keptList<S extends z.ZodType>(item: S): z.ZodType<readonly z.output<S>[]> {
  let known = new Map<string, z.output<S>>();
  return z.array(z.unknown()).transform((items, context) => {
    const now = new Map<string, z.output<S>>();
    const list = items.map((one, at) => {
      const text = JSON.stringify(one);
      const before = known.get(text);
      if (before !== undefined) {
        now.set(text, before);
        return before;
      }
      const read = item.safeParse(one);
      if (read.success) now.set(text, read.data);
      else
        for (const issue of read.error.issues)
          context.addIssue({ ...issue, path: [at, ...issue.path] } as never);
      return read.data as z.output<S>;
    });
    known = now;
    return list;
  });
}
