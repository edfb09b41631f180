import { peerPort } from "../../contract/daemon-paths.ts";
import { command } from "../command.ts";

/** The API's, unless another one is given. */
const apiPort = 8470;

export const daemonCommands = [
  command({
    path: ["daemon"],
    summary: "Run Haven's daemon on this node, in the foreground",
    description:
      "It keeps the cluster's state in memory, so that status and lists come at once, and tells Pacemaker at once of a\n" +
      "VM that is gone. No VM depends on it: it may be stopped, killed or upgraded at any time. systemd starts it\n" +
      "(haven.service); it ends on SIGTERM.\n\n" +
      "It serves the API over TLS with the node's certificate, to who has a token (docs/api.md), and answers the daemons\n" +
      "of other nodes, which show certificates of the cluster's own authority.",
    options: {
      port: { kind: "integer", value: "N", help: "The API's TCP port; 8470 unless given, 0 for no API" },
      listen: { kind: "string", value: "ADDRESS", help: "The address to serve it at; all unless given" },
      "peer-port": {
        kind: "integer",
        value: "N",
        help: "The TCP port at which other nodes' daemons are answered; 8471 unless given, the same on all, 0 for none",
      },
    },
    examples: ["haven daemon", "haven daemon --listen 10.0.0.1"],
    role: "local",
    async run({ signal, terminal, global, options }) {
      const [{ runDaemon }, { createLog }, { systemClock }, { HavenError }, { isIP }] = await Promise.all([
        import("../../daemon/daemon.ts"),
        import("../../base/log.ts"),
        import("../../base/clock.ts"),
        import("../../base/errors.ts"),
        import("node:net"),
      ]);
      const { port = apiPort, listen, "peer-port": nodesAt = peerPort } = options;
      for (const [name, value] of [...Object.entries({ port, "peer-port": nodesAt })]) {
        if (value >= 0 && value <= 65_535) continue;
        throw new HavenError("usage", { what: `Option --${name}: expected 0 to 65535, found ${value}` });
      }
      if (listen !== undefined && isIP(listen) === 0) {
        throw new HavenError("usage", { what: `Option --listen: expected an IP address, found '${listen}'` });
      }
      if (process.getuid?.() !== 0) throw new HavenError("not-root", { what: "The daemon" });
      const log = createLog((line) => terminal.err(line), global.quiet ? "warn" : "info");
      const api = port === 0 ? undefined : { port, address: listen };
      await runDaemon({
        clock: systemClock,
        log,
        signal,
        api,
        peerPort: nodesAt === 0 ? undefined : nodesAt,
      });
      return 0;
    },
  }),
];
