import { guestConsole } from "./guest-console.ts";
import type { TestLab } from "./test-lab.ts";
import { waitFor } from "./wait-for.ts";

/** What a guest with `haven.report=1` found of its machine: values by key, see src/lab/guest/report.pl. */
export class GuestReport {
  constructor(
    readonly boot: string,
    readonly facts: ReadonlyMap<string, string>,
  ) {}

  /** The value of a key; an empty text when the guest found nothing there. */
  get(key: string): string {
    return this.facts.get(key) ?? "";
  }

  /** Values of the keys that begin so, by the rest of the key. */
  below(prefix: string): Readonly<Record<string, string>> {
    const found = [...this.facts].filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(found.map(([key, value]) => [key.slice(prefix.length), value]));
  }
}

const fact = /haven-guest (\S+) boot=([0-9a-f-]{36}) report ([^=\s]+)=([^\r\n]*)\r?\n/g;

/** Reads the reports in what a console says, in its order; one that is not at its end is left out. */
export function readReports(text: string): readonly GuestReport[] {
  const boots = new Map<string, Map<string, string>>();
  for (const [, , boot = "", key = "", value = ""] of text.matchAll(fact)) {
    boots.set(boot, (boots.get(boot) ?? new Map<string, string>()).set(key, value));
  }
  return [...boots]
    .filter(([, facts]) => facts.has("end"))
    .map(([boot, facts]) => new GuestReport(boot, facts));
}

/** All reports of a guest, on whichever nodes it made them. */
export function guestReports(lab: TestLab, vm: string): readonly GuestReport[] {
  return [...guestConsole(lab, vm).texts.values()].flatMap(readReports);
}

/**
 * The report that a guest makes when it has booted.
 *
 * @param but Boots whose reports do not count: those that were there before
 */
export async function guestReport(
  lab: TestLab,
  vm: string,
  but: readonly GuestReport[] = [],
): Promise<GuestReport> {
  const old = new Set(but.map(({ boot }) => boot));
  return await waitFor(`the report of the guest ${vm}`, 180_000, () =>
    guestReports(lab, vm).findLast(({ boot }) => !old.has(boot)),
  );
}
