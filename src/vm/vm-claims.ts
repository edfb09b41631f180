import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";

/** Something that a VM has, and that no other VM of the cluster may have too. */
export interface Claim {
  readonly kind: "disk" | "mac" | "uuid" | "name" | "port";
  /** The same for the same thing, however it is written. */
  readonly key: string;
  /** As it stands in the domain's XML. */
  readonly value: string;
  /** Two that only read, or two that say they share, do not get in each other's way. */
  readonly sharing: "none" | "readonly" | "shareable";
}

/**
 * What a VM claims for itself, by its domain's XML: disks, MAC addresses, UUID, name, and ports of graphical
 * consoles that are not chosen by libvirt. Nothing for a text that cannot be read.
 */
export function claimsOf(domainXml: string): readonly Claim[] {
  let domain: XmlElement;
  try {
    domain = readXml(domainXml, { source: "domain XML" });
  } catch {
    return [];
  }
  const own = (kind: Claim["kind"], value: string | undefined, key = value): Claim[] =>
    value === undefined || key === undefined || value === ""
      ? []
      : [{ kind, key: `${kind} ${key}`, value, sharing: "none" }];
  const devices = domain.child("devices");
  return [
    ...own("name", domain.child("name")?.text.trim()),
    ...own("uuid", domain.child("uuid")?.text.trim().toLowerCase()),
    ...(devices?.all("disk") ?? []).flatMap(diskClaim),
    ...(devices?.all("filesystem") ?? []).flatMap(diskClaim),
    ...statePaths(domain).flatMap((path) => own("disk", path, plainPath(path))),
    ...(devices?.all("interface") ?? []).flatMap((one) =>
      own("mac", one.child("mac")?.get("address")?.toLowerCase()),
    ),
    ...(devices?.all("graphics") ?? []).flatMap((graphics) =>
      ["port", "tlsPort", "websocket"].flatMap((name) => {
        const port = graphics.get(name);
        return name !== "websocket" && graphics.get("autoport") === "yes"
          ? []
          : own("port", isPort(port) ? port : undefined);
      }),
    ),
  ];
}

/** The files of UEFI's variables and of a TPM. */
function statePaths(domain: XmlElement): readonly string[] {
  const tpm = domain.at("devices", "tpm", "backend", "source")?.get("path");
  const paths = [domain.at("os", "nvram")?.text.trim(), tpm];
  return paths.filter((path) => path !== undefined).filter((path) => path !== "");
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && Number(text) > 0;
}

function diskClaim(disk: XmlElement): readonly Claim[] {
  const source = disk.child("source");
  const path = source?.get("file") ?? source?.get("dev") ?? source?.get("dir");
  const value = path ?? remoteDisk(source);
  if (value === undefined || value === "") return [];
  const readonly = disk.child("readonly") !== undefined || disk.get("device") === "cdrom";
  const sharing = readonly ? "readonly" : disk.child("shareable") === undefined ? "none" : "shareable";
  return [{ kind: "disk", key: `disk ${path === undefined ? value : plainPath(path)}`, value, sharing }];
}

/** `rbd:pool/image`, `iscsi:iqn.2026-01.org.example:disks/1`: what is reached over the network. */
function remoteDisk(source: XmlElement | undefined): string | undefined {
  const [protocol, name] = [source?.get("protocol"), source?.get("name")];
  if (protocol !== undefined && name !== undefined) {
    const server =
      protocol === "rbd" || protocol === "iscsi" ? "" : `//${source?.child("host")?.get("name") ?? ""}/`;
    return `${protocol}:${server}${name}`;
  }
  const [pool, volume] = [source?.get("pool"), source?.get("volume")];
  return pool === undefined || volume === undefined ? undefined : `pool:${pool}/${volume}`;
}

/**
 * A path without double slashes, `.` and `..`; a logical volume by its volume group, since device mapper's name for
 * it, `/dev/mapper/vg_san-mail--1`, is another one for `/dev/vg_san/mail-1`.
 */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  const plain = `/${parts.join("/")}`;
  const mapped = /^\/dev\/mapper\/((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(plain);
  if (mapped === null) return plain;
  const [, group = "", volume = ""] = mapped;
  return `/dev/${group.replaceAll("--", "-")}/${volume.replaceAll("--", "-")}`;
}

/** A claim with the VM that makes it. */
export interface OwnedClaim extends Claim {
  readonly owner: string;
}

/**
 * The claims that have been made, by their keys, and what clashes with them.
 *
 * @param aliases Further keys of a disk (what the file behind its path is), by its path
 */
export class Claims {
  readonly #made = new Map<string, OwnedClaim[]>();

  constructor(private readonly aliases: ReadonlyMap<string, readonly string[]> = new Map()) {}

  /** Makes a claim. @returns One that was made before and excludes it */
  make(owner: string, claim: Claim): OwnedClaim | undefined {
    let clash: OwnedClaim | undefined;
    for (const key of [claim.key, ...(claim.kind === "disk" ? (this.aliases.get(claim.value) ?? []) : [])]) {
      const made = this.#made.get(key) ?? [];
      clash ??= made.find(({ sharing }) => sharing === "none" || sharing !== claim.sharing);
      this.#made.set(key, [...made, { ...claim, owner }]);
    }
    return clash;
  }
}
