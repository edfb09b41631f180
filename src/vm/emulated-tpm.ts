/**
 * Whether a VM has an emulated TPM, by its domain as `toDomain` writes it. Its state follows a VM at fail-over by
 * shared storage only, and libvirt refuses to migrate from there live unless swtpm says `cmdarg-migration`, which 0.7.1
 * of Debian 12 and 13 does not ("the running swtpm does not support migration with shared storage", libvirt 11.3).
 */
export function hasEmulatedTpm(domainXml: string): boolean {
  return /<tpm[\s>][\s\S]*?<backend [^>]*type=['"]emulator['"]/.test(domainXml);
}
