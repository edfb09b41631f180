import type { FoundAddresses } from "../vm/zone-networks.ts";
import type { Environment } from "./environment.ts";

/** Looks up the IPv4 addresses of host names, each once and all at the same time. */
export async function lookUpNames(
  environment: Pick<Environment, "lookUp">,
  names: readonly string[],
): Promise<FoundAddresses> {
  const found = await Promise.all(
    [...new Set(names)].map(async (name): Promise<readonly [string, readonly string[] | string]> => {
      try {
        const addresses = await environment.lookUp(name);
        return [name, addresses.length === 0 ? `${name} has none` : addresses];
      } catch (cause) {
        return [name, `${name} ${cause instanceof Error ? cause.message : String(cause)}`];
      }
    }),
  );
  return new Map(found);
}
