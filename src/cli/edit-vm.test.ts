import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { vmAdd } from "../ops/vm-add.ts";
import { vmApply } from "../ops/vm-apply.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import { editVm } from "./edit-vm.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-edit-vm-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const texts = (text: string) => [{ file: "vms.yaml", text }];
const environment = () => fileEnvironment(file.path);
const entryOf = (name: string) => vmsInCib(file.read()).find((entry) => entry.name === name);

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("vm edit", () => {
  beforeEach(async () => {
    file.reset();
    await vmAdd(environment(), {
      texts: texts("name: a\nlabels: web\nmemory: 1G\n---\nname: c\nmemory: 128\n"),
    });
  });

  test("an edit with a mistake is opened again, with the mistake on top", async () => {
    const seen: string[] = [];
    const edits = ["memory: lots", "memory: 3 GiB"];
    const terminal = { err: () => undefined };
    const result = await editVm(environment(), terminal, {
      name: "a",
      force: false,
      dryRun: false,
      open: async (path) => {
        const text = readFileSync(path, "utf8");
        seen.push(text);
        writeFileSync(path, text.replace(/^memory: .*/m, edits.shift() ?? ""));
        return 0;
      },
    });
    expect(seen[0]).toStartWith("name: a\nlabels: web\nmemory: 1 GiB\n");
    expect(seen[1]).toStartWith(
      "#! specification of a:3:1: memory: expected a size such as 512 MiB or 2 GiB",
    );
    expect(seen[1]).toContain("\nname: a\nlabels: web\nmemory: lots\n");
    expect(result).toMatchObject({ committed: true, changed: [{ name: "a" }] });
    expect(entryOf("a")?.memory).toBe(3072);
  });

  test("an edit that comes to nothing, or too late", async () => {
    const said: string[] = [];
    const terminal = { err: (line: string) => void said.push(line) };
    const edit = async (change: (path: string) => unknown) =>
      await editVm(environment(), terminal, {
        name: "c",
        force: false,
        dryRun: false,
        open: async (path) => {
          await change(path);
          return 0;
        },
      });
    expect(await edit(() => undefined)).toBeUndefined();
    expect(await edit((path) => writeFileSync(path, " \n"))).toBeUndefined();
    expect(said).toEqual([]);
    const bad = (path: string): void => writeFileSync(path, "name: c\nmemory: x\n");
    expect(await refusal(edit(bad))).toBe("vm.refused: c is left as it is: the text was not mended");
    const late = async (path: string): Promise<void> => {
      await vmApply(environment(), { texts: texts("name: c\nmemory: 256") });
      writeFileSync(path, "name: c\nmemory: 512\n");
    };
    expect(await refusal(edit(late))).toBe(
      "vm.refused: c was changed by someone else meanwhile, and is left as it is now",
    );
    const kept = said.map((line) => line.replace("The text is kept in ", ""));
    expect(kept).toHaveLength(2);
    expect(readFileSync(kept[1] ?? "", "utf8")).toBe("name: c\nmemory: 512\n");
    for (const path of kept) {
      expect(existsSync(path)).toBe(true);
      rmSync(dirname(path), { recursive: true });
    }
    expect(entryOf("c")?.memory).toBe(256);
    const other = (path: string): void =>
      writeFileSync(path, readFileSync(path, "utf8").replace("name: c", "name: e"));
    expect(await refusal(edit(other))).toStartWith("vm.refused: c is left as it is");
    rmSync(dirname((said.at(-1) ?? "").replace("The text is kept in ", "")), { recursive: true });
  });
});
