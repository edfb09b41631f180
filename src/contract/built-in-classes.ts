import type { SpecDefaults } from "./vm-spec.ts";

/** Classes that every cluster has, as long as its settings have none of that name. */
export const builtInClasses: Readonly<Record<string, SpecDefaults>> = {
  linux: {},
  windows: {
    clock: { offset: "localtime" },
    graphics: { type: "vnc" },
    hyperv: true,
    policies: { "esc-before-shutdown": true },
  },
};
