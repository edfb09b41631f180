import { readdirSync, readFileSync, statSync } from "node:fs";

/** What a browser has to load before it shows the console: the page, and what its scripts and styles need at once. */
export interface FirstLoad {
  /** Compressed. */
  readonly bytes: number;
  readonly names: readonly string[];
}

/** How files name what they need at once; what a script imports later has brackets. */
const references: Readonly<Record<string, RegExp>> = {
  html: /(?:href|src)="([^"]+)"/g,
  css: /url\("?([^")]+)"?\)/g,
  js: /(?:\bfrom|\bimport)\s*"([^"]+)"/g,
};

/**
 * Follows what the built page refers to, without what is imported when it is asked for, and with the fonts of the
 * page's text.
 *
 * @param folder The built console
 */
export function firstLoad(folder: string): FirstLoad {
  const all = new Set(readdirSync(folder));
  const seen = new Set<string>();
  const left = ["index.html.gz"];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const text = new TextDecoder().decode(Bun.gunzipSync(readFileSync(`${folder}/${name}`)));
    const [, kind = ""] = /\.(\w+)\.gz$/.exec(name) ?? [];
    for (const [, path = ""] of text.matchAll(references[kind] ?? /$^/g)) {
      const other = `${path.replace(/^\.?\//, "")}.gz`;
      if (all.has(other) && isNeeded(other)) left.push(other);
    }
  }
  const names = [...seen].sort();
  return { bytes: names.reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0), names };
}

function isNeeded(name: string): boolean {
  return !name.includes(".woff2") || isFirstFont(name);
}

/** Fonts are loaded for the letters that are shown: italics and code are not, at first. */
export function isFirstFont(name: string): boolean {
  return /^RedHat(Text|Display)-/.test(name);
}
