/** A VM as the policy of who may fence whom sees it: the outline of its specification. */
export interface FencePolicyVm {
  readonly name: string;
  readonly labels?: readonly string[] | undefined;
  /** `guest-fence`: names of VMs, and `label=LABEL`. */
  readonly policies?: { readonly "guest-fence"?: readonly string[] | undefined } | undefined;
}

export type FenceVerdict = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

const labelPrefix = "label=";

/**
 * Whether a guest may have another VM fenced: only where its own specification names that VM or a label of it.
 *
 * @param requester The VM whose channel the request came on, never what the guest says of itself
 * @returns `why` is for the host's records. The guest is told the same whatever it is: it must not learn which VMs
 *   there are
 */
export function mayFence(requester: string, target: string, vms: readonly FencePolicyVm[]): FenceVerdict {
  const own = vms.find(({ name }) => name === requester);
  if (own === undefined) return { allowed: false, why: `${requester} has no specification` };
  if (target === requester) return { allowed: false, why: "it asks for its own end" };
  const other = vms.find(({ name }) => name === target);
  if (other === undefined) return { allowed: false, why: `there is no VM ${target}` };
  if (names(own, other)) return { allowed: true };
  return { allowed: false, why: `policies.guest-fence of ${requester} does not name ${target}` };
}

/** The names of the VMs that a guest may have fenced, in their order. */
export function fenceTargets(requester: string, vms: readonly FencePolicyVm[]): readonly string[] {
  return vms.filter(({ name }) => mayFence(requester, name, vms).allowed).map(({ name }) => name);
}

function names({ policies }: FencePolicyVm, other: FencePolicyVm): boolean {
  // What the CIB holds was checked when it was written; whatever else it has become names nobody.
  const words: unknown = policies?.["guest-fence"];
  const labels: unknown = other.labels;
  if (!Array.isArray(words)) return false;
  const own = [other.name, ...(Array.isArray(labels) ? labels : []).map((label) => `${labelPrefix}${label}`)];
  return words.some((word) => own.includes(word));
}
