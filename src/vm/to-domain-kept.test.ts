import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { readSpecs } from "./read-spec.ts";
import { resolveSpec } from "./resolve-spec.ts";
import { toDomain } from "./to-domain.ts";

interface Kept {
  readonly text: string;
  /** As the CIB holds it. */
  readonly spec: string;
  readonly xml: string;
}

const kept: Readonly<Record<string, Kept>> = JSON.parse(
  readFileSync("test/fixtures/vm-domains.json", "utf8"),
);
const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";

// A VM must not change because Haven was updated: the fixture holds what the first version made of these.
test.each(Object.entries(kept))(
  "%s: specification and domain stay what they were, byte for byte",
  async (name, { text, spec, xml }) => {
    const { specs, problems } = await readSpecs([{ file: name, text }], {});
    expect(problems).toEqual([]);
    const [read] = specs;
    if (read === undefined) throw new Error("nothing was read");
    const { hypervisor } = JSON.parse(spec);
    const resolved = resolveSpec(read.spec, { hypervisor, uuid });
    expect(JSON.stringify(resolved)).toBe(spec);
    expect(toDomain(resolved)).toBe(xml);
    // What the CIB holds is a specification again.
    const again = await readSpecs([{ file: "spec", text: spec }], {});
    expect(again.specs.map((one) => toDomain(resolveSpec(one.spec, { hypervisor, uuid })))).toEqual([xml]);
  },
);
