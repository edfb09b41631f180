import { readFileSync } from "node:fs";

/** Who has started this process. */
export interface WhoAsked {
  /** The user as whom somebody has logged in, also where that was changed to root since. */
  readonly user: string;
  /** How it is known: by the kernel's login id, by what sudo says, or only by the user of the process. */
  readonly by: "login" | "sudo" | "process";
}

export interface WhoAskedOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  /** The text of /proc/self/loginuid; undefined where it cannot be read. */
  readonly loginUid?: string | undefined;
  /** The text of /etc/passwd. */
  readonly passwd?: string;
}

/** What the kernel shows where nobody has logged in: a service, a timer. Source: audit(7), (uid_t) -1. */
const nobody = "4294967295";

/** Who is behind this process. The login id is the kernel's and stays through su and sudo; variables are only words. */
export function whoAsked(options: WhoAskedOptions = {}): WhoAsked {
  const { env = process.env, uid = process.getuid?.() ?? 0 } = options;
  const loginUid = ("loginUid" in options ? options.loginUid : read("/proc/self/loginuid"))?.trim();
  const passwd = options.passwd ?? read("/etc/passwd") ?? "";
  if (loginUid !== undefined && /^\d+$/.test(loginUid) && loginUid !== nobody) {
    const bySudo = env.SUDO_UID === loginUid ? env.SUDO_USER : undefined;
    return { user: nameOf(loginUid, passwd) ?? bySudo ?? `uid ${loginUid}`, by: "login" };
  }
  const sudo = env.SUDO_USER ?? "";
  if (sudo !== "") return { user: sudo.slice(0, 64), by: "sudo" };
  return { user: nameOf(String(uid), passwd) ?? `uid ${uid}`, by: "process" };
}

function nameOf(uid: string, passwd: string): string | undefined {
  for (const line of passwd.split("\n")) {
    const [name, , id] = line.split(":");
    if (id === uid && name !== "") return name;
  }
  return undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
