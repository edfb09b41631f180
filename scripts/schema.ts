/** Writes docs/vm-spec.schema.json, which editors check specifications against. */
import { writeFileSync } from "node:fs";
import { specJsonSchema } from "../src/vm/spec-json-schema.ts";

writeFileSync("docs/vm-spec.schema.json", `${JSON.stringify(await specJsonSchema(), undefined, 2)}\n`);
