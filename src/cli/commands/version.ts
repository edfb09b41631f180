import { version } from "../../base/version.ts";
import { command } from "../command.ts";

export const versionCommands = [
  command({
    path: ["version"],
    summary: "Show Haven's version",
    role: "viewer",
    anywhere: true,
    async run({ terminal, global }) {
      terminal.out(global.json ? JSON.stringify({ version }) : `haven ${version}`);
    },
  }),
];
