import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { consoleFolder } from "./build-web.ts";
import { firstLoad } from "./first-load.ts";

test("what is imported later is not loaded first, and neither are other fonts", () => {
  const folder = mkdtempSync(join(tmpdir(), "haven-first-load-"));
  mkdirSync(folder, { recursive: true });
  const files = {
    "index.html": '<link href="/a.css"><script src="/a.js"></script>',
    "a.js": 'import"./b.js";x=()=>import("./later.js")',
    "b.js": "",
    "later.js": 'import"./b.js";import"./deep.js"',
    "deep.js": "",
    "a.css": 'url("/RedHatText-1.woff2") url("/RedHatMono-1.woff2")',
    "RedHatText-1.woff2": "x",
    "RedHatMono-1.woff2": "x",
  };
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, `${name}.gz`), Bun.gzipSync(text));
  expect(firstLoad(folder).names).toEqual([
    ...["RedHatText-1.woff2.gz", "a.css.gz", "a.js.gz", "b.js.gz", "index.html.gz"],
  ]);
  rmSync(folder, { recursive: true });
});

// make build makes it.
test.skipIf(!existsSync(`${consoleFolder}/index.html.gz`))(
  "the console's first load is below 500 KiB",
  () => {
    const { bytes, names } = firstLoad(consoleFolder);
    expect(names.length).toBeGreaterThan(4);
    expect(bytes).toBeLessThan(500 * 1024);
    expect(names.join()).not.toContain("xterm");
    expect(names.join()).not.toContain("later-");
  },
);
