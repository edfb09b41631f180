import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { HavenError } from "../../base/errors.ts";
import { roles } from "../../contract/role.ts";

const session = z.object({
  bearer: z.string(),
  user: z.string(),
  role: z.enum(roles),
  /** The node that knows the session. */
  node: z.string(),
  expires: z.string(),
});

const cluster = z.object({
  name: z.string(),
  /** Without a slash in the end. */
  url: z.string(),
  /** The authority whose certificates are believed, PEM; without it the system's. */
  authority: z.string().optional(),
  session: session.optional(),
});

const file = z.object({ clusters: z.array(cluster) });

/** A cluster that this user has logged in to. */
export type SavedCluster = z.infer<typeof cluster>;

/** Where a user's clusters are remembered. */
export function clustersFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env.XDG_CONFIG_HOME ?? "";
  // Source: XDG Base Directory Specification, a path that is not absolute is to be ignored.
  if (base.startsWith("/")) return join(base, "haven");
  const home = env.HOME ?? "";
  if (!home.startsWith("/"))
    throw new HavenError("usage", { what: "HOME is not set: nothing can be remembered" });
  return join(home, ".config", "haven");
}

/** The clusters that this user has logged in to, and what opens them: its files are this user's alone. */
export class SavedClusters {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string = clustersFolder()) {
    this.#folder = folder;
    this.#path = join(folder, "clusters.json");
  }

  /** @throws HavenError remote.file where others can read or write it, or it cannot be read */
  list(): readonly SavedCluster[] {
    if (!this.#checkFolder()) return [];
    let handle: number;
    try {
      handle = openSync(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw refused(
        this.#path,
        codeOf(error) === "ELOOP" ? "is a symbolic link" : String(error),
        "Move it away",
      );
    }
    try {
      // What was opened, and not what the name means by then.
      checkOwn(this.#path, fstatSync(handle), "0600");
      return file.parse(JSON.parse(readFileSync(handle, "utf8"))).clusters;
    } catch (error) {
      if (error instanceof HavenError) throw error;
      throw refused(this.#path, "is not as haven login writes it", "Move it away, and log in again");
    } finally {
      closeSync(handle);
    }
  }

  /** By its name or its URL. */
  find(word: string): SavedCluster | undefined {
    const url = clusterUrl(word);
    const all = this.list();
    return all.find(({ name }) => name === word) ?? all.find((one) => one.url === url);
  }

  /** Remembers a cluster in place of one of that name or URL. @throws HavenError remote.file */
  save(saved: SavedCluster): void {
    const others = this.list().filter(({ name, url }) => name !== saved.name && url !== saved.url);
    this.#write([...others, saved]);
  }

  #write(clusters: readonly SavedCluster[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#checkFolder();
    const temporary = `${this.#path}.${crypto.randomUUID()}`;
    // There whole or not at all, and never for others.
    const handle = openSync(temporary, "wx", 0o600);
    try {
      writeSync(handle, `${JSON.stringify({ clusters }, undefined, 2)}\n`);
      fsyncSync(handle);
      renameSync(temporary, this.#path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(handle);
    }
  }

  /** @returns false where there is none */
  #checkFolder(): boolean {
    try {
      const found = lstatSync(this.#folder);
      if (!found.isDirectory()) throw refused(this.#folder, "is no directory", "Move it away");
      checkOwn(this.#folder, found, "0700");
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }
}

/** `https://node1:8470` for what may be said shorter: `node1`, `node1:8470`; undefined where it is no such address. */
export function clusterUrl(word: string): string | undefined {
  const text = word.includes("://") ? word : `https://${word}`;
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(text);
  if (protocol !== "https:" || hostname === "" || pathname !== "/") return undefined;
  if ([search, hash, username, password].some((part) => part !== "")) return undefined;
  // 443 is said by no port at all, and is meant where it is said.
  const said = /:443\/?$/.test(text) ? "443" : port;
  return `https://${hostname}:${said === "" ? "8470" : said}`;
}

function checkOwn(
  path: string,
  { uid, mode }: { readonly uid: number; readonly mode: number },
  wanted: string,
): void {
  if (uid !== process.geteuid?.()) throw refused(path, "belongs to somebody else", `Look at: ls -ld ${path}`);
  if ((mode & 0o077) !== 0) {
    throw refused(
      path,
      "may be used by others",
      `What is in it may be known to them; then: chmod ${wanted} ${path}`,
    );
  }
}

function refused(path: string, why: string, hint: string): HavenError {
  return new HavenError("remote.file", { path, why, hint });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
