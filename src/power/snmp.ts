import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type NetSnmp from "net-snmp";
import type { ResponseCallback, Session, User, Varbind } from "net-snmp";
import { HavenError, isHavenError } from "../base/errors.ts";
import { guardedDgram } from "./snmp-guard.ts";
import type { SnmpCredentials, SnmpOptions } from "./snmp-options.ts";

/** A value of the device, with its object identifier. */
export interface SnmpValue {
  readonly oid: string;
  /** An integer, a text's bytes, or another type's name when it is neither; `end` past the last object. */
  readonly value: number | Uint8Array | { readonly type: string };
}

/** A conversation with one device; each call is one request. */
export interface Snmp {
  /** The device as messages name it: HOST:PORT. */
  readonly device: string;
  /** The objects asked for, in that order. */
  get(oids: readonly string[]): Promise<readonly SnmpValue[]>;
  /** The object after each; every one follows the one asked for. */
  next(oids: readonly string[]): Promise<readonly SnmpValue[]>;
  /** Writes an integer. */
  set(oid: string, value: number): Promise<void>;
  close(): void;
}

/**
 * Opens a conversation; nothing is sent yet. Answers are taken from the device's own address only, each one
 * must name exactly the objects that were asked for, and under SNMP v3 must carry the agreed security.
 * What comes late or twice is dropped.
 *
 * @throws HavenError input.invalid (a name without an address); calls throw power.unreachable, power.denied,
 * power.answer, interrupted
 */
export async function openSnmp(options: SnmpOptions): Promise<Snmp> {
  const [{ default: library }, addresses] = await Promise.all([import("net-snmp"), addressesOf(options)]);
  const [target] = addresses;
  if (target === undefined) throw new HavenError("internal", { what: "a name with no address" });
  const port = options.port ?? 161;
  const tries = options.tries ?? 3;
  const timeoutMs = options.timeoutMs ?? 5000;
  const session = openSession(library, target, options.credentials, {
    port,
    transport: isIP(target) === 6 ? "udp6" : "udp4",
    timeout: Math.max(1, Math.round(timeoutMs / tries)),
    retries: tries - 1,
    reportOidMismatchErrors: true,
    backwardsGetNexts: false,
    strictIntRangeChecks: true,
    dgramModule: guardedDgram({
      addresses,
      port,
      level: levelOf(options.credentials),
      onDrop: (why) => options.onNote?.(`Dropped ${why}`),
    }),
  });
  session.on("error", (error) =>
    options.onNote?.(`Dropped a datagram: ${error?.message ?? "cannot be read"}`),
  );
  return new Conversation(library, session, `${options.host}:${port}`, timeoutMs, options.signal);
}

class Conversation implements Snmp {
  #closed = false;

  constructor(
    private readonly library: typeof NetSnmp,
    private readonly session: Session,
    readonly device: string,
    private readonly timeoutMs: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async get(oids: readonly string[]): Promise<readonly SnmpValue[]> {
    const values = await this.#ask((done) => this.session.get(oids, done));
    this.#expectSame(oids, values);
    return values.map((varbind) => this.#value(varbind));
  }

  async next(oids: readonly string[]): Promise<readonly SnmpValue[]> {
    const values = await this.#ask((done) => this.session.getNext(oids, done));
    if (values.length !== oids.length)
      throw this.#wrong(`${values.length} values for ${oids.length} objects`);
    return values.map((varbind, i) => {
      const found = this.#value(varbind);
      const isEnd = typeof found.value === "object" && "type" in found.value;
      if (!isEnd && !follows(oids[i] ?? "", found.oid)) {
        throw this.#wrong(`${found.oid} does not come after ${oids[i]}`);
      }
      return found;
    });
  }

  async set(oid: string, value: number): Promise<void> {
    const type = this.library.ObjectType.Integer ?? 2;
    const answer = this.#ask((done) => this.session.set([{ oid, type, value }], done));
    this.#expectSame([oid], await answer.catch((error: unknown) => this.#setFailed(oid, error)));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.session.close();
  }

  #ask(send: (done: ResponseCallback) => void): Promise<readonly Varbind[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Varbind[]>();
    if (this.#closed || this.signal?.aborted) return Promise.reject(new HavenError("interrupted"));
    const onAbort = (): void => reject(new HavenError("interrupted"));
    this.signal?.addEventListener("abort", onAbort, { once: true });
    send((error, varbinds) => {
      if (error === null || error === undefined) resolve(varbinds ?? []);
      else reject(this.#failure(error));
    });
    return promise.finally(() => this.signal?.removeEventListener("abort", onAbort));
  }

  /** SNMP v1 has no error for a missing right: a community that may not write is told that there is no such name. */
  #setFailed(oid: string, error: unknown): never {
    const isHidden = isHavenError(error, "power.answer") && String(error.payload.what).includes("NoSuchName");
    if (!isHidden) throw error;
    throw new HavenError("power.denied", { device: this.device, what: `writing ${oid}` }, { cause: error });
  }

  /** What a failed request means. The library's errors differ by name, status and code only. */
  #failure(error: Error): HavenError {
    const { device } = this;
    if (error.name === "RequestTimedOutError") {
      return new HavenError("power.unreachable", { device, seconds: this.timeoutMs / 1000 });
    }
    if (error.name === "RequestFailedError") {
      const status = "status" in error ? this.library.ErrorStatus[Number(error.status)] : undefined;
      const denied = ["NoAccess", "AuthorizationError", "NotWritable", "ReadOnly"].includes(status ?? "");
      return denied
        ? new HavenError("power.denied", { device, what: error.message })
        : new HavenError("power.answer", { device, what: `the error ${error.message}` });
    }
    if (error.name === "ResponseInvalidError") {
      // 5 is EAuthFailure: the device reported an unknown user, a wrong digest or a wrong security level.
      const denied = "code" in error && (error.code === 5 || error.code === 4);
      return new HavenError(denied ? "power.denied" : "power.answer", {
        device,
        what: firstWords(error.message),
      });
    }
    return new HavenError("power.unreachable", { device, seconds: 0 }, { cause: error });
  }

  #expectSame(oids: readonly string[], values: readonly Varbind[]): void {
    const same = values.length === oids.length && oids.every((oid, i) => values[i]?.oid === oid);
    if (!same)
      throw this.#wrong(`asked for ${oids.join(" ")}, it answered ${values.map((v) => v.oid).join(" ")}`);
  }

