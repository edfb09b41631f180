import type { CommandCall, OptionSpecs } from "./command.ts";

export const place = {
  name: { kind: "string", value: "NAME", help: "Which lab, when there are several (haven)" },
  dir: { kind: "string", value: "PATH", help: "Where it keeps its files (/var/lib/haven-lab/NAME)" },
} as const satisfies OptionSpecs;

/** The lab that a command's options name. @throws HavenError lab.missing */
export async function existingLab({ options }: Pick<CommandCall<typeof place>, "options">) {
  const { openLab } = await import("../lab/lab.ts");
  return openLab({ name: options.name, dir: options.dir }, true);
}
