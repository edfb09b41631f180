import { z } from "zod";
import { field, fields, nodeName } from "./spec-parts.ts";

/** Where a VM runs. */
export const placement = fields({
  prefer: field(
    z
      .union([nodeName.transform((node) => [node]), z.array(nodeName)], {
        error: "the name of a node, or a list of them",
      })
      .refine((nodes) => new Set(nodes).size === nodes.length, { error: "each node once" }),
    "Nodes in order of preference; the first scores 1000, each further one less",
  ),
});
