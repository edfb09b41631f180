import { printError } from "../../base/errors.ts";
import type { Libvirt } from "../../libvirt/client.ts";
import { errorCode, jobOperation, jobType } from "../../libvirt/constants.ts";
import { isLibvirtError } from "../../libvirt/libvirt-error.ts";
import { nodeUri } from "../../libvirt/node-uri.ts";
import type { CallOptions, Domain } from "../../libvirt/types.ts";
import { type Condition, conditionOf } from "./condition.ts";
import { Hypervisor, type View } from "./hypervisor.ts";
import { judgeCopies } from "./judge-copies.ts";
import { clearMark, type MigrationMark } from "./migration-marker.ts";

/** Which part of a migration a domain has at this moment. */
export type MigrationRole = "out" | "in" | "none";

/** Whether a migration of the domain is under way, and in which direction. */
export async function migrationRole(
  libvirt: Libvirt,
  domain: Domain,
  options?: CallOptions,
): Promise<MigrationRole> {
  try {
    const { type, params } = await libvirt.domainGetJobStats(domain, 0, options);
    if (type !== jobType.bounded && type !== jobType.unbounded) return "none";
    const operation = params.get("operation");
    if (operation === jobOperation.migrationIn) return "in";
    return operation === jobOperation.migrationOut || operation === undefined ? "out" : "none";
  } catch (error) {
    // QEMU's driver answers so, and only so, while a migration comes in: only the source has its statistics.
    if (isLibvirtError(error, errorCode.operationInvalid)) return "in";
    if (isLibvirtError(error, errorCode.noSupport)) return "none";
    throw error;
  }
}

/** What came of bringing the copies of a domain to one. */
export type Settled =
  | { readonly kind: "here"; readonly note?: string }
  | { readonly kind: "there" }
  | { readonly kind: "undecided"; readonly why: string };

export interface SettleContext {
  /** This node's name. */
  readonly self: string;
  readonly local: Libvirt;
  readonly domain: Domain;
  readonly mark: MigrationMark;
  /** How long the other node may take to answer. */
  readonly timeoutMs: number;
  /** The other node is certainly off: its silence means that it has no copy. */
  readonly otherIsOff?: boolean;
  /** The guest was handed over to this node just now: migrate_from knows so, by migrate_to's success. */
  readonly handedOver?: boolean;
  /** Asked right before anything is resumed or destroyed; without it the caller's own operation is the leave. */
  readonly mayAct?: () => Promise<boolean>;
}

const notOurs = { kind: "undecided", why: "it is no longer for this process to decide" } as const;

async function allowed(context: Pick<SettleContext, "mayAct">): Promise<boolean> {
  return context.mayAct === undefined || (await context.mayAct());
}

/**
 * Brings a domain whose migration did not end as it should to one copy that runs. No migration of it may be
 * under way here. What makes it safe: the destination's copy never runs before the source's has gone, so of
 * two copies the one at the destination is the one to give up, and a copy that stands still is resumed only when
 * the other node has said that it has none.
 */
export async function settle(context: SettleContext): Promise<Settled> {
  const { self, local, domain, mark, timeoutMs } = context;
  const other = new Hypervisor(nodeUri(self === mark.source ? mark.target : mark.source));
  try {
    const { state, reason } = await local.domainGetState(domain, 0, { timeoutMs });
    const here = conditionOf(state, reason);
    const seen = await other.look(domain, timeoutMs);
    const there: View =
      seen.kind === "silent" && context.otherIsOff === true ? { kind: "absent", namesake: undefined } : seen;
    return await settleAs(context, here, other, there);
  } catch (error) {
    return { kind: "undecided", why: printError(error).replaceAll("\n", ";") };
  } finally {
    other.drop();
  }
}

async function settleAs(
  context: SettleContext,
  here: Condition,
  other: Hypervisor,
  there: View,
): Promise<Settled> {
  const { self, local, domain, mark, timeoutMs, handedOver = false } = context;
  const side = self === mark.source ? "source" : self === mark.target ? "target" : "neither";
  const peer = side === "source" ? mark.target : mark.source;
  const seen = there.kind === "domain" ? there.condition : there.kind;
  const verdict = judgeCopies({ side, here, there: seen, handedOver });
  const silence = there.kind === "silent" ? `${peer}: ${there.why}` : undefined;
  switch (verdict) {
    case "undecided":
      return { kind: "undecided", why: silence ?? `it is ${here} here, and ${seen} on ${peer}` };
    case "runs-here":
      await clearMark(local, domain, { timeoutMs });
      return silence === undefined ? { kind: "here" } : { kind: "here", note: silence };
    case "destroy-here":
      if (!(await allowed(context))) return notOurs;
      await local.domainDestroyFlags(domain, 0, { timeoutMs });
      return { kind: "there" };
    case "destroy-there": {
      if (there.kind !== "domain") return notOurs;
      const remote = await other.open(timeoutMs);
      if (!(await allowed(context))) return notOurs;
      await remote.domainDestroyFlags(there.domain, 0, { timeoutMs });
      return await settleAs(context, here, other, { kind: "absent", namesake: undefined });
    }
    case "take-over":
      if (!(await allowed(context))) return notOurs;
      await takeOver(context);
      return { kind: "here" };
  }
}

/** This copy is the only one: it goes on. The mark goes first: without it nobody resumes it a second time. */
export async function takeOver(
  context: Pick<SettleContext, "local" | "domain" | "mark" | "timeoutMs">,
): Promise<void> {
  const { local, domain, mark } = context;
  const options = { timeoutMs: context.timeoutMs };
  if (!mark.suspended) {
    try {
      await local.domainResume(domain, options);
    } catch (error) {
      const { state, reason } = await local.domainGetState(domain, 0, options);
      if (conditionOf(state, reason) !== "running") throw error;
    }
  }
  await clearMark(local, domain, options);
}
