import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyChanges } from "../../test/support/apply-changes.ts";
import { isHavenError } from "../base/errors.ts";
import { xml } from "../xml/element.ts";
import { firstDifference } from "../xml/same-meaning.ts";
import { Cib } from "./cib.ts";
import { patchXml } from "./cib-diff.ts";
import { CibEditor } from "./cib-editor.ts";
import { livePacemaker } from "./live.ts";

const folder = join(import.meta.dir, "../../../shared/corpus/pacemaker-scheduler/xml");
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".xml")) : [];
const hasTools = Bun.which("cibadmin") !== null && Bun.which("crm_mon") !== null;
const noCorpus = files.length === 0 ? " (skipped: ../shared/corpus is not here)" : "";
const noTools = hasTools ? noCorpus : " (skipped: pacemaker-cli-utils is not installed)";

const read = (name: string): string => readFileSync(join(folder, name), "utf8");

/** An edit that touches every section a CIB has: set, add, take away, reorder. */
function edit(editor: CibEditor): void {
  const { cib } = editor;
  editor.setProperties({ "batch-limit": 7, "cluster-delay": undefined });
  editor.setProperties({ "cpu-overcommit": 4 }, "haven-settings");
  const [first, second] = cib.resources.filter(({ kind }) => kind === "primitive");
  if (first !== undefined) {
    editor.setNvpairs(first.id, "instance_attributes", { "haven-test": `<a b="'1'"/> & more` });
    editor.setNvpairs(first.id, "meta_attributes", { "target-role": "Started" });
  }
  if (second !== undefined) editor.removeResource(second.id);
  const group = cib.resources.find(
    ({ kind, element }) => kind === "group" && element.all("primitive").length > 1,
  );
  if (group !== undefined) {
    const members = group.element.all("primitive");
    const copy = group.element.clone();
    copy.children.splice(0, copy.children.length, ...members.toReversed().map((member) => member.clone()));
    editor.replace(copy);
  }
  const node = cib.nodes[0]?.name;
  editor.addResource(
    xml("primitive", { id: "haven-test", class: "ocf", provider: "heartbeat", type: "Dummy" }),
    {
      ...(group === undefined ? {} : { inside: group.id, position: 1 }),
    },
  );
  if (node !== undefined) {
    editor.setNodeAttributes(node, { standby: "on" });
    editor.addConstraint(
      xml("rsc_location", { id: "haven-test-prefers", rsc: group?.id ?? "haven-test", node, score: 100 }),
    );
  }
}

describe(`every CIB of the corpus${noCorpus}`, () => {
  test.skipIf(files.length === 0)("is read, and reads the same when it is written", () => {
    expect(files.length).toBe(591);
    for (const name of files) {
      const cib = Cib.parse(read(name), name);
      expect([name, firstDifference(cib.root, Cib.parse(cib.toXml(), name).root)]).toEqual([name, undefined]);
    }
  });

  test.skipIf(files.length === 0)("an edit's patch makes of it what the editor shows", () => {
    for (const name of files) {
      const base = Cib.parse(read(name), name);
      const editor = new CibEditor(base);
      edit(editor);
      const difference = firstDifference(applyChanges(base, editor.changes()).root, editor.cib.root);
      expect([name, difference]).toEqual([name, undefined]);
      expect([name, firstDifference(base.root, Cib.parse(read(name)).root)]).toEqual([name, undefined]);
    }
  });
});

describe(`with Pacemaker's own tools${noTools}`, () => {
  let scratch = "";
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), "haven-corpus-"));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test.skipIf(noTools !== "")(
    "cibadmin makes of the patch what the editor shows, and refuses another version",
    async () => {
      const counts = { applied: 0, refused: 0 };
      await inTwos(files, async (name) => {
        const text = read(name);
        const file = join(scratch, name);
        writeFileSync(file, text);
        const pacemaker = livePacemaker({ cibFile: file });
        const base = Cib.parse(text, name);
        const editor = new CibEditor(base);
        edit(editor);
        const patch = patchXml(editor.changes(), base.version);
        try {
          await pacemaker.applyPatch(patch);
        } catch (error) {
          // Schemas and feature sets newer than these tools, and CIBs that are invalid by intent.
          const tooNew = isHavenError(error, "pacemaker.failed") && error.message.includes("(exit code 76)");
          if (!isHavenError(error, "pacemaker.rejected") && !tooNew) throw error;
          expect(error.message).not.toContain("<cib");
          counts.refused += 1;
          return;
        }
        counts.applied += 1;
        chmodSync(file, 0o600);
        const after = Cib.parse(readFileSync(file, "utf8"));
        const { configuration } = editor.cib;
        expect([name, firstDifference(after.configuration, configuration)]).toEqual([name, undefined]);
        expect(after.version.epoch).toBe(base.version.epoch + 1);
        if (base.version.epoch % 8 !== 0) return;
        const again = await pacemaker.applyPatch(patch).catch((error: unknown) => error);
        expect([name, isHavenError(again, "pacemaker.conflict")]).toEqual([name, true]);
      });
      expect(counts.applied).toBeGreaterThan(500);
      expect(counts.applied + counts.refused).toBe(files.length);
    },
    180_000,
  );

  test.skipIf(noTools !== "")(
    "the scheduler's actions are read",
    async () => {
      let actions = 0;
      await inTwos(
        files.filter((_, i) => i % 4 === 0),
        async (name) => {
          const pacemaker = livePacemaker({ cibFile: join(folder, name) });
          const transition = await pacemaker.simulate(read(name)).catch((error: unknown) => {
            if (isHavenError(error, "pacemaker.rejected")) return undefined;
            throw error;
          });
          for (const action of transition?.actions ?? []) {
            actions += 1;
            expect([name, action, action.from !== undefined || action.to !== undefined]).toEqual([
              name,
              action,
              true,
            ]);
          }
        },
      );
      expect(actions).toBeGreaterThan(200);
    },
    120_000,
  );
});

/** Two at a time: there are two cores. */
async function inTwos(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const queue = [...names];
  const worker = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await work(name);
  };
  await Promise.all([worker(), worker()]);
}
