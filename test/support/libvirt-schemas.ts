import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { loadRelaxNg, type RelaxNg } from "../../src/xml/relax-ng.ts";

const inRoot = "usr/share/libvirt/schemas/domain.rng";
const images = "/var/cache/haven-lab/images";

/** libvirt's own schemas of a domain that this machine has: its own, and one of each release in the lab's images. */
export function libvirtSchemaPaths(): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  if (existsSync(join("/", inRoot))) found["this machine's"] = join("/", inRoot);
  for (const image of existsSync(images) ? readdirSync(images) : []) {
    const path = join(images, image, inRoot);
    const release = image.split("-")[0] ?? image;
    if (existsSync(path)) found[`${release}'s`] = path;
  }
  return found;
}

const loaded = new Map<string, Promise<RelaxNg>>();

/** What libvirt's schema says against a domain. */
export async function schemaProblems(path: string, domain: string): Promise<readonly string[]> {
  const schema = loaded.get(path) ?? loadRelaxNg(path);
  loaded.set(path, schema);
  return (await schema).problems(domain);
}
