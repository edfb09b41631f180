import { z } from "zod";

/**
 * What the bodies of the API's requests are made of. This file imports zod when it is evaluated, as do the files that
 * use it: `await import()` them for their values, import their types freely.
 */
export const flag = (text: string) => z.boolean({ error: "true or false" }).optional().describe(text);

/** The fields of requests that change the cluster. */
export const common = {
  yes: flag(
    "Answer yes where something is asked; without it the request fails then, and says what was asked",
  ),
  dryRun: flag("Say what would happen, change nothing"),
  force: flag("Also where a VM that runs would be stopped, restarted or moved by it, which is refused else"),
} as const;

/** An object without any other field. */
export const request = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape, { error: "an object" });

/** A name, of a node say; `what` is read after "expected". */
export const name = (what: string) =>
  z.string({ error: what }).min(1, { error: what }).max(253, { error: what });

/** The name of a node. */
export const node = name("the name of a node");

/** A list of so many; `what` is read after "expected". */
export const listOf = <S extends z.ZodType>(
  one: S,
  what: string,
  { least = 0, most }: { readonly least?: number; readonly most: number },
) => {
  const error = least === 0 ? `at most ${most} ${what}` : `${least} to ${most} ${what}`;
  return z
    .array(one, { error: `a list of ${what}` })
    .min(least, { error })
    .max(most, { error });
};

/** The specification of a VM: checked as a file of `haven vm add` is, when all that is wrong is told at once. */
export const spec = z
  .record(z.string(), z.unknown(), { error: "the specification of a VM" })
  .describe("The specification of a VM, as /v1/schemas/vm has it");
export const specs = listOf(spec, "specifications", { least: 1, most: 1000 });
