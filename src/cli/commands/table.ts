import type { Command } from "../command.ts";
import { labCommands } from "./lab.ts";
import { versionCommands } from "./version.ts";

/** Every command. A group's file exports its commands; heavy imports belong inside their `run`. */
export const commands: readonly Command[] = [...labCommands, ...versionCommands];
