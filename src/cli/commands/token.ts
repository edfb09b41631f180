import { HavenError } from "../../base/errors.ts";
import { isRole, roles } from "../../contract/role.ts";
import type { TokenList } from "../../ops/token-list.ts";
import { type CommandCall, command } from "../command.ts";

const tokenName = { name: "NAME", help: "What it is called: small letters, digits, - and ." } as const;

/** The commands about the tokens with which scripts speak to the API. */
export const tokenCommands = [
  command({
    path: ["token", "add"],
    summary: "Make a token with which a script speaks to the API, and show it once",
    description:
      "It is valid on every node at once. The cluster keeps only its digest (docs/api.md): whoever has lost it makes another.\nOn standard output is the token alone.",
    args: [tokenName],
    options: {
      role: {
        kind: "string",
        value: "ROLE",
        help: "What it may do: viewer sees, operator also acts on VMs and nodes, admin may do all",
        complete: roles,
      },
      expires: {
        kind: "string",
        value: "TIME",
        help: "When it ends to be valid: 90d, 12h, 2027-06-30; never unless given",
      },
    },
    examples: ["haven token add grafana --role viewer", "haven token add deploy --role admin --expires 90d"],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const { role } = options;
      if (!isRole(role)) {
        const found = role === undefined ? "none" : `'${role}'`;
        throw new HavenError("usage", {
          what: `Option --role: expected one of ${roles.join(", ")}, found ${found}`,
          hint: "The smallest that does: haven token add NAME --role viewer",
        });
      }
      const [{ withEnvironment }, { tokenAdd }, { readMoment }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/token-add.ts"),
        import("../read-moment.ts"),
      ]);
      const until = options.expires;
      const expires = until === undefined ? undefined : readMoment("--expires", until, Date.now(), "ahead");
      const added = await withEnvironment(call, (environment) =>
        tokenAdd(environment, { name: args[0] ?? "", role, expires }),
      );
      if (global.json) {
        terminal.out(JSON.stringify(added));
        return;
      }
      if (!global.quiet) terminal.err(`Token ${added.name}, ${role}. It is shown only now:`);
      terminal.out(added.token);
    },
  }),
  command({
    path: ["token", "list"],
    summary: "List the API's tokens: name, role, since when, until when",
    description: "What they are is not kept anywhere, and cannot be shown.",
    examples: ["haven token list"],
    role: "admin",
    async run(call) {
      const [{ withEnvironment }, { tokenList }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/token-list.ts"),
      ]);
      await showTokens(call, await withEnvironment(call, tokenList));
    },
    async remote(call, cluster) {
      const { tokenList } = await import("../remote/answers.ts");
      await showTokens(call, await cluster.read(tokenList, "/v1/tokens"));
    },
  }),
  command({
    path: ["token", "remove"],
    summary: "Take a token away: it opens nothing any more, on any node",
    args: [tokenName],
    examples: ["haven token remove grafana"],
    role: "admin",
    async run(call) {
      const { args, global, terminal } = call;
      const [name = ""] = args;
      const [{ withEnvironment }, { tokenRemove }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/token-remove.ts"),
      ]);
      await withEnvironment(call, (environment) => tokenRemove(environment, { name }));
      if (global.json) terminal.out(JSON.stringify({ name }));
      else if (!global.quiet) terminal.out(`Removed token ${name}`);
    },
  }),
];

async function showTokens(
  { global, terminal }: Pick<CommandCall, "global" | "terminal">,
  found: TokenList,
): Promise<void> {
  if (global.json) {
    terminal.out(JSON.stringify(found));
    return;
  }
  const [{ table }, { localTime }] = await Promise.all([import("../table.ts"), import("../local-time.ts")]);
  const when = (moment: string): string => localTime(new Date(moment));
  const rows = found.tokens.map(({ name, role, created, expires, expired }) => [
    name,
    role,
    when(created),
    expired
      ? { text: `expired ${when(expires ?? "")}`, style: "yellow" as const }
      : expires === undefined
        ? "never"
        : when(expires),
  ]);
  if (rows.length > 0) {
    for (const line of table(["NAME", "ROLE", "CREATED", "EXPIRES"], rows, terminal.color))
      terminal.out(line);
  } else if (found.unreadable.length === 0 && !global.quiet) {
    terminal.err("There are no tokens: haven token add NAME --role viewer");
  }
  for (const name of found.unreadable) {
    terminal.err(`${name} cannot be read, and opens nothing. To take it away: haven token remove ${name}`);
  }
}
