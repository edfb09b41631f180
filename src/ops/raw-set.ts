import { HavenError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { expectedValue } from "../pacemaker/expected-value.ts";
import { mayBeSecret } from "./change-summary.ts";
import { commitChange } from "./commit-change.ts";
import type { Environment } from "./environment.ts";
import type { RawChangeResult } from "./raw-add.ts";
import { clusterOptions, type OptionOwner, optionSets, optionsIn, type RawOption } from "./raw-options.ts";
import { list } from "./wait-vms.ts";

export interface RawSetOptions {
  readonly of: OptionOwner;
  /** By name; an empty value takes the option away. */
  readonly values: Readonly<Record<string, string>>;
  /** Also an option that is not known, that is dangerous, or that would hit a VM that runs. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** What lets a VM run twice or a lost node's VMs stay down: option, value, and what follows. */
const dangers: readonly (readonly [string, RegExp, string])[] = [
  ["stonith-enabled", /^(false|no|off|n|0)$/i, "a node that is lost is not shot: its VMs could run twice"],
  ["fencing-enabled", /^(false|no|off|n|0)$/i, "a node that is lost is not shot: its VMs could run twice"],
  ["no-quorum-policy", /^ignore$/i, "two halves of the cluster would both run its VMs"],
  [
    "enable-startup-probes",
    /^(false|no|off|n|0)$/i,
    "what runs on a node that joins is not found: it could run twice",
  ],
  [
    "startup-fencing",
    /^(false|no|off|n|0)$/i,
    "a node that was never seen counts as off: its VMs could run twice",
  ],
];

/**
 * Sets options of Pacemaker's, or takes them away: of the cluster, or the defaults of all resources or operations.
 *
 * @throws HavenError raw.invalid with all problems, vm.refused, vm.declined, pacemaker.*
 */
export async function rawSet(environment: Environment, options: RawSetOptions): Promise<RawChangeResult> {
  const { of: owner, values, force = false } = options;
  const { pacemaker, signal } = environment;
  const base = Cib.parse(await pacemaker.queryCib({ signal }));
  const known = optionsIn(base, await clusterOptions(environment))[owner];
  const problems = Object.entries(values).flatMap(([name, value]) => problemOf(known, name, value, force));
  if (problems.length > 0) throw new HavenError("raw.invalid", { problems });
  const names = Object.keys(values);
  const what = { cluster: "", resources: " of all resources", operations: " of all operations" }[owner];
  const plan = Object.entries(values).map(([name, value]) => {
    const before = known.find((one) => one.name === name)?.value;
    const shown = mayBeSecret(name) ? "a value" : value;
    if (value === "") return `- ${name}${what}`;
    return before === undefined ? `+ ${name}${what} = ${shown}` : `~ ${name}${what}: ${before} → ${shown}`;
  });
  const { committed, effect } = await commitChange(
    environment,
    (editor) => {
      for (const [name, value] of Object.entries(values)) set(editor, owner, name, value);
    },
    {
      ...{ question: `Set ${list(names)}?`, own: [], ask: "always", dryRun: options.dryRun, plan, base },
      guard: { force, mayStop: [] },
    },
  );
  return { names, committed, plan, effect };
}

function problemOf(
  known: readonly RawOption[],
  name: string,
  value: string,
  force: boolean,
): readonly string[] {
  const option = known.find((one) => one.name === name);
  if (option?.fixed !== undefined) return [`${name} ${option.fixed}`];
  // What is set can be taken away, whatever it is.
  if (force || (value === "" && option !== undefined)) return [];
  if (option === undefined || (option.short === "" && option.set !== undefined && value !== "")) {
    const like = nearest(
      name,
      known.filter(({ short }) => short !== "").map((one) => one.name),
    );
    const hint = like === undefined ? "see: haven raw options" : `did you mean ${like}?`;
    return [`${name} is no option that Pacemaker knows (${hint}); with --force it is set all the same`];
  }
  const danger = dangers.find(([one, dangerous]) => one === name && dangerous.test(value));
  if (danger !== undefined) return [`${name}=${value}: ${danger[2]}; with --force it is set all the same`];
  const expected = expectedValue(option, value);
  return expected === undefined ? [] : [`${name}: expected ${expected}, found ${value}`];
}

/** In the set that has it, and in no other one; else in the first, which is made where there is none. */
function set(editor: CibEditor, owner: OptionOwner, name: string, value: string): void {
  const sets = optionSets(editor.cib, owner);
  const having = sets.filter((one) => one.all("nvpair").some((pair) => pair.get("name") === name));
  const target = (having[0] ?? sets[0])?.get("id");
  const write = (next: string | undefined, id: string | undefined): void => {
    if (owner === "cluster") editor.setProperties({ [name]: next }, id);
    else if (owner === "resources") editor.setResourceDefaults({ [name]: next }, id);
    else editor.setOperationDefaults({ [name]: next }, id);
  };
  if (value !== "") {
    write(value, target);
    return;
  }
  for (const one of having) write(undefined, one.get("id"));
}
