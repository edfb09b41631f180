import { expect, test } from "bun:test";
import { baselineOf, hostModelCpu } from "./cpu-baseline.ts";

const capabilities = (mode: string): string => `<domainCapabilities><cpu>
  <mode name='host-passthrough' supported='yes'/>
  ${mode}
  <mode name='custom' supported='yes'><model usable='yes'>qemu64</model></mode>
</cpu></domainCapabilities>`;

test("a host's own CPU is what its host-model names", () => {
  const mode = `<mode name='host-model' supported='yes'>
    <model fallback='forbid'>EPYC-Rome</model><vendor>AMD</vendor>
    <feature policy='require' name='x2apic'/><feature policy='disable' name='xsaves'/></mode>`;
  expect(hostModelCpu(capabilities(mode))).toBe(
    '<cpu><model fallback="forbid">EPYC-Rome</model><vendor>AMD</vendor><feature policy="require" name="x2apic"/><feature policy="disable" name="xsaves"/></cpu>',
  );
  expect(hostModelCpu(capabilities("<mode name='host-model' supported='no'/>"))).toBeUndefined();
});

test("the common CPU is kept as a model with its features", () => {
  const cpu = `<cpu mode='custom' match='exact'><model fallback='forbid'>EPYC</model><vendor>AMD</vendor>
    <feature policy='require' name='x2apic'/><feature policy='disable' name='svm'/></cpu>`;
  expect(baselineOf(cpu)).toEqual({ model: "EPYC", features: { x2apic: "require", svm: "disable" } });
  expect(baselineOf("<cpu><model>EPYC</model></cpu>")).toEqual({ model: "EPYC" });
  expect(baselineOf("<cpu/>")).toBeUndefined();
});
