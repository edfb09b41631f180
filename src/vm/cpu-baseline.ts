import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import { writeXml } from "../xml/write.ts";
import type { CpuBaseline } from "./resolve-spec.ts";

/**
 * What a host's KVM can offer a guest at the most, as the CPU that libvirt compares: the host-model of its domain
 * capabilities (https://libvirt.org/formatdomaincaps.html). Undefined where there is none.
 */
export function hostModelCpu(domainCapabilities: string): string | undefined {
  const cpu = readXml(domainCapabilities, { source: "domain capabilities" }).child("cpu");
  const mode = cpu
    ?.all("mode")
    .find((one) => one.get("name") === "host-model" && one.get("supported") === "yes");
  if (mode === undefined) return undefined;
  const parts: XmlElement[] = ["model", "vendor", "maxphysaddr", "feature"].flatMap((name) => mode.all(name));
  return `<cpu>${parts.map((part) => writeXml(part)).join("")}</cpu>`;
}

/** The CPU that libvirt found to be common, as a specification holds it. Undefined where it names no model. */
export function baselineOf(cpu: string): CpuBaseline | undefined {
  const element = readXml(cpu, { source: "CPU baseline" });
  const model = element.child("model")?.text.trim();
  if (model === undefined || model === "") return undefined;
  const features = element.all("feature").map((one) => [one.get("name") ?? "", one.get("policy")] as const);
  const known = features.filter(([name]) => name !== "");
  if (known.length === 0) return { model };
  return {
    model,
    features: Object.fromEntries(
      known.map(([name, policy]) => [name, policy === "disable" ? "disable" : "require"] as const),
    ),
  };
}
