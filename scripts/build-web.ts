/**
 * Builds the web console into dist/console: files with the hash of their content in their names, gzip'ed, which the
 * daemon hands out as they are. `scripts/build.ts` embeds them in the executable; from source they are read from there.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { firstLoad } from "./first-load.ts";

/** Where they are put. */
export const consoleFolder = "dist/console";

/** @returns the paths of the files in dist/console, `index.html.gz` among them @throws Error where it cannot be built */
export async function buildWeb(): Promise<readonly string[]> {
  const scripts = await bundle();
  const used = new Set<string>();
  for (const output of scripts) {
    if (!output.path.endsWith(".js")) continue;
    for (const [name] of (await output.text()).matchAll(/pf-v6-c-[a-z-]*[a-z]/g)) used.add(name);
  }
  const outputs = await bundle(used);
  rmSync(consoleFolder, { recursive: true, force: true });
  mkdirSync(consoleFolder, { recursive: true });
  const paths: string[] = [];
  const write = (name: string, content: Uint8Array<ArrayBuffer>): void => {
    const path = `${consoleFolder}/${name}.gz`;
    writeFileSync(path, Bun.gzipSync(content, { level: 9 }));
    paths.push(path);
  };
  const page = await outputs.find(({ path }) => path.endsWith(".html"))?.text();
  for (const output of outputs) {
    const name = basename(output.path);
    // The page's sheet has all styles, those of what is loaded later, too; those sheets nobody asks for.
    if (name.endsWith(".css") && page?.includes(name) !== true) continue;
    const content = name.endsWith(".css")
      ? new TextEncoder().encode(withFontFiles(await output.text(), write))
      : new Uint8Array(await output.arrayBuffer());
    write(name, content);
  }
  return paths.sort();
}

/** @param used The classes of components: of others' styles nothing is kept; of all unless given */
async function bundle(used?: ReadonlySet<string>): Promise<readonly Bun.BuildArtifact[]> {
  const result = await Bun.build({
    entrypoints: ["web/index.html"],
    target: "browser",
    format: "esm",
    minify: true,
    // The terminal is loaded by who opens a console.
    splitting: true,
    publicPath: "/",
    define: { "process.env.NODE_ENV": '"production"' },
    naming: { entry: "[name].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    plugins: used === undefined ? [] : [onlyUsed(used)],
    throw: false,
  });
  if (!result.success) throw new Error(result.logs.map(String).join("\n"));
  return result.outputs;
}

/** PatternFly's index names every component: their scripts are left out where nobody uses them, their styles are not. */
function onlyUsed(used: ReadonlySet<string>): Bun.BunPlugin {
  return {
    name: "only used styles",
    setup(build) {
      build.onLoad({ filter: /react-styles\/css\/components\/.*\.css$/ }, async ({ path }) => {
        const contents = await Bun.file(path).text();
        const name = /\.(pf-v6-c-[a-z-]*[a-z])/.exec(contents)?.[1];
        return { loader: "css", contents: name === undefined || used.has(name) ? contents : "" };
      });
    },
  };
}

/** Bun writes fonts into the style sheet, where the content security policy forbids them, and all are loaded at once. */
function withFontFiles(css: string, write: (name: string, content: Uint8Array<ArrayBuffer>) => void): string {
  return css.replaceAll(/@font-face\s*\{[^}]*\}/g, (face) => {
    const family = /font-family:\s*"?([\w -]+)/.exec(face)?.[1]?.trim().replaceAll(" ", "") ?? "font";
    const style = /font-style:\s*italic/.test(face) ? "Italic" : "";
    return face.replaceAll(/url\("?data:font\/woff2;base64,([^")]+)"?\)/g, (_, base64: string) => {
      const content = Uint8Array.from(Buffer.from(base64, "base64"));
      const name = `${family}${style}-${Bun.hash(content).toString(36)}.woff2`;
      write(name, content);
      return `url("/${name}")`;
    });
  });
}

if (import.meta.main) {
  await buildWeb();
  const { bytes, names } = firstLoad(consoleFolder);
  console.log(`The console's first load: ${(bytes / 1024).toFixed(0)} KiB in ${names.length} files`);
}
