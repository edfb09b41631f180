import { type Codec, domain, int32, optional, optionalString, string, struct, uuid } from "./codec.ts";
import { LibvirtError } from "./libvirt-error.ts";
import type { Domain } from "./types.ts";
import type { XdrReader } from "./xdr.ts";

/** struct remote_error (src/remote/remote_protocol.x), of which code, domain, level and message are told. */
interface RemoteError {
  readonly code: number;
  readonly domain: number;
  readonly message: string | undefined;
  readonly level: number;
  readonly dom: Domain | undefined;
  readonly str1: string | undefined;
  readonly str2: string | undefined;
  readonly str3: string | undefined;
  readonly int1: number;
  readonly int2: number;
  readonly net: { readonly name: string; readonly uuid: string } | undefined;
}

/** How an error stands on the wire. */
export const remoteError: Codec<RemoteError> = struct<RemoteError>({
  code: int32,
  domain: int32,
  message: optionalString,
  level: int32,
  dom: optional(domain),
  str1: optionalString,
  str2: optionalString,
  str3: optionalString,
  int1: int32,
  int2: int32,
  net: optional(struct<{ name: string; uuid: string }>({ name: string, uuid })),
});

/** Reads the error that libvirt answered. @throws HavenError libvirt.protocol */
export function readError(reader: XdrReader): LibvirtError {
  const { code, domain: part, level, message } = remoteError.read(reader);
  return new LibvirtError({ code, domain: part, level, message: message ?? `Unknown libvirt error ${code}` });
}
