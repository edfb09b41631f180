import { parseAgentMetadata } from "../pacemaker/agent-metadata.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsSet } from "../vm/settings-in-cib.ts";
import type { XmlElement } from "../xml/element.ts";
import { mayBeSecret } from "./change-summary.ts";
import type { Environment } from "./environment.ts";
import { type OptionFacts, operationDefaultOptions, resourceDefaultOptions } from "./raw-option-defaults.ts";
import { tokensSet } from "./tokens-in-cib.ts";

/** Whose options: the cluster's, or the defaults of all resources or operations. */
export type OptionOwner = "cluster" | "resources" | "operations";

export interface RawOption extends OptionFacts {
  /** As it is set; absent where it is not, or where it may be a secret. */
  readonly value?: string;
  /** The set that has it. */
  readonly set?: string;
  /** Pacemaker writes it itself, or another command of Haven's does: it cannot be set here, and why. */
  readonly fixed?: string;
}

export type RawOptions = Readonly<Record<OptionOwner, readonly RawOption[]>>;

/** Options that are not set here: read after the name. */
const fixed: Readonly<Record<string, string>> = {
  "cluster-infrastructure": "is set by Pacemaker itself",
  "dc-version": "is set by Pacemaker itself",
  "have-watchdog": "is set by Pacemaker itself",
  "last-lrm-refresh": "is set by Pacemaker itself",
  "maintenance-mode": "is switched with: haven cluster maintenance on|off",
  "stonith-watchdog-timeout": "follows from the watchdog: haven fence add watchdog",
};

const sections = {
  cluster: { section: "crm_config", set: "cluster_property_set" },
  resources: { section: "rsc_defaults", set: "meta_attributes" },
  operations: { section: "op_defaults", set: "meta_attributes" },
} as const;

/**
 * Pacemaker's options with their help: those that there are, and those that are set.
 *
 * @throws HavenError pacemaker.*, agent.metadata
 */
export async function rawOptions(
  environment: Pick<Environment, "pacemaker" | "signal">,
): Promise<RawOptions> {
  const { pacemaker, signal } = environment;
  const [cib, cluster] = await Promise.all([
    pacemaker.queryCib({ signal, scope: "configuration" }),
    clusterOptions(environment),
  ]);
  return optionsIn(Cib.parse(cib), cluster);
}

/** What Pacemaker says of the cluster's options. */
export async function clusterOptions({
  pacemaker,
  signal,
}: Pick<Environment, "pacemaker" | "signal">): Promise<readonly OptionFacts[]> {
  const texts = await pacemaker.resourceAgents.clusterOptions({ signal });
  const found = new Map<string, OptionFacts>();
  for (const text of texts) {
    for (const one of parseAgentMetadata(text, "Pacemaker").parameters) {
      const { name, type, choices, default: preset, short, long } = one;
      if (!found.has(name)) found.set(name, { name, type, choices, default: preset, short, long });
    }
  }
  return [...found.values()];
}

/** The same of a configuration. */
export function optionsIn(cib: Cib, cluster: readonly OptionFacts[]): RawOptions {
  const of = (owner: OptionOwner, known: readonly OptionFacts[]): readonly RawOption[] => {
    const values = valuesIn(cib, owner);
    const names = new Set(known.map(({ name }) => name));
    const unknown = [...values.keys()].filter((name) => !names.has(name));
    const plain = unknown.map((name) => ({
      ...{ name, type: "string", choices: [], default: undefined, short: "", long: "" },
    }));
    return [...known, ...plain]
      .map((one): RawOption => {
        const { value, set } = values.get(one.name) ?? {};
        const why = owner === "cluster" ? fixed[one.name] : undefined;
        return {
          ...one,
          ...(value === undefined || mayBeSecret(one.name) ? {} : { value }),
          ...(set === undefined ? {} : { set }),
          ...(why === undefined ? {} : { fixed: why }),
        };
      })
      .sort((a, b) => a.name.localeCompare(b.name, "en"));
  };
  return {
    cluster: of("cluster", cluster),
    resources: of("resources", resourceDefaultOptions),
    operations: of("operations", operationDefaultOptions),
  };
}

/** The sets of options that are not Haven's own and hold under no condition. */
export function optionSets(cib: Cib, owner: OptionOwner): readonly XmlElement[] {
  const { section, set } = sections[owner];
  return (cib.section(section)?.all(set) ?? []).filter((one) => {
    const id = one.get("id");
    return id !== undefined && id !== settingsSet && id !== tokensSet && one.child("rule") === undefined;
  });
}

function valuesIn(
  cib: Cib,
  owner: OptionOwner,
): ReadonlyMap<string, { readonly value: string; readonly set: string }> {
  const found = new Map<string, { value: string; set: string }>();
  for (const set of optionSets(cib, owner)) {
    for (const pair of set.all("nvpair")) {
      const [name, value] = [pair.get("name"), pair.get("value")];
      if (name !== undefined && value !== undefined && !found.has(name))
        found.set(name, { value, set: set.get("id") ?? "" });
    }
  }
  return found;
}
