import { readFileSync } from "node:fs";
import { z } from "zod";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { roles } from "../../contract/role.ts";
import { readCertificate } from "../../host/authority.ts";
import { askSecret } from "../ask-secret.ts";
import type { CommandCall } from "../command.ts";
import { localTime } from "../local-time.ts";
import { ApiClient } from "./api-client.ts";
import { firstTrust } from "./first-trust.ts";
import { clusterUrl, type SavedCluster, SavedClusters } from "./saved-clusters.ts";

export interface RunLoginOptions {
  /** A URL, a host, or the name of a cluster that was logged in to before. */
  readonly where: string;
  readonly user: string | undefined;
  /** Whether the password is the first line of standard input. */
  readonly passwordFromInput: boolean;
  /** A file with the certificate of the cluster's authority. */
  readonly authorityFile: string | undefined;
  readonly fingerprint: string | undefined;
  readonly name: string | undefined;
}

const loggedIn = z.object({
  name: z.string(),
  role: z.enum(roles),
  node: z.string(),
  expires: z.string(),
  bearer: z.string(),
});

/** PAM may take its time. */
const patienceMs = 45_000;

/** Logs in to a cluster and remembers the session. @throws HavenError usage, remote.*, api.*, interrupted */
export async function runLogin(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  options: RunLoginOptions,
): Promise<void> {
  const { terminal, signal, global } = call;
  const saved = new SavedClusters();
  const known = saved.find(options.where);
  const url = known?.url ?? clusterUrl(options.where);
  if (url === undefined) {
    throw new HavenError("usage", { what: `Expected https://NODE:PORT or NODE, found '${options.where}'` });
  }
  const authority = await authorityOf(call, url, known, options);
  const client = new ApiClient({ url, authority, signal, timeoutMs: patienceMs });
  // Before anything secret is said.
  await client.ask("/v1/openapi.json");
  const user = options.user ?? (await terminal.ask(`User at ${new URL(url).hostname}`))?.trim() ?? "";
  if (user === "")
    throw new HavenError("usage", { what: "There is nobody to ask for the user: give --user" });
  const password = options.passwordFromInput ? firstLine() : await askSecret(`Password of ${user}`);
  const body = { user, password, kind: "bearer" };
  const session = await client.read(loggedIn, "/v1/session", { method: "POST", body });
  const name = options.name ?? known?.name ?? new URL(url).hostname;
  const { bearer, role, node, expires } = session;
  await endBefore(known, signal);
  saved.save({ name, url, authority, session: { bearer, role, node, expires, user: session.name } });
  if (global.json) terminal.out(JSON.stringify({ name, url, user: session.name, role, node, expires }));
  else if (!global.quiet) {
    const until = localTime(new Date(expires));
    terminal.out(
      `${session.name} is logged in to ${name} as ${role}, until ${until}: haven --cluster ${name} status`,
    );
  }
}

async function authorityOf(
  call: Pick<CommandCall, "terminal" | "signal">,
  url: string,
  known: SavedCluster | undefined,
  { authorityFile, fingerprint }: RunLoginOptions,
): Promise<string | undefined> {
  if (authorityFile !== undefined) return readAuthority(authorityFile);
  // Another one than the one that is remembered is believed only if it is said anew.
  if (known !== undefined && fingerprint === undefined) return known.authority;
  if (fingerprint !== undefined) return await firstTrust(call, { url, fingerprint });
  try {
    await new ApiClient({ url, authority: undefined, signal: call.signal }).ask("/v1/openapi.json");
    return undefined;
  } catch (error) {
    if (!isHavenError(error, "remote.untrusted")) throw error;
  }
  return await firstTrust(call, { url, fingerprint });
}

function readAuthority(path: string): string {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new HavenError("usage", { what: `Option --ca: ${path} cannot be read` }, { cause });
  }
  if (readCertificate(text) === undefined) {
    throw new HavenError("usage", {
      what: `Option --ca: ${path} is no certificate`,
      hint: "It is /etc/haven/tls/ca.pem of a node",
    });
  }
  return text;
}

function firstLine(): string {
  return readFileSync(0, "utf8").split(/\r?\n/, 1)[0] ?? "";
}

/** The session that this one takes the place of. It would end by itself. */
async function endBefore(known: SavedCluster | undefined, signal: AbortSignal): Promise<void> {
  if (known?.session === undefined) return;
  const { url, authority, session } = known;
  const before = new ApiClient({ url, authority, bearer: session.bearer, signal, timeoutMs: 5000 });
  await before.ask("/v1/session", { method: "DELETE" }).catch(() => undefined);
}
