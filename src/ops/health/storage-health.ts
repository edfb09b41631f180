import type { HealthCheck } from "../../contract/health-check.ts";
import type { StorageCheck } from "../../contract/node-checks.ts";
import { type Mount, mountOf, wantedMount } from "../../host/mounts.ts";
import type { StorageAnswer } from "./storage-probe.ts";

/** A block that takes longer to be written for good, or to be read, is a warning: guests feel it. Milliseconds. */
export const slowMs = 500;
/** And so long an error: guests give up at 30 s, and many blocks wait for each other. */
export const tooSlowMs = 3000;
const lowSpace = 0.1;
const noSpace = 0.02;
const lowInodes = 0.05;

/** How the node has its file systems, as the kernel and /etc/fstab say. */
export interface MountFacts {
  readonly mounts: readonly Mount[];
  readonly fstab: string;
}

/** What follows from the answer of a place of VMs' disks. Pure. */
export function storageHealth(
  path: string,
  answer: StorageAnswer,
  facts: MountFacts,
): { readonly storage: StorageCheck; readonly health: readonly HealthCheck[] } {
  const { fs } = answer;
  const mount = mountOf(path, facts.mounts);
  const isDevice = path === "/dev" || path.startsWith("/dev/");
  const problems = isDevice && fs !== undefined ? [] : problemsOf(path, answer, { ...facts, mount });
  const bad = problems.find(({ severity }) => severity === "error" || severity === "unknown");
  const storage: StorageCheck = {
    path,
    ok: bad === undefined,
    text: bad?.text ?? (isDevice ? "block devices" : (fs?.kind ?? "")),
    ...(fs === undefined || isDevice ? {} : { free: fs.free, total: fs.total }),
    ...(fs === undefined ? {} : { ms: fs.ms }),
    ...(answer.write !== undefined && "ms" in answer.write ? { writeMs: answer.write.ms } : {}),
    ...(answer.read !== undefined && "ms" in answer.read ? { readMs: answer.read.ms } : {}),
    ...(fs?.inodes === undefined ? {} : { inodes: fs.inodes }),
    ...(mount === undefined ? {} : { mount: { kind: mount.kind, source: mount.source, point: mount.point } }),
  };
  if (problems.length > 0) return { storage, health: problems };
  const text = isDevice
    ? "block devices"
    : `${storage.text}, ${writtenText(storage)}${fs?.free ?? 0} MiB free`;
  return { storage, health: [{ id: "storage", severity: "ok", subject: path, text }] };
}

function writtenText({ writeMs, readMs }: StorageCheck): string {
  return writeMs === undefined ? "" : `written in ${writeMs} ms, read in ${readMs ?? "?"} ms, `;
}

function problemsOf(
  path: string,
  answer: StorageAnswer,
  { mounts, fstab, mount }: MountFacts & { readonly mount: Mount | undefined },
): readonly HealthCheck[] {
  const about = (
    id: string,
    severity: HealthCheck["severity"],
    words: Pick<HealthCheck, "text" | "expected" | "next">,
  ): HealthCheck => ({ id, severity, subject: path, ...words });
  const wanted = wantedMount(path, fstab);
  const isMissing = wanted !== undefined && !mounts.some(({ point }) => point === wanted);
  const unmounted = isMissing
    ? [
        about("storage.mount", "error", {
          text: `${wanted} is not mounted`,
          expected: `${wanted} mounted, as /etc/fstab says`,
          next: `mount ${wanted}`,
        }),
      ]
    : [];
  if (answer.fs === undefined || answer.hangs) {
    const text = answer.failure ?? "it does not answer";
    const next = answer.hangs
      ? `Its server, network or disk; see: dmesg | tail; findmnt --target ${path}`
      : undefined;
    const gone = about("storage.answer", "error", {
      text: answer.hangs && answer.fs !== undefined ? `${text}: ${stageOf(answer)}` : text,
      expected: "the place of VMs' disks that the settings name, and an answer",
      next: next ?? `Make or mount it, or take it out of the settings: haven settings edit`,
    });
    return [...unmounted, gone];
  }
  return [...unmounted, ...writeProblems(answer, mount, about), ...spaceProblems(answer.fs, about)];
}

type About = (
  id: string,
  severity: HealthCheck["severity"],
  words: Pick<HealthCheck, "text" | "expected" | "next">,
) => HealthCheck;

function stageOf(answer: StorageAnswer): string {
  return answer.write === undefined ? "nothing could be written" : "what was written could not be read";
}

function writeProblems(
  answer: StorageAnswer,
  mount: Mount | undefined,
  about: About,
): readonly HealthCheck[] {
  const { write, read } = answer;
  const why = [write, read].flatMap((one) => (one !== undefined && "why" in one ? [one.why] : []))[0];
  if (why !== undefined) {
    // A server of files may refuse root what it lets QEMU's user do.
    const isSquashed =
      /permission denied|not permitted/i.test(why) && /^(nfs|cifs|ceph|gluster)/.test(mount?.kind ?? "");
    return [
      about("storage.write", isSquashed ? "warning" : "error", {
        text: `A file could not be written and read there: ${why}`,
        expected: "a place that can be written to",
        next: isSquashed
          ? "root is refused (root_squash?): whether VMs can write is not known here"
          : "Look at its mount options, its space and the disk: findmnt; dmesg | tail",
      }),
    ];
  }
  const slowest = Math.max(...[write, read].map((one) => (one !== undefined && "ms" in one ? one.ms : 0)));
  if (slowest < slowMs) return [];
  const ms = (one: typeof write): string => (one !== undefined && "ms" in one ? `${one.ms} ms` : "not known");
  return [
    about("storage.latency", slowest < tooSlowMs ? "warning" : "error", {
      text: `4 KiB took ${ms(write)} to be written for good, ${ms(read)} to be read`,
      expected: `less than ${slowMs} ms`,
      next: "See what loads it: haven vm top; iostat -x 1",
    }),
  ];
}

function spaceProblems(
  { free, total, inodes }: NonNullable<StorageAnswer["fs"]>,
  about: About,
): readonly HealthCheck[] {
  const found: HealthCheck[] = [];
  if (total > 0 && free / total < lowSpace) {
    found.push(
      about("storage.space", free / total < noSpace ? "error" : "warning", {
        text: `${free} of ${total} MiB are free (${((free / total) * 100).toFixed(1)} %)`,
        expected: `at least ${lowSpace * 100} %`,
        next: "Free some, or make it larger: VMs pause when it is full",
      }),
    );
  }
  if (inodes !== undefined && inodes < lowInodes) {
    found.push(
      about("storage.inodes", "warning", {
        text: `${(inodes * 100).toFixed(1)} % of its files can still be made`,
        expected: `at least ${lowInodes * 100} %`,
        next: "Delete files that nobody needs",
      }),
    );
  }
  return found;
}
