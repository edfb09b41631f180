/** What a guest may ask another guest's end to be. */
type FenceAction = "off" | "reboot";

/** What a guest says on its channel. Which guest it is, the channel tells, never a line. */
export type GuestRequest =
  /** Its services are up. The id may be empty. */
  | { readonly verb: "ready"; readonly id: string }
  /** It is alive. Answered only where it has an id. */
  | { readonly verb: "heartbeat"; readonly id: string }
  /** Which VMs may it ask to be fenced? */
  | { readonly verb: "list"; readonly id: string }
  /** It asks for another VM's end. */
  | ({ readonly verb: "fence" } & FenceRequest);

/** A guest's wish that another VM ends. The id tells an answer that is late, and a request that is repeated. */
export interface FenceRequest {
  readonly id: string;
  readonly target: string;
  readonly action: FenceAction;
}

const idPattern = /^[\x21-\x7e]{1,64}$/;
const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads a line of a guest (docs/guest.md): `ready [ID]`, `heartbeat [ID]`, `list ID`, `fence ID NAME [off|reboot]`,
 * words parted by blanks.
 *
 * @param line Without its end; anything may stand in it
 * @returns undefined for a line that is no request
 */
export function parseGuestRequest(line: string): GuestRequest | undefined {
  const [verb, id = "", target = "", action = "reboot", ...more] = line.trim().split(/ +/);
  if (more.length > 0 || (id !== "" && !idPattern.test(id))) return undefined;
  const alone = target === "";
  if (verb === "ready" || verb === "heartbeat") return alone ? { verb, id } : undefined;
  if (id === "") return undefined;
  if (verb === "list") return alone ? { verb, id } : undefined;
  if (verb !== "fence" || !namePattern.test(target)) return undefined;
  return action === "off" || action === "reboot" ? { verb, id, target, action } : undefined;
}
