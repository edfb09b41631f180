import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { settingsApply } from "./settings-apply.ts";
import { storageList } from "./storage-list.ts";
import { vmAdd } from "./vm-add.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-storage-list-"));
afterAll(() => rmSync(dir, { recursive: true }));

test.skipIf(Bun.which("crm_simulate") === null)(
  "what is in the configured storage is listed with the VMs that have it",
  async () => {
    const file = new VmCibFile(join(dir, "cib.xml"));
    const environment = fileEnvironment(file.path);
    expect((await storageList(environment)).locations).toEqual([]);
    const store = join(dir, "store");
    mkdirSync(store);
    for (const name of ["web1.qcow2", "debian.iso"]) writeFileSync(join(store, name), "");
    const settings = `storage: [${store}, ${dir}/gone]`;
    await settingsApply(environment, { text: { file: "settings", text: settings } });
    const vm = `name: web1\nmemory: 256\ndisks: [{ file: ${store}/web1.qcow2 }]\n`;
    await vmAdd(environment, { texts: [{ file: "web1", text: vm }], stopped: true });
    const { locations } = await storageList(environment);
    expect(locations).toMatchObject([
      {
        path: store,
        files: [
          { path: `${store}/debian.iso`, kind: "iso", vms: [] },
          { path: `${store}/web1.qcow2`, kind: "image", vms: ["web1"] },
        ],
      },
      { path: `${dir}/gone`, files: [], why: "it is not there" },
    ]);
  },
);
