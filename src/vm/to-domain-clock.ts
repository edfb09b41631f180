import { type XmlElement, xml } from "../xml/element.ts";
import type { ResolvedSpec } from "./resolve-spec.ts";

type Timers = NonNullable<NonNullable<ResolvedSpec["clock"]>["timers"]>;

/** Lost timer ticks are made up for, so that the guest's clock is right after a pause. */
const kvmTimers: Timers = { rtc: "catchup", pit: "delay", hpet: "absent" };

/** The hardware clock and the guest's sources of time. */
export function clockElement(spec: ResolvedSpec): XmlElement {
  const { offset = "utc", timezone, timers } = spec.clock ?? {};
  const isKvm = spec.hypervisor === "kvm";
  const wanted: Timers = {
    ...(isKvm ? kvmTimers : {}),
    ...(isKvm && spec.hyperv === true ? { hypervclock: "present" } : {}),
    ...timers,
  };
  const base = timezone === undefined ? { offset } : { offset: "timezone", timezone };
  return xml(
    "clock",
    base,
    Object.entries(wanted).map(([name, how]) => timer(name, how)),
  );
}

function timer(name: string, how: string | undefined): XmlElement | undefined {
  if (how === undefined) return undefined;
  if (how === "present" || how === "absent") {
    return xml("timer", { name, present: how === "present" ? "yes" : "no" });
  }
  return xml("timer", { name, tickpolicy: how });
}
