import { isSecretParameter } from "../../../src/contract/fence-kinds.ts";
import type { FenceAgentAnswer, FenceKindAnswer } from "../api/cluster-answers.ts";

/** A fence device as it is filled in. */
export interface NewDevice {
  /** A kind, or an agent; empty: none is chosen yet. */
  readonly kind: string;
  /** The outlets of each chosen server, with commas between. */
  readonly hosts: Readonly<Record<string, string>>;
  /** By parameter, secrets too. */
  readonly values: Readonly<Record<string, string>>;
  readonly id: string;
  /** 1 to 9; empty: what the cluster makes of it. */
  readonly level: string;
  readonly force: boolean;
}

export const noDevice: NewDevice = { kind: "", hosts: {}, values: {}, id: "", level: "", force: false };

export type DeviceParameter = FenceAgentAnswer["parameters"][number];

/** What the cluster says to the agent itself. */
const told: ReadonlySet<string> = new Set([
  ...["action", "plug", "port", "nodename", "help", "version"],
  ...["pcmk_host_list", "pcmk_host_map", "pcmk_host_check"],
]);

/**
 * The parameters of an agent: first those that are to be filled in, in the order of the kind, secrets last; then those
 * that seldom are. What stands for others in older configurations, and what the cluster says itself, is neither.
 */
export function deviceParameters(
  { parameters }: FenceAgentAnswer,
  kind: FenceKindAnswer | undefined,
): { readonly first: readonly DeviceParameter[]; readonly others: readonly DeviceParameter[] } {
  const usual = [...(kind?.usual ?? []), ...(kind?.secrets ?? [])];
  const known = parameters.filter(({ name, deprecated }) => !deprecated && !told.has(name));
  const isFirst = ({ name, required, default: preset = "" }: DeviceParameter): boolean =>
    usual.includes(name) || (required && preset === "" && kind?.preset[name] === undefined);
  const rank = ({ name }: DeviceParameter): number =>
    (isSecretParameter(name) ? usual.length + 1 : 0) +
    (usual.includes(name) ? usual.indexOf(name) : usual.length);
  return {
    first: known.filter(isFirst).toSorted((a, b) => rank(a) - rank(b)),
    others: known.filter((one) => !isFirst(one)),
  };
}

/** What a device asks of its servers: an outlet of each, or may have one. */
export function outletOf(kind: FenceKindAnswer | undefined): FenceKindAnswer["plug"] {
  return kind?.plug ?? "name";
}

/** What is asked of the API; what is left empty is not said. */
export function newDeviceBody({
  kind,
  hosts,
  values,
  id,
  level,
  force,
}: NewDevice): Readonly<Record<string, unknown>> {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  const of = (secret: boolean): Readonly<Record<string, string>> =>
    Object.fromEntries(given.filter(([name]) => isSecretParameter(name) === secret));
  return {
    kind,
    hosts: Object.entries(hosts).map(([node, text]) => {
      const plugs = text.split(",").flatMap((plug) => (plug.trim() === "" ? [] : [plug.trim()]));
      return { node, ...(plugs.length === 0 ? {} : { plugs }) };
    }),
    ...{ values: of(false), secrets: of(true) },
    ...(id === "" ? {} : { id }),
    ...(level === "" ? {} : { level: Number(level) }),
    ...(force ? { force } : {}),
  };
}

/** Why it cannot be asked for yet; undefined where it can. */
export function whyNotYet({ kind, hosts }: NewDevice): string | undefined {
  if (kind === "") return "Choose a kind of device";
  return Object.keys(hosts).length === 0 ? "Choose the servers that it switches" : undefined;
}
