import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { HavenError } from "../../base/errors.ts";
import type { CommandCall } from "../command.ts";

export interface FirstTrustOptions {
  readonly url: string;
  /** What the authority's certificate must have, where whoever asks knows it. */
  readonly fingerprint: string | undefined;
}

const answer = z.object({ certificate: z.string().max(100_000) });
const patienceMs = 15_000;

/**
 * The authority of a cluster that is seen for the first time, as the cluster itself says. It is believed only by the word of a
 * person who has compared its fingerprint, or by the fingerprint itself: `--yes` does not answer that.
 *
 * @returns its certificate, PEM
 * @throws HavenError remote.unreachable, remote.untrusted, interrupted
 */
export async function firstTrust(
  { terminal, signal }: Pick<CommandCall, "terminal" | "signal">,
  { url, fingerprint }: FirstTrustOptions,
): Promise<string> {
  const pem = await askForAuthority(url, signal);
  const found = new X509Certificate(pem).fingerprint256;
  const untrusted = (why: string): HavenError => new HavenError("remote.untrusted", { url, why });
  if (fingerprint !== undefined) {
    if (plain(fingerprint) === plain(found)) return pem;
    throw untrusted(`its authority's fingerprint is ${found}`);
  }
  terminal.err(`The cluster at ${url} is not known here. The SHA-256 fingerprint of its authority:`);
  terminal.err(`  ${found}`);
  terminal.err("Compare it with what a node says:");
  terminal.err("  openssl x509 -in /etc/haven/tls/ca.pem -noout -fingerprint -sha256");
  if (await terminal.confirm("Is it the same?")) return pem;
  throw untrusted("nobody has said that its authority is the right one");
}

/** Nothing that is secret is sent, and what comes is not believed yet: whoever answers may. */
async function askForAuthority(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${url}/v1/authority`, {
      // The connection is for this alone: no later request may find it open, and take it for a trusted one.
      ...{ redirect: "error", keepalive: false, tls: { rejectUnauthorized: false } },
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    const { certificate } = answer.parse(await response.json());
    // One certificate, in no other words than its own.
    const read = new X509Certificate(certificate);
    if (!read.ca) throw new Error("what it calls its authority is none");
    return read.toString();
  } catch (cause) {
    if (signal.aborted) throw new HavenError("interrupted");
    const why =
      cause instanceof z.ZodError || cause instanceof SyntaxError ? "no Haven answers there" : reason(cause);
    throw new HavenError("remote.unreachable", { url, why });
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
}

function plain(fingerprint: string): string {
  return fingerprint.replace(/[:\s]/g, "").toUpperCase();
}