  #value({ oid, type, value }: Varbind): SnmpValue {
    const { ObjectType } = this.library;
    if (type === ObjectType.Integer && typeof value === "number") return { oid, value };
    if (type === ObjectType.OctetString && value instanceof Uint8Array) return { oid, value };
    if (type === ObjectType.EndOfMibView) return { oid, value: { type: "end" } };
    const name = Object.entries(ObjectType).find(
      ([key, number]) => number === type && /^[A-Z]/.test(key),
    )?.[0];
    return { oid, value: { type: name ?? `type ${type}` } };
  }

  #wrong(what: string): HavenError {
    return new HavenError("power.answer", { device: this.device, what });
  }
}

/** The library puts digests into some messages; the first words say enough. */
function firstWords(message: string): string {
  return message.split(/ [0-9a-f]{16,} /)[0]?.slice(0, 200) ?? message;
}

function openSession(
  library: typeof NetSnmp,
  target: string,
  credentials: SnmpCredentials,
  options: Parameters<(typeof NetSnmp)["createSession"]>[2],
): Session {
  if (credentials.version !== "3") {
    const version = credentials.version === "1" ? library.Version1 : library.Version2c;
    return library.createSession(target, credentials.community, { ...options, version });
  }
  return library.createV3Session(target, userOf(library, credentials), {
    ...options,
    version: library.Version3,
  });
}

function userOf(library: typeof NetSnmp, credentials: SnmpCredentials & { readonly version: "3" }): User {
  const named = (table: Readonly<Record<string, number>>, name: string): number => {
    const number = table[name];
    if (number === undefined) throw new HavenError("internal", { what: `net-snmp does not know ${name}` });
    return number;
  };
  const base = { name: credentials.user, level: named(library.SecurityLevel, credentials.level) };
  if (credentials.level === "noAuthNoPriv") return base;
  const authProtocol = named(library.AuthProtocols, credentials.authProtocol.toLowerCase());
  const auth = { ...base, authProtocol, authKey: credentials.authPassword };
  if (credentials.level === "authNoPriv") return auth;
  const name = { DES: "des", AES: "aes", AES256: "aes256b", AES256C: "aes256r" }[credentials.privProtocol];
  return { ...auth, privProtocol: named(library.PrivProtocols, name), privKey: credentials.privPassword };
}

function levelOf(credentials: SnmpCredentials): "none" | "auth" | "priv" {
  if (credentials.version !== "3" || credentials.level === "noAuthNoPriv") return "none";
  return credentials.level === "authPriv" ? "priv" : "auth";
}

async function addressesOf({ host, family }: SnmpOptions): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await lookup(host, { all: true, ...(family === undefined ? {} : { family }) });
    const [first] = found;
    return found.filter((one) => one.family === first?.family).map((one) => one.address);
  } catch (cause) {
    throw new HavenError(
      "input.invalid",
      { where: "ip", found: host, expected: "a host name with an address" },
      { cause },
    );
  }
}

/** Whether `after` comes after `before` in the order of object identifiers. */
export function follows(before: string, after: string): boolean {
  const a = before.split(".").map(Number);
  const b = after.split(".").map(Number);
  for (let i = 0; i < b.length; i++) {
    const left = a[i];
    const right = b[i] ?? 0;
    if (left === undefined) return true;
    if (left !== right) return right > left;
  }
  return false;
}
