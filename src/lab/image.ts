import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { symlink, unlink } from "node:fs/promises";
import { HavenError } from "../base/errors.ts";
import { exec, run } from "../base/exec.ts";
import { keepGuestParts } from "./guest-image.ts";
import { type ImageRecipe, imageName, imageRecipe } from "./image-recipe.ts";
import { withLock } from "./lock.ts";
import fetchKernel from "./node/fetch-kernel.sh" with { type: "text" };
import type { LabImage } from "./settings.ts";

const usualCache = "/var/cache/haven-lab/images";
const keyrings = "/usr/share/keyrings";

// Where apt on this machine knows of no Debian archive, the addresses that Debian itself hands out.
const usualArchives = {
  Debian: "http://deb.debian.org/debian/",
  "Debian-Security": "http://deb.debian.org/debian-security/",
} as const;

/** Links that make a node's Haven look as it does on a real server; targets are bind mounts at run time. */
const links: readonly (readonly [path: string, target: string])[] = [
  ["/usr/sbin/haven", "/usr/lib/haven-lab/bin/haven"],
  ["/usr/bin/systemctl", "/usr/lib/haven-lab/bin/systemctl"],
  ["/usr/lib/ocf/resource.d/haven/Domain", "/usr/sbin/haven"],
  ["/usr/lib/ocf/resource.d/haven/FenceTest", "/usr/sbin/haven"],
  ["/usr/sbin/fence_haven_chassis", "/usr/sbin/haven"],
  ["/usr/sbin/fence_haven_manual", "/usr/sbin/haven"],
  ["/usr/lib/haven/alert_haven", "/usr/sbin/haven"],
];

const qemuConf = `
# A lab node: no namespaces, control groups or security drivers within namespaces, everything as root.
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
`;

const libvirtdConf = `
# All lab nodes run on one machine, whose hardware's identity is not theirs.
host_uuid_source = "machine-id"
`;

export interface ImageOptions {
  /** Says what takes long. */
  readonly progress: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** An image that will do as long as it is there, though its recipe may be older. */
  readonly have?: string | undefined;
  /** Where images are kept, default /var/cache/haven-lab/images. */
  readonly cache?: string;
}

/**
 * The directory of a built node image; builds it first where it is not in the cache. A build that breaks off
 * leaves nothing in the image's place, and what it left beside it is removed by the next.
 *
 * @throws HavenError lab.image, exec.missing, interrupted
 */
