import { afterEach, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { Record, runFolder } from "./record.ts";
import { formerSettings, readSettings } from "./settings.ts";

const instance = `settings-test-${process.pid}`;
const uuids = ["7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f", "00000000-0b5c-4c6a-9d1e-3f2b1c0d9e8f"] as const;
const root = process.getuid?.() === 0;

afterEach(() => rmSync(`${runFolder}/domains/${instance}.json`, { force: true }));

const env = (uuid: string) => ({
  OCF_RESOURCE_INSTANCE: instance,
  OCF_RESKEY_xml: `<domain type="kvm"><name>web</name><uuid>${uuid}</uuid></domain>`,
});

// What a node remembers is below /run.
test.skipIf(!root)("a UUID that was changed in the XML does not hide what was started", async () => {
  const kept = { uuid: uuids[0], name: "web", type: "lxc", emulator: undefined };
  new Record(instance).keep(kept);
  // Another kind of hypervisor under the same UUID is another domain.
  expect(formerSettings(await readSettings("monitor", env(uuids[0]), 0))).toMatchObject({ identity: kept });
  const changed = await readSettings("monitor", env(uuids[1]), 0);
  expect(changed.identity?.uuid).toBe(uuids[1]);
  expect(formerSettings(changed)).toMatchObject({ identity: kept, settings: { uri: "lxc:///system" } });
  new Record(instance).keep({ ...kept, type: "qemu" });
  expect(formerSettings(await readSettings("monitor", env(uuids[0]), 0))).toBeUndefined();
});

test.skipIf(!root)(
  "a name that was changed in the XML does not hide what was started under the other",
  async () => {
    const kept = { uuid: uuids[0], name: "old", type: "kvm", emulator: undefined };
    new Record(instance).keep(kept);
    const settings = await readSettings("monitor", env(uuids[0]), 0);
    expect(settings.identity).toMatchObject({ name: "web", formerName: "old" });
    expect(settings.former).toBeUndefined();
    new Record(instance).keep({ ...kept, name: "web" });
    expect((await readSettings("monitor", env(uuids[0]), 0)).identity?.formerName).toBeUndefined();
  },
);
