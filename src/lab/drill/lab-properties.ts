import type { Cib } from "../../pacemaker/cib.ts";
import { settingsSet } from "../../vm/settings-in-cib.ts";
import { type XmlElement, xml } from "../../xml/element.ts";
import type { LeftOut } from "./lab-constraints.ts";

const usualSet = "cib-bootstrap-options";

/** Whose value is the lab's. */
const ofLab = ["cluster-name", "cluster-infrastructure", "dc-version", "have-watchdog", "dc-deadtime"];

/** What keeps a cluster from doing anything, or asks for what the lab does not have. */
const leave: Readonly<Record<string, string>> = {
  "maintenance-mode": "nothing would be recovered",
  "stop-all-resources": "nothing would run",
  "enable-acl": "the lab has no users",
  "stonith-watchdog-timeout": "the lab's nodes are fenced by its chassis",
  "stonith-action": "the drill gives power back itself",
};

/** Nobody outside is told what happens in a lab. */
const outside: Readonly<Record<string, string>> = {
  mail: "nobody outside is told what happens in a lab",
  webhooks: "nobody outside is told what happens in a lab",
};

/**
 * The cluster's properties in the lab: the real ones and Haven's settings, but what is the lab's own, and what would
 * keep the drill from showing anything. Nodes that are fenced stay off: the drill gives them power when it has measured.
 */
export function labProperties(
  real: Cib,
  lab: Cib,
): { readonly section: XmlElement; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const sets = (real.section("crm_config")?.all("cluster_property_set") ?? [])
    .filter((set) => !/^haven-/.test(set.get("id") ?? "") || set.get("id") === settingsSet)
    .map((set) => set.clone());
  for (const set of sets) {
    const why = set.get("id") === settingsSet ? outside : leave;
    const stay = set.children.filter((pair) => {
      const name = pair.get("name") ?? "";
      const reason = why[name];
      if (reason !== undefined && !/^(false|no|off|0)$/i.test(pair.get("value") ?? "")) {
        leftOut.push({ what: name, why: reason });
      }
      return reason === undefined && !ofLab.includes(name);
    });
    set.children.splice(0, set.children.length, ...stay);
  }
  const found = sets.find((set) => set.get("id") === usualSet);
  const main = found ?? xml("cluster_property_set", { id: usualSet });
  if (found === undefined) sets.unshift(main);
  const own = new Map(ofLab.map((name) => [name, lab.property(name)]));
  own.set("stonith-action", "off");
  // Guests make the load: at the usual 80 % Pacemaker would do one thing at a time.
  own.set("load-threshold", "1000%");
  for (const [name, value] of own) {
    if (value === undefined) continue;
    const before = main.children.findIndex((pair) => pair.get("name") === name);
    if (before !== -1) main.children.splice(before, 1);
    main.children.push(xml("nvpair", { id: `drill-${name}`, name, value }));
  }
  return { section: xml("crm_config", {}, sets), leftOut };
}
