import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { HavenError } from "../base/errors.ts";
import type { Role } from "../contract/role.ts";
import { type TokenRecord, tokenDigest, tokensInCib } from "../ops/tokens-in-cib.ts";
import { Cib } from "../pacemaker/cib.ts";
import { snapshotSoon } from "./snapshot-soon.ts";
import type { StatusKeeper } from "./status-keeper.ts";

/** What a token is worth now. */
export type TokenWorth =
  | { readonly kind: "valid"; readonly name: string; readonly role: Role }
  | { readonly kind: "expired"; readonly name: string }
  | { readonly kind: "unknown" };

/** A configuration that is older does not say who may do what: a token may have been taken away since. */
const oldestMs = 60_000;

/** Says what tokens are worth, by the cluster's configuration. */
export class TokenCheck {
  #configuration: string | undefined;
  #tokens: readonly TokenRecord[] = [];

  constructor(
    private readonly keeper: Pick<StatusKeeper, "current" | "last" | "holdsFrom">,
    private readonly clock: Clock,
  ) {}

  /** @throws HavenError api.unsure, pacemaker.* where the configuration is not known */
  async worth(token: string): Promise<TokenWorth> {
    // What cannot be one is not worth a question to Pacemaker.
    if (!/^haven_[A-Za-z0-9_-]{43}$/.test(token)) return { kind: "unknown" };
    const shown = Buffer.from(tokenDigest(token), "hex");
    let found: TokenRecord | undefined;
    // All of them, whichever it is: the time tells nothing.
    for (const record of await this.#current()) {
      if (timingSafeEqual(shown, Buffer.from(record.sha256, "hex"))) found = record;
    }
    if (found === undefined) return { kind: "unknown" };
    const { name, role, expires } = found;
    if (expires !== undefined && Date.parse(expires) <= this.clock.now()) return { kind: "expired", name };
    return { kind: "valid", name, role };
  }

  async #current(): Promise<readonly TokenRecord[]> {
    const { configuration, askedAt } = await snapshotSoon(this.keeper, this.clock);
    if (this.clock.monotonic() - askedAt > oldestMs) throw new HavenError("api.unsure");
    if (configuration !== this.#configuration) {
      this.#tokens = tokensInCib(Cib.parse(configuration)).tokens;
      this.#configuration = configuration;
    }
    return this.#tokens;
  }
}
