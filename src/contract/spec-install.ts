import type { z } from "zod";
import { field, fields, path, text } from "./spec-parts.ts";

const cmdlineText = "one line of at most 1500 characters";

/** How the first boot of a VM installs it. Paths are those of the node where the VM is added. */
export const install = fields(
  {
    from: field(
      path,
      "An ISO image of the installer, or its netboot.tar.gz: kernel and initrd are taken out of it",
    ),
    kernel: field(path, "The installer's kernel"),
    initrd: field(path, "The installer's initial RAM disk"),
    preseed: field(
      path,
      "A file of answers for Debian's installer, which becomes a part of the initial RAM disk",
    ),
    cmdline: field(
      text(cmdlineText).regex(/^[^\p{Cc}]{0,1500}$/u, { error: cmdlineText }),
      "More words for the installer's kernel",
    ),
    folder: field(
      path,
      "Where kernel, initrd and the mark of the one boot are kept, on storage that all nodes reach; beside the first disk unless set",
    ),
  },
  "fields with from, or with kernel and initrd",
).superRefine((value, context) => {
  const wrong = (name: string, message: string): void => {
    context.addIssue({ code: "custom", path: [name], message });
  };
  if (value.from === undefined && value.kernel === undefined) {
    context.addIssue({ code: "custom", message: "from, or kernel and initrd" });
  }
  if (value.from !== undefined && value.kernel !== undefined)
    wrong("kernel", "from, or kernel and initrd, not both");
  if (value.kernel !== undefined && value.initrd === undefined) wrong("initrd", "initrd beside kernel");
  if (value.kernel === undefined && value.initrd !== undefined) wrong("kernel", "kernel beside initrd");
});

/** How a VM is installed. */
export type InstallSpec = z.output<typeof install>;
