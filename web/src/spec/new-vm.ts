import { stringify } from "yaml";

/** What somebody who wants a new VM says of it, step by step; empty where nothing is said. */
export interface NewVm {
  readonly name: string;
  /** The name is the guest's host name, whose address the resolver knows: it gives the network, too. */
  readonly isDns: boolean;
  readonly class: string;
  readonly memory: string;
  readonly cpu: string;
  readonly disk: "none" | "file" | "block" | "new" | "copy";
  readonly path: string;
  /** Of a new disk, or what a copy grows to. */
  readonly size: string;
  /** The image that is copied. */
  readonly from: string;
  /** An installer's image, for a drive beside the disk. */
  readonly iso: string;
  readonly network: "none" | "bridge" | "zone";
  readonly link: string;
  readonly prefer: readonly string[];
}

export const nothingSaid: NewVm = {
  ...{ name: "", isDns: false, class: "", memory: "2 GiB", cpu: "2" },
  ...{ disk: "new", path: "", size: "20 GiB", from: "", iso: "" },
  ...{ network: "none", link: "", prefer: [] },
};

/** The VM's own name: of a host name its first part. */
export function vmNameOf({ name, isDns }: Pick<NewVm, "name" | "isDns">): string {
  return (isDns ? (name.split(".")[0] ?? "") : name).trim().toLowerCase();
}

/** Whether a path is that of a device, or of a folder of them. */
export function isDevice(path: string): boolean {
  return path === "/dev" || path.startsWith("/dev/");
}

/** What is said of a VM when an image for it has come: an installer's for its drive, any other for its disk. */
export function withImage({ disk }: Pick<NewVm, "disk">, path: string): Partial<NewVm> {
  if (path.endsWith(".iso")) return { iso: path };
  return disk === "copy" ? { from: path } : { disk: "file", path };
}

/** Where a new disk is put unless somebody says another path: into the first folder that the settings name. */
export function usualPath(wishes: NewVm, storage: readonly string[]): string {
  const folder = storage.find((one) => !isDevice(one));
  const name = vmNameOf(wishes);
  return folder === undefined || name === "" ? "" : `${folder}/${name}.qcow2`;
}

/** What is still to be said before the next step; undefined where nothing is. */
export function missingIn(
  wishes: NewVm,
  names: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const { disk, path, size, from, network, link, isDns } = wishes;
  const name = vmNameOf(wishes);
  return {
    name:
      name === "" ? "It needs a name" : names.includes(name) ? `There is a VM ${name} already` : undefined,
    disk:
      disk === "none"
        ? undefined
        : path === ""
          ? "The disk needs a path"
          : disk === "new" && size === ""
            ? "A new disk needs a size"
            : disk === "copy" && from === ""
              ? "A copy needs an image to be copied from"
              : undefined,
    network: network !== "none" && !isDns && link === "" ? `It needs the name of a ${network}` : undefined,
  };
}

/** The specification of it as a person would write it. */
export function newVmText(wishes: NewVm): string {
  const { name, isDns, class: className, memory, cpu, iso, network, link, prefer } = wishes;
  const disks = [...diskOf(wishes), ...(iso === "" ? [] : [{ iso }])];
  const networks = [
    ...(isDns ? [{ dns: name.trim(), ...(network === "zone" && link !== "" ? { zone: link } : {}) }] : []),
    ...(!isDns && network !== "none" ? [{ [network]: link }] : []),
  ];
  const spec = {
    name: vmNameOf(wishes),
    class: said(className),
    memory: numberOr(memory),
    cpu: numberOr(cpu),
    disks: disks.length === 0 ? undefined : disks,
    networks: networks.length === 0 ? undefined : networks,
    // An empty disk does not boot: the installer's turn comes then, and only then.
    ...(iso === "" ? {} : { boot: ["disk", "cdrom"], graphics: "vnc" }),
    placement: prefer.length === 0 ? undefined : { prefer },
  };
  return stringify(spec, { lineWidth: 110, keepUndefined: false });
}

function diskOf({ disk, path, size, from }: NewVm): readonly unknown[] {
  switch (disk) {
    case "none":
      return [];
    case "file":
    case "block":
      return [{ [disk]: path }];
    case "new":
      return [{ ...placeOf(path), create: numberOr(size) }];
    case "copy":
      return [{ ...placeOf(path), create: { copy: from, ...(size === "" ? {} : { size: numberOr(size) }) } }];
  }
}

function placeOf(path: string): Readonly<Record<string, string>> {
  return path.startsWith("/dev/") ? { block: path } : { file: path };
}

function said(text: string): string | undefined {
  return text.trim() === "" ? undefined : text.trim();
}

function numberOr(text: string): number | string | undefined {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : said(text);
}
