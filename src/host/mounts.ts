/** What is mounted somewhere. */
export interface Mount {
  /** Where. */
  readonly point: string;
  /** The file system: ext4, nfs4. */
  readonly kind: string;
  /** The device, or what a server gives away: filer:/vms. */
  readonly source: string;
  readonly readOnly: boolean;
}

/** Reads /proc/PID/mountinfo, in its order: what is mounted over something else comes later. Source: proc_pid_mountinfo(5). */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line): readonly Mount[] => {
    const [before, after] = line.split(" - ", 2);
    const [, , , , point, options = ""] = (before ?? "").split(" ");
    const [kind, source = "", more = ""] = (after ?? "").split(" ");
    if (point === undefined || kind === undefined || kind === "") return [];
    const readOnly = [...options.split(","), ...more.split(",")].includes("ro");
    return [{ point: plain(point), kind, source: plain(source), readOnly }];
  });
}

/** The mount that a path is in; undefined where the list has none. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const isIn = isUnder(path, mount.point);
    if (isIn && (found === undefined || mount.point.length >= found.point.length)) found = mount;
  }
  return found;
}

/** Where a path needs something mounted, as /etc/fstab says; the root and what is not mounted at boot are left out. */
export function wantedMount(path: string, fstab: string): string | undefined {
  const points = fstab.split("\n").flatMap((line): readonly string[] => {
    const [source = "#", point = "", kind = "", options = ""] = line.trim().split(/\s+/);
    if (source.startsWith("#") || kind === "swap" || !point.startsWith("/") || point === "/") return [];
    return options.split(",").includes("noauto") ? [] : [plain(point).replace(/(?<=.)\/+$/, "")];
  });
  return points.filter((point) => isUnder(path, point)).toSorted((a, b) => b.length - a.length)[0];
}

function isUnder(path: string, point: string): boolean {
  return point === "/" || path === point || path.startsWith(`${point}/`);
}

/** Blanks and the like are written as \040. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
