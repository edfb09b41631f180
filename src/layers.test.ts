import { expect, test } from "bun:test";
import { Glob } from "bun";

// From top to bottom: a file may import its own layer and those above it in this list.
const layers = [
  "contract",
  "base",
  "xml",
  "libvirt",
  "pacemaker",
  "power",
  "vm",
  "plan",
  "history",
  "notify",
  "host",
  "guest",
  "ops",
  "agents",
  "daemon",
  "cli",
  "lab",
];
const agentsMay = ["agents", "base", "xml", "libvirt", "power", "guest"];

// The lab is reached through the command table, which names its commands and imports them lazily.
const lazyAllowed = new Set([
  "src/cli/commands/table.ts",
  "src/cli/commands/lab.ts",
  "src/cli/commands/lab-faults.ts",
  "src/cli/commands/drill.ts",
  "src/cli/lab-place.ts",
]);

interface Import {
  readonly from: string;
  readonly specifier: string;
}

function importsOf(path: string, text: string): readonly Import[] {
  const pattern = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => ({ from: path, specifier: match[1] ?? match[2] ?? "" }));
}

function layerOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

test("imports point upwards in the list of layers", async () => {
  const problems: string[] = [];
  for await (const path of new Glob("src/**/*.ts").scan(".")) {
    if (path.endsWith(".test.ts")) continue;
    const own = layerOf(path);
    if (own === undefined || lazyAllowed.has(path)) continue;
    if (!layers.includes(own)) problems.push(`${path}: ${own} is no layer`);
    for (const { specifier } of importsOf(path, await Bun.file(path).text())) {
      if (!specifier.startsWith(".")) continue;
      const target = layerOf(new URL(specifier, `file:///${path}`).pathname.slice(1));
      if (target === undefined) continue;
      const allowed =
        own === "agents" ? agentsMay.includes(target) : layers.indexOf(target) <= layers.indexOf(own);
      if (!allowed) problems.push(`${path} imports ${specifier}`);
    }
  }
  expect(problems).toEqual([]);
});

test("the web console has nothing of ours but the contract", async () => {
  const problems: string[] = [];
  for await (const path of new Glob("web/**/*.{ts,tsx}").scan(".")) {
    for (const { specifier } of importsOf(path, await Bun.file(path).text())) {
      if (!specifier.startsWith(".")) continue;
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      const allowed = target.startsWith("web/") || target.startsWith("src/contract/");
      if (!allowed) problems.push(`${path} imports ${specifier}`);
    }
  }
  for await (const path of new Glob("src/**/*.ts").scan(".")) {
    const imports = importsOf(path, await Bun.file(path).text());
    if (imports.some(({ specifier }) => specifier.includes("/web/")))
      problems.push(`${path} imports the console`);
  }
  expect(problems).toEqual([]);
});

test("libxml2-wasm is imported in one file only", async () => {
  const users: string[] = [];
  for await (const path of new Glob("src/**/*.ts").scan(".")) {
    if (/from "libxml2-wasm"|import\("libxml2-wasm"\)/.test(await Bun.file(path).text())) users.push(path);
  }
  expect(users.filter((path) => !path.endsWith(".test.ts")).length).toBeLessThanOrEqual(1);
});

test("only base/exec.ts starts processes", async () => {
  const users: string[] = [];
  for await (const path of new Glob("src/**/*.ts").scan(".")) {
    if (path.endsWith(".test.ts")) continue;
    if (/Bun\.spawn|node:child_process|Bun\.\$|from "bun".*\$/.test(await Bun.file(path).text()))
      users.push(path);
  }
  expect(users).toEqual(["src/base/exec.ts"]);
});
