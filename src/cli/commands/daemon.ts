import { command } from "../command.ts";

export const daemonCommands = [
  command({
    path: ["daemon"],
    summary: "Run Haven's daemon on this node, in the foreground",
    description:
      "It keeps the cluster's state in memory, so that status and lists come at once, and tells Pacemaker at once of a\n" +
      "VM that is gone. No VM depends on it: it may be stopped, killed or upgraded at any time. systemd starts it\n" +
      "(haven.service); it ends on SIGTERM.",
    examples: ["haven daemon"],
    role: "local",
    async run({ signal, terminal, global }) {
      const [{ runDaemon }, { createLog }, { systemClock }, { HavenError }] = await Promise.all([
        import("../../daemon/daemon.ts"),
        import("../../base/log.ts"),
        import("../../base/clock.ts"),
        import("../../base/errors.ts"),
      ]);
      if (process.getuid?.() !== 0) throw new HavenError("not-root", { what: "The daemon" });
      const log = createLog((line) => terminal.err(line), global.quiet ? "warn" : "info");
      await runDaemon({ clock: systemClock, log, signal });
      return 0;
    },
  }),
];
