import { command } from "../command.ts";

/** The commands for whoever speaks to a cluster from elsewhere. */
export const loginCommands = [
  command({
    path: ["login"],
    summary: "Log in to a cluster from elsewhere, by its API",
    description:
      "With the name and password that one has on the node that is named; after that haven --cluster NAME … asks the\n" +
      "cluster from here (docs/login.md). The password is asked for, and stands on no command line.\n\n" +
      "The cluster must show a certificate of an authority that is believed here: the one in --ca, or of the system.\n" +
      "Else its fingerprint is shown, and asked about, once; --yes does not answer that. The session and the authority\n" +
      "are kept in ~/.config/haven, for this user alone.",
    args: [
      {
        name: "URL",
        help: "https://NODE:PORT or NODE, or the name of a cluster that was logged in to before",
      },
    ],
    options: {
      user: { kind: "string", short: "u", value: "USER", help: "Who; asked for unless given" },
      "password-stdin": { kind: "flag", help: "Read the password from standard input, its first line" },
      ca: {
        kind: "string",
        value: "FILE",
        help: "The certificate of the cluster's authority: /etc/haven/tls/ca.pem of a node",
        complete: "file",
      },
      fingerprint: { kind: "string", value: "SHA256", help: "The authority's fingerprint, for scripts" },
      name: { kind: "string", value: "NAME", help: "How the cluster is called here; its host unless given" },
    },
    examples: ["haven login node1", "haven login https://10.0.0.1:8470 --ca ca.pem --name prod --user anna"],
    role: "local",
    anywhere: true,
    async run(call) {
      const { args, options } = call;
      const { runLogin } = await import("../remote/run-login.ts");
      const { user, ca, fingerprint, name } = options;
      const passwordFromInput = options["password-stdin"];
      const where = args[0] ?? "";
      await runLogin(call, { where, user, passwordFromInput, authorityFile: ca, fingerprint, name });
    },
  }),
  command({
    path: ["logout"],
    summary: "End the session with a cluster, and forget it",
    args: [{ name: "NAME", help: "The cluster's name or URL; where there is one, that one", optional: true }],
    examples: ["haven logout", "haven logout prod"],
    role: "local",
    anywhere: true,
    async run(call) {
      const { runLogout } = await import("../remote/run-logout.ts");
      await runLogout(call, call.args[0]);
    },
  }),
];
