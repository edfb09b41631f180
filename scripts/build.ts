/** Builds dist/haven: one executable, with bytecode, and without reading bunfig.toml or .env at run time. */
import { chmodSync, mkdirSync, renameSync } from "node:fs";

mkdirSync("dist", { recursive: true });
const temporary = `dist/haven.${process.pid}.tmp`;
const result = await Bun.build({
  entrypoints: ["src/main.ts"],
  target: "bun",
  format: "esm",
  minify: true,
  bytecode: true,
  // A face loads only its own chunks: a monitor starts faster, and with less memory.
  splitting: true,
  compile: { outfile: temporary, autoloadBunfig: false, autoloadDotenv: false },
});
if (!result.success) {
  for (const log of result.logs) console.error(log);
  process.exit(1);
}
chmodSync(temporary, 0o755);
renameSync(temporary, "dist/haven");
