import { lookup } from "node:dns/promises";
import { setTimeout as after } from "node:timers/promises";

const timeoutMs = 10_000;

/**
 * The IPv4 addresses of a host name, by this node's resolver (files, DNS, whatever nsswitch.conf says).
 *
 * @throws Error whose message is read after the name: "is not known to this node's resolver"
 */
export async function lookUp(name: string, signal: AbortSignal): Promise<readonly string[]> {
  const over = new AbortController();
  const late = after(timeoutMs, undefined, { signal: AbortSignal.any([signal, over.signal]) }).then(
    () => {
      throw new Error(`was not found within ${timeoutMs / 1000} s by this node's resolver`);
    },
    () => {
      throw new Error("was not waited for");
    },
  );
  try {
    const found = await Promise.race([lookup(name, { family: 4, all: true }), late]);
    return found.map(({ address }) => address);
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
    if (code === undefined) throw cause;
    const isUnknown = ["ENOTFOUND", "DNS_ENOTFOUND", "EAI_NONAME", "DNS_ENODATA", "ENODATA"].includes(code);
    throw new Error(
      isUnknown
        ? "is not known to this node's resolver"
        : `could not be looked up by this node's resolver: ${code}`,
      { cause },
    );
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}
