import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeIn } from "./take-in.ts";
import { VersionStore } from "./version-store.ts";

let folder = "";
let store: VersionStore;
let warnings: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "haven-take-in-"));
  mkdirSync(join(folder, "cib"));
  store = VersionStore.open(join(folder, "history.db"));
  warnings = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A configuration as Pacemaker leaves it, with `web` of that much memory, or without it. */
function cib(epoch: number, memory: number | undefined, by = "root"): string {
  const time = new Date(2026, 10, 27, 12, 0, epoch);
  const [day, month, date] = [time.toDateString().slice(0, 3), "Nov", 27];
  const written = `${day} ${month} ${date} 12:00:${String(epoch).padStart(2, "0")} 2026`;
  const vm = `<primitive id="vm-web" class="ocf" provider="haven" type="Domain">
      <instance_attributes id="i"><nvpair id="i-xml" name="xml" value="&lt;domain/&gt;"/></instance_attributes>
      <meta_attributes id="m"><nvpair id="m-role" name="target-role" value="${epoch % 2 === 0 ? "Stopped" : "Started"}"/></meta_attributes>
      <utilization id="u"><nvpair id="u-memory" name="memory" value="${memory}"/></utilization></primitive>`;
  return `<cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="${epoch}" num_updates="0" cib-last-written="${written}" update-origin="node2" update-client="crm_resource" update-user="${by}">
  <configuration><crm_config/><nodes/><resources>
  <primitive id="other" class="ocf" provider="pacemaker" type="Dummy"/>${memory === undefined ? "" : vm}
  </resources><constraints/></configuration><status/></cib>
<!-- -->`;
}

function put(name: string, text: string, second: number): void {
  const path = join(folder, "cib", name);
  writeFileSync(path, text);
  utimesSync(path, second, second);
}

const take = () => takeIn(store, { folder: join(folder, "cib"), warn: (text) => warnings.push(text) });
const list = (): readonly unknown[] =>
  store.versions("web").map(({ id, definition, user }) => [id, definition?.utilization.memory, user]);

test("what Pacemaker has kept is taken in, the oldest first, and each file once", async () => {
  put("cib-7.raw", cib(1, undefined), 100);
  put("cib-8.raw", cib(2, 512), 200);
  put("cib-0.raw", cib(3, 512), 300);
  put("cib.xml", cib(4, 1024, "alice"), 400);
  for (const name of ["cib.last", "cib.xml.sig", "cib-1.raw.sig", "schema-5.raw"]) put(name, "12", 500);
  expect(await take()).toEqual({ files: 4, versions: 2 });
  // A start or a stop (epoch 3) is no new version.
  expect(list()).toEqual([
    ["2", "512", "root"],
    ["4", "1024", "alice"],
  ]);
  expect(store.versions("web")[0]).toMatchObject({ origin: "node2", client: "crm_resource" });
  expect(store.versions("web")[0]?.written).toBe(new Date(2026, 10, 27, 12, 0, 2).getTime());
  expect(await take()).toEqual({ files: 0, versions: 0 });
  // Pacemaker's next write: cib.xml becomes one of those before.
  put("cib-1.raw", cib(4, 1024, "alice"), 400);
  put("cib.xml", cib(5, undefined), 500);
  expect(await take()).toEqual({ files: 2, versions: 1 });
  expect(list().at(-1)).toEqual(["5", undefined, "root"]);
});

test("a file that is half-written or none of Pacemaker's loses nothing else", async () => {
  put("cib-0.raw", cib(1, 256), 100);
  put("cib-1.raw", cib(2, 512).slice(0, 600), 200);
  put("cib-2.raw", "\0\0\0\0", 300);
  put("cib-3.raw", "", 350);
  symlinkSync("/etc/passwd", join(folder, "cib", "cib-4.raw"));
  put("cib.xml", cib(3, 1024), 400);
  expect(await take()).toEqual({ files: 5, versions: 2 });
  expect(list()).toEqual([
    ["1", "256", "root"],
    ["3", "1024", "root"],
  ]);
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toContain("cib-1.raw is left out of the history");
  // Once it is whole, it is read.
  writeFileSync(join(folder, "cib", "cib-1.raw"), cib(2, 512));
  appendFileSync(join(folder, "cib", "cib-1.raw"), "\n");
  expect(await take()).toEqual({ files: 1, versions: 1 });
  expect(list().map((one) => (one as readonly unknown[])[1])).toEqual(["256", "512", "1024"]);
});

test("without a cluster there is nothing to take in", async () => {
  expect(await takeIn(store, { folder: join(folder, "none") })).toEqual({ files: 0, versions: 0 });
});
