import { command } from "../command.ts";

export const vmSchemaCommands = [
  command({
    path: ["vm", "schema"],
    summary: "Print the JSON Schema of specifications, for editors that complete and check them",
    description:
      "As docs/vm-spec.schema.json, of this version. An editor uses it for a file that begins with the line\n# yaml-language-server: $schema=PATH",
    args: [],
    examples: ["haven vm schema > vm-spec.schema.json"],
    role: "viewer",
    anywhere: true,
    async run({ terminal }) {
      const { specJsonSchema } = await import("../../vm/spec-json-schema.ts");
      terminal.out(JSON.stringify(await specJsonSchema(), undefined, 2));
    },
  }),
];
