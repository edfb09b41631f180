import { readdirSync, readFileSync, statSync } from "node:fs";

/** What a browser has to load before it shows the console: the page, and what its scripts and styles need at once. */
export interface FirstLoad {
  /** Compressed. */
  readonly bytes: number;
  readonly names: readonly string[];
}

/**
 * Follows what the built page refers to, without what is imported when it is asked for, and with the fonts of the
 * page's text.
 *
 * @param folder The built console
 */
export function firstLoad(folder: string): FirstLoad {
  const all = readdirSync(folder);
  const seen = new Set<string>();
  const left = ["index.html.gz"];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (/\.(woff2|svg)\.gz$/.test(name)) continue;
    const text = new TextDecoder().decode(Bun.gunzipSync(readFileSync(`${folder}/${name}`)));
    // What is imported when it is asked for is in brackets.
    const needed = text.replaceAll(/import\(\s*"[^"]*"\s*\)/g, "");
    left.push(...all.filter((other) => isNeeded(other) && needed.includes(other.slice(0, -".gz".length))));
  }
  const names = [...seen].sort();
  return { bytes: names.reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0), names };
}

/** Fonts are loaded for the letters that are shown: italics and code are not, at first. */
function isNeeded(name: string): boolean {
  return !name.includes(".woff2") || /^RedHat(Text|Display)-/.test(name);
}
