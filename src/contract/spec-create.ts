import { z } from "zod";
import { field, fields, oneOf, path, size, text } from "./spec-parts.ts";

const ownerText = "a user, or user:group";
const modeText = "an octal mode without anything for others, such as 0660";

const mode = z
  .union([z.number(), z.string().meta({ pattern: "^0?[0-7][0-7]0$" })], { error: modeText })
  // YAML reads 0660 as the number 660.
  .transform((value, context): string => {
    const digits = String(value).padStart(4, "0");
    if (/^0[0-7][0-7]0$/.test(digits)) return digits;
    context.addIssue({ code: "custom", message: modeText });
    return z.NEVER;
  });

const createFields = fields(
  {
    size: field(size, "Its size; with copy or move it grows to that size"),
    copy: field(path, "An image on this node that is copied, or converted where its format is another one"),
    move: field(path, "An image on this node that becomes the disk, and is gone from where it was"),
    preallocation: field(
      oneOf(["off", "metadata", "falloc", "full"]),
      "How much of a file's size is taken from the storage at once; off unless set",
    ),
    owner: field(
      text(ownerText).regex(/^[A-Za-z_0-9][A-Za-z0-9_.-]{0,63}(:[A-Za-z_0-9][A-Za-z0-9_.-]{0,63})?$/, {
        error: ownerText,
      }),
      "Who owns the file; root unless set, and what is moved keeps its owner",
    ),
    mode: field(
      mode,
      "The file's permissions; 0600 unless set, and what is moved keeps its own less others'",
    ),
  },
  "a size, or fields with size, copy or move",
).superRefine((value, context) => {
  if (value.copy !== undefined && value.move !== undefined) {
    context.addIssue({ code: "custom", path: ["move"], message: "copy or move, not both" });
  }
  if ((value.copy ?? value.move ?? value.size) === undefined) {
    context.addIssue({ code: "custom", message: "size, copy or move" });
  }
});

type CreateFields = z.output<typeof createFields>;

/** How a disk is made when its VM gets it. A plain size is that of a new, empty disk. */
export const create = z.union(
  [createFields, size.transform((mebibytes): CreateFields => ({ size: mebibytes }))],
  { error: "a size, or fields with size, copy or move" },
);

/** What has to be made of a disk. Sizes are MiB. */
export type CreateSpec = CreateFields;
