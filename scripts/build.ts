/** Builds dist/haven: one executable, with bytecode, and without reading bunfig.toml or .env at run time. */
import { chmodSync, mkdirSync, renameSync } from "node:fs";
import { basename, resolve } from "node:path";
import { buildWeb, consoleFolder } from "./build-web.ts";
import { firstLoad } from "./first-load.ts";

mkdirSync("dist", { recursive: true });
const files = await buildWeb();
const { bytes } = firstLoad(consoleFolder);
console.log(`The web console: ${files.length} files, ${(bytes / 1024).toFixed(0)} KiB are loaded first`);

/** Has the executable name the files that are embedded in it. */
const embedConsole: Bun.BunPlugin = {
  name: "embed the console",
  setup(build) {
    build.onLoad({ filter: /src\/daemon\/built-console\.ts$/ }, () => {
      const imports = files.map(
        (path, at) => `import f${at} from ${JSON.stringify(resolve(path))} with { type: "file" };`,
      );
      const pairs = files.map((path, at) => `${JSON.stringify(`/${basename(path, ".gz")}`)}: f${at}`);
      const contents = `${imports.join("\n")}\nexport const builtConsole = () => ({ ${pairs.join(", ")} });\n`;
      return { loader: "js", contents };
    });
  },
};

const temporary = `dist/haven.${process.pid}.tmp`;
const result = await Bun.build({
  entrypoints: ["src/main.ts"],
  target: "bun",
  format: "esm",
  minify: true,
  bytecode: true,
  // A face loads only its own chunks: a monitor starts faster, and with less memory.
  splitting: true,
  plugins: [embedConsole],
  compile: { outfile: temporary, autoloadBunfig: false, autoloadDotenv: false },
});
if (!result.success) {
  for (const log of result.logs) console.error(log);
  process.exit(1);
}
chmodSync(temporary, 0o755);
renameSync(temporary, "dist/haven");
