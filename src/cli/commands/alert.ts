import { hostname } from "node:os";
import { command } from "../command.ts";

/** How a command ends when a server was not reached or has not taken what it got. */
const notTaken = 6;

/** The commands about telling people and programs what happens. */
export const alertCommands = [
  command({
    path: ["alert", "test"],
    summary: "Send a test mail, and a test to each webhook, and say what the servers answered",
    description:
      "To all that the cluster's settings name (docs/mail.md), from this node, as its daemon would. Each node sends what\nhappens on it: try it on each. Ends with 6 when a server has not taken it.",
    examples: ["haven alert test", "haven alert test --json"],
    role: "local",
    async run(call) {
      const { global, terminal } = call;
      const [{ withEnvironment }, { alertTest }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/alert-test.ts"),
      ]);
      const node = hostname();
      const tested = await withEnvironment(call, (environment) => alertTest(environment, { node }));
      if (global.json) terminal.out(JSON.stringify({ node, tested }));
      else {
        for (const { way, where, to, outcome, answer } of tested) {
          const whom = to === undefined ? "" : ` for ${to.join(", ")}`;
          const word = outcome === "taken" ? "taken" : "NOT TAKEN";
          terminal.out(`${way} ${where}${whom}: ${word}: ${answer}`);
        }
      }
      return tested.every(({ outcome }) => outcome === "taken") ? 0 : notTaken;
    },
  }),
];
