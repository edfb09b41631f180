/** Builds dist/haven: one executable, with bytecode, and without reading bunfig.toml or .env at run time. */
import { chmodSync, mkdirSync, renameSync } from "node:fs";
import type { BunPlugin } from "bun";

// net-snmp's agent uses Proxy `set` traps that return nothing, a TypeError in an ES module.
const netSnmpSetTrap: BunPlugin = {
  name: "net-snmp-set-trap",
  setup(build) {
    build.onLoad({ filter: /net-snmp\/index\.js$/ }, async ({ path }) => {
      const source = await Bun.file(path).text();
      const traps = /(set: function \([^)]*\) \{)([\s\S]*?)(\n\t*\})/g;
      return { contents: source.replace(traps, "$1$2\n return true;$3"), loader: "js" };
    });
  },
};

mkdirSync("dist", { recursive: true });
const temporary = `dist/haven.${process.pid}.tmp`;
const result = await Bun.build({
  entrypoints: ["src/main.ts"],
  target: "bun",
  format: "esm",
  minify: true,
  bytecode: true,
  plugins: [netSnmpSetTrap],
  compile: { outfile: temporary, autoloadBunfig: false, autoloadDotenv: false },
});
if (!result.success) {
  for (const log of result.logs) console.error(log);
  process.exit(1);
}
chmodSync(temporary, 0o755);
renameSync(temporary, "dist/haven");
