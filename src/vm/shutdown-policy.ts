import type { Settings } from "../contract/settings.ts";
import type { Cib } from "../pacemaker/cib.ts";
import type { CibEditor } from "../pacemaker/cib-editor.ts";
import { isOn } from "../pacemaker/is-on.ts";

export type ShutdownPolicy = NonNullable<Settings["on-node-shutdown"]>;

/**
 * The properties by which Pacemaker does what a policy says (docs/adr/node-shutdown.md). With a shutdown lock what ran on a
 * node that is shut down stays its own: it is stopped, not migrated, and for as long as the limit says nobody else starts
 * it. The limit counts only once the node has left; a second is as good as none.
 */
const properties: Readonly<Record<ShutdownPolicy, Readonly<Record<string, string | undefined>>>> = {
  migrate: { "shutdown-lock": undefined, "shutdown-lock-limit": undefined },
  restart: { "shutdown-lock": "true", "shutdown-lock-limit": "1s" },
  freeze: { "shutdown-lock": "true", "shutdown-lock-limit": undefined },
};

/** Has Pacemaker do what a policy says. */
export function writeShutdownPolicy(editor: CibEditor, policy: ShutdownPolicy): void {
  editor.setProperties(properties[policy]);
}

/** What Pacemaker would do, where that is not what the policy says; in words to be read after it. */
export function otherShutdownPolicy(cib: Cib, policy: string | undefined): string | undefined {
  const wanted = Object.entries(properties).find(([name]) => name === policy)?.[1];
  if (wanted === undefined) return undefined;
  const isLocked = isOn(cib.property("shutdown-lock"));
  const limit = cib.property("shutdown-lock-limit");
  const hasLimit = limit !== undefined && !/^0+([a-z]*)$/i.test(limit);
  if (
    isLocked === isOn(wanted["shutdown-lock"]) &&
    (!isLocked || hasLimit === ("1s" === wanted["shutdown-lock-limit"]))
  )
    return undefined;
  return `shutdown-lock=${isLocked}${limit === undefined ? "" : `, shutdown-lock-limit=${limit}`}`;
}
