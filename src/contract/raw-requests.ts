import { z } from "zod";
import { common, flag, listOf, request } from "./request-fields.ts";

const { yes, dryRun, force } = common;

/** Checked as a file of `haven raw add` is, by the job: all that is wrong is told at once. */
const definition = z.record(z.string(), z.unknown(), { error: "the definition of a resource or constraint" });

const name = z
  .string({ error: "the name of an option" })
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/, { error: "the name of an option" });
const value = z
  .string({ error: "one line of text" })
  .max(1024, { error: "at most 1024 characters" })
  .regex(/^\P{Cc}*$/u, { error: "one line of text" });

/** The bodies of requests about what Haven has not made. Imports zod: see request-fields.ts. */
export const rawRequests = {
  addRaw: request({
    ...{ dryRun, yes },
    definitions: listOf(definition, "definitions", { least: 1, most: 1000 }).describe(
      "Resources, constraints and tags, as docs/raw.md has them",
    ),
    force: flag(
      "Also parameters that the agent does not know or that are missing, and where a VM that runs would be hit",
    ),
  }),
  removeRaw: request({ dryRun, force, yes }),
  cleanupRaw: request({ yes }),
  manageRaw: request({ dryRun, force, yes }),
  unmanageRaw: request({ dryRun, force, yes }),
  setRawOptions: request({
    ...{ dryRun, yes },
    of: z
      .enum(["cluster", "resources", "operations"], { error: "cluster, resources or operations" })
      .optional()
      .describe("Whose: the cluster's unless given, else the defaults of all resources or operations"),
    values: z
      .record(name, value, { error: "values by the names of options" })
      .refine((all) => Object.keys(all).length > 0, { error: "at least one option" })
      .describe("Options by their names; with an empty value one is taken away"),
    force: flag("Also an option that is not known, that is dangerous, or that would hit a VM that runs"),
  }),
} as const;
