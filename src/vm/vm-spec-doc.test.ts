import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { fieldPaths } from "../../test/support/field-paths.ts";
import { takes } from "../../test/support/json-schema.ts";
import { libvirtSchemaPaths, schemaProblems } from "../../test/support/libvirt-schemas.ts";
import { specDomain } from "../../test/support/spec-domain.ts";
import { specJsonSchema } from "./spec-json-schema.ts";

const document = readFileSync("docs/vm-spec.md", "utf8");

/** The document's examples, with name and memory where they are left out. */
const examples = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = ""]) => {
  const named = /^name:/m.test(yaml) ? yaml : `name: web1\n${yaml}`;
  return /^memory:/m.test(named) ? named : `memory: 2 GiB\n${named}`;
});

describe("docs/vm-spec.md", () => {
  test.each(examples)("%s", async (yaml) => {
    const { text } = await specDomain(yaml);
    expect(takes(await specJsonSchema(), parse(yaml))).toBe(true);
    for (const [whose, path] of Object.entries(libvirtSchemaPaths())) {
      const problems = await schemaProblems(path, text);
      // Debian 12's libvirt has no place for a TPM's state.
      if (whose !== "bookworm's" || !text.includes("<tpm")) expect(problems).toEqual([]);
    }
  });

  test("has an example of every field", async () => {
    const shown = new Set(examples.flatMap((yaml) => [...paths(parse(yaml))]));
    const missing = [...fieldPaths(await specJsonSchema())].filter((path) => !shown.has(path));
    // Haven writes it.
    const byHaven = /^(cpu\.baseline|inherited)/;
    expect(missing.filter((path) => !byHaven.test(path))).toEqual([]);
  });

  test("every field is in the index of what shows it, and all files named there exist", async () => {
    const index = readFileSync("docs/evidence/specification.md", "utf8");
    const named = new Set([...index.matchAll(/`([a-z0-9.-]+)`/g)].map((match) => match[1]));
    expect([...fieldPaths(await specJsonSchema())].filter((path) => !named.has(path))).toEqual([]);
    const folders = ["test/integration", "src/vm", "."];
    const files = [...index.matchAll(/[\w/-]+\.test\.ts/g)].map(([file]) => file);
    expect(files.filter((file) => !folders.some((folder) => existsSync(`${folder}/${file}`)))).toEqual([]);
  });

  test("names every field outside of its examples", async () => {
    const prose = document.replace(/^```yaml\n.*?^```$/gms, "");
    const last = [...fieldPaths(await specJsonSchema())].map((path) => path.split(".").at(-1) ?? "");
    const words = new Set(prose.match(/[a-z][a-z0-9-]*/g));
    expect(last.filter((name) => !words.has(name))).toEqual([]);
  });
});

/** `disks.file` for every field in a value, lists left out. */
function* paths(value: unknown, at = ""): IterableIterator<string> {
  if (Array.isArray(value)) for (const one of value) yield* paths(one, at);
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      const path = at === "" ? name : `${at}.${name}`;
      yield path;
      yield* paths(inner, path);
    }
  }
}
