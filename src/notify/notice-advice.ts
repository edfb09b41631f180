import type { HavenEvent } from "../contract/event.ts";

/**
 * Lines to type next, for what happened. Only names that mean nothing to a shell stand in them: events tell of domains
 * with any name.
 */
export function noticeAdvice({
  kind,
  vm,
  node,
}: Pick<HavenEvent, "kind" | "vm" | "node">): readonly string[] {
  const name = plain(vm);
  const where = plain(node);
  const ofVm = name === undefined ? ["haven status"] : [`haven vm show ${name}`];
  const past = name === undefined ? "haven events --since 1h" : `haven events --vm ${name} --since 1h`;
  switch (kind) {
    case "vm.failed":
    case "vm.gone":
    case "vm.crashed":
    case "guest.heartbeat-lost":
      return [...ofVm, past, ...(name === undefined ? [] : [`haven vm log ${name}`])];
    case "vm.io-error":
      return [...ofVm, ...(name === undefined ? [] : [`haven vm resume ${name}`])];
    case "vm.migration-failed":
    case "guest.fence-done":
    case "guest.fence-failed":
    case "guest.fence-refused":
      return [...ofVm, past];
    case "fence.succeeded":
      return ["haven status", "haven vm list"];
    case "fence.failed":
      return ["haven status", "haven fence list"];
    case "fence.person":
      return where === undefined ? ["haven status"] : [`haven fence confirm ${where}`, "haven status"];
    case "resource.failed":
      return ["haven status"];
    default:
      return ofVm;
  }
}

function plain(name: string | undefined): string | undefined {
  return name !== undefined && /^[A-Za-z0-9][\w.-]*$/.test(name) ? name : undefined;
}
