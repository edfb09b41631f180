/** What libvirt answered: one of its own errors, as virGetLastError would show it. */
export class LibvirtError extends Error {
  override readonly name = "LibvirtError";
  /** virErrorNumber; compare with `errorCode` of constants.ts. */
  readonly code: number;
  /** virErrorDomain: the part of libvirt that reports; `errorDomain` of constants.ts. */
  readonly domain: number;
  /** virErrorLevel: 1 warning, 2 error. */
  readonly level: number;

  constructor(fields: LibvirtErrorFields) {
    super(fields.message);
    this.code = fields.code;
    this.domain = fields.domain;
    this.level = fields.level;
  }
}

interface LibvirtErrorFields {
  readonly code: number;
  readonly domain: number;
  readonly level: number;
  readonly message: string;
}

/** True for an error of libvirt's own, of that code (`errorCode`) where one is given. */
export function isLibvirtError(error: unknown, code?: number): error is LibvirtError {
  return error instanceof LibvirtError && (code === undefined || error.code === code);
}
