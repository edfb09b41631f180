import { Claims, claimsOf, type OwnedClaim } from "../vm/vm-claims.ts";
import type { VmEntry } from "../vm/vms-in-cib.ts";
import { diskAliases } from "./disk-aliases.ts";
import type { Environment } from "./environment.ts";
import type { FieldProblem, PlannedVm } from "./vm-plan.ts";

/** What planned VMs want that another VM of the cluster, or another one of them, has. */
export async function claimProblems(
  environment: Environment,
  planned: readonly PlannedVm[],
  others: readonly VmEntry[],
): Promise<readonly { readonly vm: PlannedVm; readonly problem: FieldProblem }[]> {
  if (planned.length === 0) return [];
  const made = others.flatMap(({ name, xml }) =>
    xml === undefined ? [] : claimsOf(xml).map((claim): OwnedClaim => ({ ...claim, owner: name })),
  );
  const wanted = planned.map((vm) => ({ vm, claims: claimsOf(vm.xml) }));
  const disks = [...made, ...wanted.flatMap(({ claims }) => claims)].filter(({ kind }) => kind === "disk");
  const claims = new Claims(
    await diskAliases(
      environment,
      disks.map(({ value }) => value),
    ),
  );
  for (const claim of made) claims.make(claim.owner, claim);
  return wanted.flatMap(({ vm, claims: own }) => {
    const had = new Set(claimsOf(vm.before?.entry.xml ?? "").map(({ key }) => key));
    return own.flatMap((claim) => {
      const clash = claims.make(vm.name, claim);
      // What it has already is no reason to refuse a change of something else.
      if (clash === undefined || had.has(claim.key)) return [];
      // Its own name is told of where names are looked at.
      if (claim.kind === "name" && planned.some((one) => one !== vm && one.name === vm.name)) return [];
      const path = pathOf(vm.resolved, claim.value) ?? (claim.kind === "uuid" ? ["uuid"] : []);
      return [{ vm, problem: { path, what: clashText(vm.name, claim, clash) } }];
    });
  });
}

function clashText(name: string, { kind, value }: Omit<OwnedClaim, "owner">, clash: OwnedClaim): string {
  const owner = clash.owner === name ? "this VM itself" : clash.owner;
  switch (kind) {
    case "uuid":
      return `expected a UUID of its own, found that of ${owner}; without the field it gets one`;
    case "name":
      return `expected a name of its own, found ${value}, which the domain of ${owner} has`;
    case "mac":
      return `expected a MAC address of its own, found ${value}, which ${owner} has; without the field it gets one`;
    case "port":
      return `expected a port of its own, found ${value}, which the console of ${owner} has; without it libvirt chooses one`;
    case "disk": {
      const spelt = clash.value === value ? "" : ` as ${clash.value}`;
      return `expected a disk of its own, found ${value}, which ${owner} uses${spelt}; to share it both must say shareable: true, or both readonly: true`;
    }
  }
}

/** Where in a specification a value stands; undefined where it does not stand there as it is. */
function pathOf(value: unknown, wanted: string): readonly PropertyKey[] | undefined {
  if (String(value).toLowerCase() === wanted && typeof value !== "object") return [];
  if (value === wanted) return [];
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const rest = pathOf(inner, wanted);
    if (rest !== undefined) return [Array.isArray(value) ? Number(key) : key, ...rest];
  }
  return undefined;
}
