import { CString, dlopen, FFIType, JSCallback, type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";

export interface PamQuestion {
  readonly service: string;
  readonly user: string;
  /** Where the user comes from, for modules that look at it (PAM_RHOST). */
  readonly address: string;
  /** Undefined: only the account is looked at, of one who has shown the password before. */
  readonly password: Uint8Array | undefined;
  /** Where the service is looked for instead of the system's places (PAM 1.4). */
  readonly directory: string | undefined;
}

export type PamAnswer =
  /** `user`: the name as it is after all modules have seen it. */
  | { readonly is: "valid"; readonly user: string }
  | { readonly is: "refused"; readonly at: "password" | "account"; readonly why: string }
  | { readonly is: "unable"; readonly why: string };

// security/_pam_types.h of Linux-PAM 1.5.2 and 1.7.0.
const success = 0;
const conversationError = 19;
const items = { user: 2, rhost: 4 } as const;
const flags = { silent: 0x8000, noEmptyPassword: 1 } as const;
const styles = { secret: 1, question: 2, error: 3, info: 4 } as const;

const functions = {
  pam_start: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  pam_set_item: { args: ["ptr", "i32", "ptr"], returns: "i32" },
  pam_get_item: { args: ["ptr", "i32", "ptr"], returns: "i32" },
  pam_authenticate: { args: ["ptr", "i32"], returns: "i32" },
  pam_acct_mgmt: { args: ["ptr", "i32"], returns: "i32" },
  pam_strerror: { args: ["ptr", "i32"], returns: "ptr" },
  pam_end: { args: ["ptr", "i32"], returns: "i32" },
} as const;
const startElsewhere = {
  pam_start_confdir: { args: ["ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
} as const;

/**
 * Asks PAM. Its modules may block, print, start programs and, if ever one is at fault, end the process: call it in a process
 * that is there for nothing else.
 *
 * @throws Error where there is no libpam
 */
export function askPam({ service, user, address, password, directory }: PamQuestion): PamAnswer {
  const { symbols: pam } = dlopen("libpam.so.0", functions);
  const conversation = makeConversation(password);
  const handle = new BigUint64Array(1);
  const first = [text(service), text(user), conversation.structure] as const;
  const said =
    directory === undefined
      ? pam.pam_start(...first, handle)
      : dlopen("libpam.so.0", startElsewhere).symbols.pam_start_confdir(...first, text(directory), handle);
  if (said !== success) return { is: "unable", why: `PAM does not begin (${said})` };
  const session = Number(handle[0]) as Pointer;
  const why = (code: number): string => {
    const words = pam.pam_strerror(session, code);
    return words === null ? `PAM says ${code}` : new CString(words).toString();
  };
  const quietly = flags.silent | flags.noEmptyPassword;
  let code = pam.pam_set_item(session, items.rhost, text(address));
  try {
    if (code !== success) return { is: "unable", why: why(code) };
    if (password !== undefined) {
      code = pam.pam_authenticate(session, quietly);
      if (code !== success) return { is: "refused", at: "password", why: why(code) };
    }
    code = pam.pam_acct_mgmt(session, quietly);
    if (code !== success) return { is: "refused", at: "account", why: why(code) };
    const found = new BigUint64Array(1);
    code = pam.pam_get_item(session, items.user, found);
    if (code !== success || found[0] === 0n) return { is: "unable", why: "PAM does not tell the user" };
    return { is: "valid", user: new CString(Number(found[0]) as Pointer).toString() };
  } finally {
    pam.pam_end(session, code);
    conversation.close();
  }
}

/**
 * What modules may ask: a secret is the password, texts are passed over, and anything else nobody can answer here. They free
 * what they are given, with the C library's own `free`.
 */
function makeConversation(password: Uint8Array | undefined) {
  const { symbols: libc } = dlopen("libc.so.6", { calloc: { args: ["u64", "u64"], returns: "ptr" } });
  const room = (bytes: number): DataView => {
    const place = libc.calloc(1, bytes);
    if (place === null) throw new Error("no memory");
    return new DataView(toArrayBuffer(place, 0, bytes));
  };
  // struct pam_response: a pointer and an integer, 16 bytes. struct pam_message: an integer, padding, and a pointer.
  const answer = (count: number, messages: Pointer, responses: Pointer): number => {
    const asked = Array.from({ length: count }, (_, i) => read.i32(read.ptr(messages, i * 8) as Pointer, 0));
    const isKnown = (style: number): boolean =>
      style === styles.error || style === styles.info || (style === styles.secret && password !== undefined);
    if (!asked.every(isKnown)) return conversationError;
    const list = room(count * 16);
    for (const [i, style] of asked.entries()) {
      if (style !== styles.secret || password === undefined) continue;
      const copy = room(password.length + 1);
      new Uint8Array(copy.buffer).set(password);
      list.setBigUint64(i * 16, BigInt(ptr(copy.buffer)), true);
    }
    new DataView(toArrayBuffer(responses, 0, 8)).setBigUint64(0, BigInt(ptr(list.buffer)), true);
    return success;
  };
  const callback = new JSCallback(answer, {
    args: [FFIType.i32, FFIType.ptr, FFIType.ptr, FFIType.ptr],
    returns: FFIType.i32,
  });
  const structure = BigUint64Array.of(BigInt(callback.ptr ?? 0), 0n);
  return { structure, close: () => callback.close() };
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
