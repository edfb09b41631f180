import { closeSync, fsyncSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { installFolder } from "../../base/install-folder.ts";
import { type XmlElement, xml } from "../../xml/element.ts";
import { writeXml } from "../../xml/write.ts";

/** The one boot of a VM that installs it. */
export interface FirstBoot {
  /** The domain that boots the installer, and ends when that reboots or powers off. */
  readonly xml: string;
  /** It did not come to that: the next start may. */
  giveBack(): void;
}

/**
 * Takes the right to boot a VM's installer, where there is one. It can be taken once, by one node: a file on the
 * VM's storage is removed, and only who removed it goes on. What cannot be removed, also because the storage does
 * not answer as it should, is not taken: then the VM boots from its disk, and nothing is written over.
 *
 * @returns undefined where the VM is to boot from its disk
 */
export function firstBoot(
  spec: { readonly [key: string]: unknown },
  domain: XmlElement,
): FirstBoot | undefined {
  const { folder, cmdline } = installOf(spec);
  if (folder === undefined) return undefined;
  const mark = `${folder}/${installFolder.once}`;
  try {
    unlinkSync(mark);
    syncFolder(folder);
  } catch {
    return undefined;
  }
  return {
    xml: writeXml(withInstaller(domain, folder, cmdline)),
    giveBack: () => {
      try {
        writeFileSync(mark, "", { flag: "wx", mode: 0o600 });
      } catch {
        // It boots from its disk then.
      }
    },
  };
}

function installOf(spec: { readonly [key: string]: unknown }): { folder?: string; cmdline?: string } {
  const { install } = spec;
  if (typeof install !== "object" || install === null) return {};
  const folder = "folder" in install ? install.folder : undefined;
  const words = "cmdline" in install ? install.cmdline : undefined;
  return {
    ...(typeof folder === "string" && folder.startsWith("/") ? { folder } : {}),
    cmdline: cmdlineOf(spec.name, "preseed" in install, typeof words === "string" ? words : ""),
  };
}

/** With answers at hand Debian's installer asks nothing; the guest's console is the serial one. */
function cmdlineOf(name: unknown, answered: boolean, more: string): string {
  const words = ["console=ttyS0"];
  if (answered) words.push("auto=true", "priority=critical", `hostname=${String(name)}`);
  return [...words, more].filter((word) => word !== "").join(" ");
}

/** After a power cut the mark must not be there again. */
function syncFolder(folder: string): void {
  const open = openSync(folder, "r");
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}

/** A reboot of the guest ends the domain: the cluster starts it again, from its disk then. */
function withInstaller(domain: XmlElement, folder: string, cmdline = ""): XmlElement {
  const copy = domain.clone();
  const text = (name: string, value: string): XmlElement => {
    const made = xml(name);
    made.text = value;
    return made;
  };
  const os = copy.child("os") ?? xml("os");
  if (copy.child("os") === undefined) copy.children.push(os);
  const own = ["kernel", "initrd", "cmdline", "boot"];
  const kept = os.children.filter(({ name }) => !own.includes(name));
  const added = [
    text("kernel", `${folder}/${installFolder.kernel}`),
    text("initrd", `${folder}/${installFolder.initrd}`),
    text("cmdline", cmdline),
  ];
  os.children.splice(0, os.children.length, ...kept, ...added);
  const reboot = copy.child("on_reboot");
  if (reboot === undefined) copy.children.push(text("on_reboot", "destroy"));
  else reboot.text = "destroy";
  return copy;
}
