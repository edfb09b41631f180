/**
 * Builds the web console into dist/console: files with the hash of their content in their names, gzip'ed, which the
 * daemon hands out as they are. `scripts/build.ts` embeds them in the executable; from source they are read from there.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { firstLoad, isFirstFont } from "./first-load.ts";
import { splitStyles } from "./split-styles.ts";

/** Where they are put. */
export const consoleFolder = "dist/console";

/** @returns the paths of the files in dist/console, `index.html.gz` among them @throws Error where it cannot be built */
export async function buildWeb(): Promise<readonly string[]> {
  const outputs = await bundle(["web/index.html"]);
  rmSync(consoleFolder, { recursive: true, force: true });
  mkdirSync(consoleFolder, { recursive: true });
  const paths: string[] = [];
  const write = (name: string, content: string | Uint8Array<ArrayBuffer>): void => {
    const path = `${consoleFolder}/${name}.gz`;
    writeFileSync(path, Bun.gzipSync(content, { level: 9 }));
    paths.push(path);
  };
  const scripts = new Map<string, string>();
  let page = "";
  for (const output of outputs) {
    const name = basename(output.path);
    if (name.endsWith(".html")) page = await output.text();
    else if (name.endsWith(".js")) scripts.set(name, await output.text());
    // The page's sheet has all styles, those of what is loaded later, too; those sheets nobody asks for.
    else if (!name.endsWith(".css")) write(name, new Uint8Array(await output.arrayBuffer()));
  }
  for (const [name, text] of scripts) write(name, text);
  write("index.html", page);
  const head = [await earlyScript(write)];
  const sheet = outputs.find(({ path }) => path.endsWith(".css") && page.includes(basename(path)));
  if (sheet === undefined) throw new Error("The page has no style sheet");
  const fonts: string[] = [];
  const css = withFontFiles(await sheet.text(), (name, content) => {
    write(name, content);
    fonts.push(name);
  });
  const { names } = firstLoad(consoleFolder);
  const { first, later } = splitStyles(css, {
    firstScripts: names.map((name) => scripts.get(basename(name, ".gz")) ?? "").join("\n"),
    scripts: [...scripts.values()].join("\n"),
  });
  const [firstName, laterName] = [sheetName("first", first), sheetName("later", later)];
  write(firstName, first);
  write(laterName, later);
  // Fonts that come when the page is laid out already have it laid out again.
  for (const name of fonts.filter(isFirstFont))
    head.push(`<link rel="preload" as="font" type="font/woff2" crossorigin href="/${name}" />`);
  head.push(`<meta name="later-styles" content="/${laterName}" />`);
  const withSheet = page.replace(`/${basename(sheet.path)}`, `/${firstName}`);
  paths.splice(paths.indexOf(`${consoleFolder}/index.html.gz`), 1);
  write(
    "index.html",
    withSheet.replace("<title>", () => `${head.join("\n    ")}\n    <title>`),
  );
  return paths.sort();
}

/** The script that asks for the cluster's state while the rest is loaded. @returns what has it run */
async function earlyScript(write: (name: string, content: string) => void): Promise<string> {
  const [script] = await bundle(["web/src/early/early.ts"], "iife");
  if (script === undefined) throw new Error("web/src/early/early.ts was not built");
  const text = await script.text();
  const name = `early-${Bun.hash(text).toString(36)}.js`;
  write(name, text);
  return `<script async src="/${name}"></script>`;
}

function sheetName(name: string, css: string): string {
  return `${name}-${Bun.hash(css).toString(36)}.css`;
}

async function bundle(
  entrypoints: string[],
  format: "esm" | "iife" = "esm",
): Promise<readonly Bun.BuildArtifact[]> {
  const result = await Bun.build({
    ...{ entrypoints, format },
    target: "browser",
    minify: true,
    // The terminal is loaded by who opens a console.
    splitting: format === "esm",
    publicPath: "/",
    define: { "process.env.NODE_ENV": '"production"' },
    naming: { entry: "[name].[ext]", chunk: "[name]-[hash].[ext]", asset: "[name]-[hash].[ext]" },
    throw: false,
  });
  if (!result.success) throw new Error(result.logs.map(String).join("\n"));
  return result.outputs;
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
