import { expect, test } from "bun:test";
import { inherit } from "./inherit.ts";
import { chosenBeside, defaultsFor, inheritDefaults } from "./inherit-defaults.ts";
import { withoutInherited } from "./without-inherited.ts";

test.each([
  ["what is not said", { memory: 1 }, { memory: 2, rng: false }, { memory: 1, rng: false }, ["rng"]],
  [
    "a list is the one or the other",
    { disks: [] },
    { disks: [1], labels: ["a"] },
    { disks: [], labels: ["a"] },
    ["labels"],
  ],
  [
    "policies stand beside each other",
    { policies: { "io-error": "fail" } },
    { policies: { "io-error": "wait", "graceful-stop": 300 } },
    { policies: { "io-error": "fail", "graceful-stop": 300 } },
    ["policies/graceful-stop"],
  ],
  [
    "so do CPU features",
    { cpu: { count: 4, features: { vmx: "disable" } } },
    { cpu: { count: 2, model: "EPYC", features: { vmx: "require", x2apic: "require" } } },
    { cpu: { count: 4, model: "EPYC", features: { vmx: "disable", x2apic: "require" } } },
    ["cpu/model", "cpu/features/x2apic"],
  ],
  [
    "but not those of something else",
    { firmware: { type: "bios" }, tpm: { enabled: false } },
    { firmware: { type: "uefi", "secure-boot": true }, tpm: { enabled: true, model: "tpm-tis" } },
    { firmware: { type: "bios" }, tpm: { enabled: false } },
    [],
  ],
  [
    "nor what excludes the VM's own",
    { clock: { timezone: "Europe/Zurich" } },
    { clock: { offset: "localtime", sync: false } },
    { clock: { timezone: "Europe/Zurich", sync: false } },
    ["clock/sync"],
  ],
  [
    "what boots is one thing",
    { boot: { from: "disk" } },
    { boot: { kernel: "/k" } },
    { boot: { from: "disk" } },
    [],
  ],
])("%s", (_what, own, defaults, value, inherited) => {
  expect(inherit(own, defaults)).toEqual({ value, inherited });
  const whole: object = { ...value, inherited };
  expect(withoutInherited(whole, inherited)).toEqual(own);
});

test("a class stands above the defaults of all VMs; one of the settings above one that every cluster has", () => {
  const settings = {
    defaults: { memory: 1024, policies: { "graceful-stop": 60 } },
    classes: { windows: { policies: { "esc-before-shutdown": true } }, big: { memory: 4096 } },
  };
  expect(defaultsFor(settings, undefined)).toEqual(settings.defaults);
  expect(defaultsFor(settings, "big")).toEqual({ memory: 4096, policies: { "graceful-stop": 60 } });
  expect(defaultsFor(settings, "windows")).toEqual({
    memory: 1024,
    policies: { "esc-before-shutdown": true, "graceful-stop": 60 },
  });
  expect(defaultsFor({}, "windows")).toMatchObject({ hyperv: true, clock: { offset: "localtime" } });
  for (const name of ["gold", "toString", "__proto__"]) expect(defaultsFor(settings, name)).toBeUndefined();
});

test("processors without a number are one", () => {
  const { value, inherited } = inheritDefaults({ name: "a" }, { cpu: { model: "EPYC" } });
  expect(value).toEqual({ name: "a", cpu: { model: "EPYC", count: 1 } });
  expect(inherited).toEqual(["cpu/model", "cpu/count"]);
});

test("what is chosen because of a default is not the VM's own", () => {
  const given = ["firmware/type", "tpm/enabled", "cpu/model"];
  expect(chosenBeside(given, {})).toEqual(["cpu/baseline", "firmware/nvram", "tpm/state"]);
  expect(chosenBeside(given, { firmware: { nvram: "/a" } })).toEqual(["cpu/baseline", "tpm/state"]);
  expect(chosenBeside([], {})).toEqual([]);
});

test("what was inherited is taken out by its path, and nothing else", () => {
  const spec: object = {
    name: "a",
    networks: [{ zone: "z", bridge: "br0" }, { bridge: "br1" }],
    inherited: ["x"],
  };
  expect(withoutInherited(spec, ["networks/0/bridge", "networks/7/bridge", "gone/for/good"])).toEqual({
    name: "a",
    networks: [{ zone: "z" }, { bridge: "br1" }],
  });
  expect(withoutInherited(spec, undefined)).toBe(spec);
});