export async function nodeImage(image: LabImage, options: ImageOptions): Promise<string> {
  if (options.have !== undefined && existsSync(options.have)) return options.have;
  const recipe = imageRecipe(image);
  const files = [fetchKernel, qemuConf, libvirtdConf, JSON.stringify(links)];
  const name = imageName(recipe, files);
  const cache = options.cache ?? usualCache;
  const target = `${cache}/${name}`;
  if (existsSync(target)) return target;
  const lockOptions = { what: `image ${name}`, timeoutMs: 1_800_000, signal: options.signal };
  return await withLock(`${cache}/${recipe.suite}.lock`, lockOptions, async () => {
    if (existsSync(target)) return target;
    removeUnfinished(cache, recipe);
    const temporary = `${cache}/building-${recipe.suite}-${process.pid}`;
    mkdirSync(temporary, { recursive: true });
    try {
      await build(recipe, temporary, options);
      renameSync(`${temporary}/root`, target);
    } finally {
      rmSync(temporary, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
    return target;
  });
}

/** Only one builds a suite at a time, so what lies there from before is debris. */
function removeUnfinished(cache: string, recipe: ImageRecipe): void {
  for (const name of readdirSync(cache)) {
    if (name.startsWith(`building-${recipe.suite}-`)) {
      rmSync(`${cache}/${name}`, { recursive: true, force: true });
    }
  }
}

async function build(recipe: ImageRecipe, dir: string, options: ImageOptions): Promise<void> {
  if (Bun.which("mmdebstrap") === null) {
    throw new HavenError("exec.missing", { program: "mmdebstrap", package: "mmdebstrap" });
  }
  const root = `${dir}/root`;
  const hook = `${dir}/fetch-kernel`;
  writeFileSync(hook, fetchKernel, { mode: 0o755 });
  options.progress(`Building the ${recipe.image} node image (about a minute; it is kept for next time)`);
  // In namespaces of its own, so that its processes and mounts end with it, however it ends: what is left could
  // not be removed otherwise without removing what is mounted there.
  const argv = [
    ...["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"],
    "mmdebstrap",
    "--mode=root",
    "--variant=minbase",
    "--format=directory",
    `--keyring=${keyringOf(recipe)}`,
    ...(await aptOptions()),
    ...["doc", "man", "locale", "info"].map((what) => `--dpkgopt=path-exclude=/usr/share/${what}/*`),
    `--customize-hook=${hook}`,
    `--include=${recipe.packages.join(",")}`,
    recipe.suite,
    root,
    ...(await sourceLines(recipe)),
  ];
  // The system's own programs only: mmdebstrap calls Python for each package, and one that somebody has put first in
  // PATH may take seconds to start.
  const path = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";
  const env = { DEBIAN_FRONTEND: "noninteractive", TMPDIR: dir, PATH: path };
  const result = await exec(argv, {
    timeoutMs: 1_800_000,
    env,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (result.code !== 0) throw imageError(recipe, result.stderr);
  await furnish(recipe, root);
  await keepGuestParts(root, recipe.guestModules);
}

function imageError(recipe: ImageRecipe, stderr: string): HavenError {
  const errors = stderr.split("\n").filter((line) => line.startsWith("E:"));
  const why = (errors.length > 0 ? errors : stderr.trim().split("\n")).slice(-3).join("; ");
  const offline = /Could not resolve|Unable to connect|Could not connect|Failed to fetch/.test(stderr);
  return new HavenError("lab.image", {
    image: recipe.image,
    why,
    hint: offline
      ? "Check that apt-get update works on this machine: the image uses its package archive"
      : undefined,
  });
}

function keyringOf(recipe: ImageRecipe): string {
  const suited = existsSync(keyrings) && readdirSync(keyrings).some((name) => name.includes(recipe.suite));
  if (!suited) {
    throw new HavenError("lab.image", {
      image: recipe.image,
      why: `${keyrings} has no key of Debian ${recipe.suite}`,
      hint: "Install or update it: apt-get install debian-archive-keyring",
    });
  }
  return keyrings;
}

/** The machine's own ways to reach its package archive, proxies say. */
async function aptOptions(): Promise<readonly string[]> {
  const dump = await run(["apt-config", "dump", "Acquire", "--format", '%f "%v";%n']);
  return dump
    .split("\n")
    .filter((line) =>
      /^Acquire::(https?::proxy|Check-Valid-Until|Check-Date|ForceIPv4|Retries)\b/i.test(line),
    )
    .map((line) => `--aptopt=${line}`);
}

async function sourceLines(recipe: ImageRecipe): Promise<readonly string[]> {
  const format = "$(LABEL) $(REPO_URI)";
  const targets = await run(["apt-get", "indextargets", "--format", format, "Identifier: Packages"]);
  const archives = new Map(
    targets.split("\n").map((line): [string, string] => {
      const [label = "", uri = ""] = line.split(" ");
      return [label, uri];
    }),
  );
  return recipe.sources.map(({ suite, label }) => {
    return `deb ${archives.get(label) ?? usualArchives[label]} ${suite} main`;
  });
}

/** What makes a Debian system a lab node. */
async function furnish(recipe: ImageRecipe, root: string): Promise<void> {
  const directories = [
    "/srv/shared",
    "/usr/lib/haven-lab/bin",
    "/usr/lib/haven-lab/store",
    "/usr/share/haven-lab/guest",
  ];
  for (const path of [
    ...directories,
    "/usr/lib/haven",
    "/usr/lib/ocf/resource.d/haven",
    "/etc/haven-lab/enabled",
  ]) {
    mkdirSync(`${root}${path}`, { recursive: true });
  }
  for (const [path, target] of links) {
    await unlink(`${root}${path}`).catch(() => undefined);
    await symlink(target, `${root}${path}`);
  }
  // A daemon's package enables it.
  for (const unit of ["virtlogd", "libvirtd"]) writeFileSync(`${root}/etc/haven-lab/enabled/${unit}`, "");
  writeFileSync(`${root}/etc/libvirt/qemu.conf`, qemuConf, { flag: "a" });
  writeFileSync(`${root}/etc/libvirt/libvirtd.conf`, libvirtdConf, { flag: "a" });
  writeFileSync(`${root}/etc/fuse.conf`, "user_allow_other\n");
  writeFileSync(`${root}/etc/haven-lab/image`, `${recipe.image}\n`);
  // Each node gets its own; libvirt's default network would want a bridge and dnsmasq in every node.
  for (const path of ["/etc/machine-id", "/etc/hostname", "/var/lib/dbus/machine-id"]) {
    rmSync(`${root}${path}`, { force: true });
  }
  rmSync(`${root}/etc/libvirt/qemu/networks/autostart`, { recursive: true, force: true });
}
