import type { Libvirt } from "../../libvirt/client.ts";
import { affect, errorCode, metadataType } from "../../libvirt/constants.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import { migrationMarkNamespace as namespace } from "../../libvirt/migration-mark.ts";
import type { CallOptions, Domain } from "../../libvirt/types.ts";

/**
 * What a domain carries with it through a migration, in its metadata: from where to where. The copy at the
 * destination arrives suspended, so that there are never two that run; whoever finds it so can tell by the mark
 * whose decision it waits for.
 */
export interface MigrationMark {
  readonly source: string;
  readonly target: string;
  /** The guest stood still before the migration, and must after it. */
  readonly suspended: boolean;
}

const key = "haven-migration";

/** Marks a running domain. Node names are Pacemaker's: no character of theirs means anything in XML. */
export async function setMark(
  libvirt: Libvirt,
  domain: Domain,
  mark: MigrationMark,
  options?: CallOptions,
): Promise<void> {
  const quoted = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const element = `<migration source="${quoted(mark.source)}" target="${quoted(mark.target)}" suspended="${mark.suspended ? "yes" : "no"}"/>`;
  await libvirt.domainSetMetadata(
    domain,
    metadataType.element,
    element,
    key,
    namespace,
    affect.live,
    options,
  );
}

/** The mark, undefined when there is none. */
export async function getMark(
  libvirt: Libvirt,
  domain: Domain,
  options?: CallOptions,
): Promise<MigrationMark | undefined> {
  let text: string;
  try {
    text = await libvirt.domainGetMetadata(domain, metadataType.element, namespace, affect.live, options);
  } catch (error) {
    if (isLibvirtError(error, errorCode.noDomainMetadata)) return undefined;
    // LXC before some versions, Xen: no metadata, and so no mark.
    if (isLibvirtError(error, errorCode.noSupport)) return undefined;
    throw error;
  }
  const value = (name: string): string | undefined => {
    const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(text);
    return match?.[1] ?? match?.[2];
  };
  const source = value("source");
  const target = value("target");
  if (source === undefined || target === undefined) return undefined;
  return { source, target, suspended: value("suspended") === "yes" };
}

/** Takes the mark away. Not having one is fine. */
export async function clearMark(libvirt: Libvirt, domain: Domain, options?: CallOptions): Promise<void> {
  try {
    await libvirt.domainSetMetadata(
      domain,
      metadataType.element,
      undefined,
      key,
      namespace,
      affect.live,
      options,
    );
  } catch (error) {
    if (!isLibvirtError(error, errorCode.noDomainMetadata)) throw error;
  }
}
