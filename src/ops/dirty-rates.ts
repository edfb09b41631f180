import { listDomainsFlag, statsType } from "../libvirt/constants.ts";
import type { Environment } from "./environment.ts";

/** A VM and the node where it runs. */
export interface RunningVm {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly node: string;
}

/** What QEMU is given to count, and how much longer a node has for all of its answers. */
const measured = { seconds: 1, allMs: 6000, answerMs: 2500 };
/** virDomainDirtyRateStatus: it has counted. */
const hasCounted = 2;

/**
 * How much of its memory each guest writes to, MiB per second, counted for a second by QEMU. Of a VM whose libvirt does not
 * answer in a few seconds, or cannot count, nothing is known. Never throws.
 */
export async function dirtyRates(
  environment: Environment,
  vms: readonly RunningVm[],
): Promise<ReadonlyMap<string, number>> {
  const rates = new Map<string, number>();
  const end = new AbortController();
  const late = environment.clock.sleep(measured.allMs, end.signal).then(
    () => undefined,
    () => undefined,
  );
  const asked = [...Map.groupBy(vms, ({ node }) => node)].map(async ([node, here]) => {
    const found = await Promise.race([ratesOn(environment, node, here).catch(() => undefined), late]);
    for (const [name, rate] of found ?? []) rates.set(name, rate);
  });
  await Promise.all(asked);
  end.abort();
  return rates;
}

async function ratesOn(
  environment: Environment,
  node: string,
  vms: readonly RunningVm[],
): Promise<readonly (readonly [string, number])[]> {
  const { clock, signal } = environment;
  const libvirt = await environment.libvirt(node);
  const call = { timeoutMs: measured.answerMs, signal };
  const running = await libvirt.connectListAllDomains(listDomainsFlag.active | listDomainsFlag.running, call);
  const byUuid = new Map(vms.map(({ uuid, name }) => [uuid, name]));
  const wanted = running.filter(({ uuid }) => byUuid.has(uuid));
  const begun = await Promise.allSettled(
    wanted.map((domain) => libvirt.domainStartDirtyRateCalc(domain, measured.seconds, call)),
  );
  if (begun.every(({ status }) => status === "rejected")) return [];
  await clock.sleep(measured.seconds * 1000 + 300, signal);
  const all = await libvirt.connectGetAllDomainStats(wanted, statsType.dirtyRate, 0, call);
  return all.flatMap(({ dom, params }) => {
    const name = byUuid.get(dom.uuid);
    const [status, rate] = [
      params.get("dirtyrate.calc_status"),
      params.get("dirtyrate.megabytes_per_second"),
    ];
    return name === undefined || Number(status) !== hasCounted || rate === undefined
      ? []
      : [[name, Number(rate)] as const];
  });
}
