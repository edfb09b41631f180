import { printError } from "../../base/errors.ts";
import { type Answer, done, warned } from "../ocf.ts";
import { Hypervisor } from "./hypervisor.ts";
import type { Identity } from "./identity.ts";
import { applyLive } from "./live-changes.ts";
import { parseDomain } from "./parse-domain.ts";
import { runningAs } from "./running-as.ts";
import type { Settings } from "./settings.ts";

/**
 * The action reload-agent: the configuration has changed while the domain runs. What libvirt can change at once is
 * changed, the rest waits for the next start. Never fails: Pacemaker would stop the VM and start it elsewhere.
 */
export async function reload(settings: Settings, say: (text: string) => void): Promise<Answer> {
  const { identity, xml, deadline, problem } = settings;
  const wanted = parseDomain(xml);
  if (identity === undefined || typeof wanted === "string") {
    const why = problem ?? (typeof wanted === "string" ? wanted : "");
    return warned(`the new configuration cannot be read, nothing was changed: ${why}`);
  }
  const now = await runningAs(settings);
  const hypervisor = new Hypervisor(now.uri);
  try {
    const view = await hypervisor.look(now.identity ?? identity, deadline.share(0.2, 10_000));
    if (view.kind === "silent")
      return warned(`pending until the next start: libvirt does not answer (${view.why})`);
    if (view.kind === "absent" || view.condition === "off") {
      // libvirt may have forgotten the one that was started before the UUID was changed.
      return now === settings
        ? done
        : warned(
            `pending until the next start: ${differences(now.identity ?? identity, identity).join("; ")}`,
          );
    }
    const libvirt = await hypervisor.open(deadline.share(0.1, 5000));
    const live = parseDomain(
      await libvirt.domainGetXMLDesc(view.domain, 0, { timeoutMs: deadline.share(0.2, 10_000) }),
    );
    if (typeof live === "string") return warned(`pending until the next start: ${live}`);
    const applied = await applyLive({ libvirt, domain: view.domain, live, wanted, deadline, say });
    const pending = [...differences(view.domain, identity), ...applied];
    return pending.length === 0 ? done : warned(`pending until the next start: ${pending.join("; ")}`);
  } catch (error) {
    return warned(`pending until the next start: ${printError(error).replaceAll("\n", ";")}`);
  } finally {
    hypervisor.drop();
  }
}

/** What libvirt cannot change of a domain that runs. */
function differences(running: { readonly name: string; readonly uuid: string }, wanted: Identity): string[] {
  const result: string[] = [];
  if (running.uuid !== wanted.uuid) result.push(`UUID ${wanted.uuid} instead of ${running.uuid}`);
  if (running.name !== wanted.name) result.push(`name ${wanted.name} instead of ${running.name}`);
  return result;
}
