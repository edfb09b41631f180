import { z } from "zod";

/**
 * What the fields of a specification are made of. The text of each `error` is what a person reads after
 * "expected": it names a value that would do. A field's description is what an editor shows, see
 * `docs/vm-spec.schema.json`.
 *
 * This file imports zod when it is evaluated: only files that are imported lazily may import it.
 */

/** A text; what it must look like is said by `regex`. */
export const text = (expected: string): z.ZodString => z.string({ error: expected });

/** One of some words. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: values.length === 1 ? values[0] : `one of ${values.join(", ")}` });

export const yesNo = z.boolean({ error: "true or false" });

/** A whole number within bounds, both of them allowed. */
export const wholeNumber = (expected: string, minimum: number, maximum: number) =>
  z
    .number({ error: expected })
    .int({ error: expected })
    .min(minimum, { error: expected })
    .max(maximum, { error: expected });

/** Fields with their values; a field that is not named is an error. */
export const fields = <S extends z.ZodRawShape>(shape: S, expected = "fields and their values") =>
  z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? expected : undefined) });

/** A field that may be left out, with the line that an editor shows for it. */
export const field = <S extends z.ZodType>(schema: S, description: string): z.ZodOptional<S> =>
  schema.optional().describe(description);

export const nodeName = text("the name of a node").regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,253}[A-Za-z0-9])?$/, {
  error: "the name of a node",
});

const wordText = "a word of at most 32 small letters, digits and dashes";
const word = text(wordText).regex(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/, { error: wordText });

/** The name of a class of VMs. */
export const className = word;

/** The name of a zone: a network that VMs may be in. */
export const zoneName = word;

export const path = text("an absolute path").regex(/^\/(?!.*\/\.\.?(\/|$))[^\p{Cc}]{1,4000}$/u, {
  error: "an absolute path without . or .. in it",
});

const uuidText = "a UUID such as 7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";

export const mailText = "a mail address such as ops@example.org";
export const mailAddress = text(mailText).regex(
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/,
  { error: mailText },
);

export const uuid = text("a UUID")
  .regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, { error: uuidText })
  .transform((value) => value.toLowerCase());

const sizeUnits: Readonly<Record<string, number>> = { "": 1, M: 1, G: 1024, T: 1024 * 1024 };
const sizeText = "a size such as 512 MiB or 2 GiB";
const sizePattern = /^\s*(\d{1,9}(?:\.\d{1,3})?)\s*(?:([MGT])(?:iB)?)?\s*$/;

/** A number, or a text whose pattern an editor may check as it is typed. */
const measure = (expected: string, pattern: RegExp) =>
  z.union([z.number(), z.string().meta({ pattern: pattern.source })], { error: expected });

/** A size in MiB; a plain number is MiB. */
export const size = measure(sizeText, sizePattern).transform((value, context): number => {
  const match = sizePattern.exec(String(value));
  const mebibytes = Number(match?.[1]) * (sizeUnits[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isInteger(mebibytes) && mebibytes > 0 && mebibytes <= 64 * 1024 * 1024) return mebibytes;
  context.addIssue({ code: "custom", message: sizeText });
  return z.NEVER;
});

const timeUnits: Readonly<Record<string, number>> = { "": 1, s: 1, min: 60, h: 3600 };
const timeText = "a time such as 90 s or 5 min";
const timePattern = /^\s*(\d{1,6})\s*(s|min|h)?\s*$/;

/** A time in whole seconds; a plain number is seconds. */
export const seconds = measure(timeText, timePattern).transform((value, context): number => {
  const match = timePattern.exec(String(value));
  const result = Number(match?.[1]) * (timeUnits[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isInteger(result) && result > 0 && result <= 24 * 3600) return result;
  context.addIssue({ code: "custom", message: timeText });
  return z.NEVER;
});

const rateText = "a bandwidth such as 100 MiB/s";
const ratePattern = /^\s*(\d{1,7})\s*(?:([MG])iB\/s)?\s*$/;

/** A bandwidth in MiB/s, as libvirt counts it; a plain number is MiB/s. */
export const bandwidth = measure(rateText, ratePattern).transform((value, context): number => {
  const match = ratePattern.exec(String(value));
  const result = Number(match?.[1]) * (sizeUnits[match?.[2] ?? ""] ?? Number.NaN);
  if (Number.isInteger(result) && result > 0 && result <= 1_000_000) return result;
  context.addIssue({ code: "custom", message: rateText });
  return z.NEVER;
});
