import { z } from "zod";
import { field, fields, oneOf, path, text } from "./spec-parts.ts";

interface BootFields {
  from?: "disk" | undefined;
  kernel?: string | undefined;
  initrd?: string | undefined;
  cmdline?: string | undefined;
}

/** What a VM boots. */
export const boot = z.union(
  [
    oneOf(["disk"]).transform((from): BootFields => ({ from })),
    fields({
      from: field(oneOf(["disk"]), "The device to boot from"),
      kernel: field(path, "A kernel to boot directly"),
      initrd: field(path, "Its initial RAM disk"),
      cmdline: field(
        text("the kernel's command line").regex(/^[^\p{Cc}]{0,2000}$/u, {
          error: "one line of at most 2000 characters",
        }),
        "The kernel's command line",
      ),
    }).superRefine((value, context) => {
      if (value.kernel === undefined && (value.initrd ?? value.cmdline) !== undefined) {
        context.addIssue({ code: "custom", message: "kernel beside initrd and cmdline" });
      }
    }),
  ],
  { error: "disk, or kernel with initrd and cmdline" },
);

/** The root of a container, for hypervisor lxc. */
export const container = fields({
  root: path.describe("The directory that is the container's root"),
  init: field(path, "The first process, by its path in the container"),
});
