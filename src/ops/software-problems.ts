import type { Program } from "../host/node-facts.ts";

const packages: Readonly<Record<Program, string>> = {
  pacemaker: "pacemaker",
  corosync: "corosync",
  libvirt: "libvirt-daemon-system",
  virsh: "libvirt-clients",
  qemu: "qemu-system-x86",
  openssl: "openssl",
};

/** The oldest versions that Haven is tested with: Debian 12's. */
const oldest: Partial<Readonly<Record<Program, string>>> = {
  pacemaker: "2.1.5",
  corosync: "3.1",
  libvirt: "9.0",
  qemu: "7.2",
};

/** What a node lacks of the programs that Haven stands on, and what is too old. */
export function softwareProblems(
  versions: Readonly<Record<string, string | undefined>>,
): readonly { readonly text: string; readonly next?: string }[] {
  const missing = (Object.keys(packages) as Program[]).filter((program) => versions[program] === undefined);
  const lacking =
    missing.length === 0
      ? []
      : [
          {
            text: `lacks ${missing.join(", ")}`,
            next: `apt-get install ${missing.map((program) => packages[program]).join(" ")}`,
          },
        ];
  const old = Object.entries(oldest).flatMap(([program, version]) => {
    const found = versions[program];
    if (found === undefined || Bun.semver.order(full(found), full(version)) >= 0) return [];
    return [{ text: `has ${program} ${found}, expected ${version} or later` }];
  });
  return [...lacking, ...old];
}

function full(version: string): string {
  return version.split(".").length < 3 ? `${version}.0` : version;
}
