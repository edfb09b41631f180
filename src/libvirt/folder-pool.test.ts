import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Libvirt } from "./client.ts";
import { connect } from "./connect.ts";
import { errorCode } from "./constants.ts";
import { FakeServer } from "./fake-server.ts";
import { isLeftOver, openFolderPool } from "./folder-pool.ts";
import { LibvirtError } from "./libvirt-error.ts";

let server: FakeServer;
let libvirt: Libvirt;
beforeEach(async () => {
  server = new FakeServer();
  libvirt = await connect(server.uri, { keepalive: false, timeoutMs: 5000 });
});
afterEach(async () => {
  await libvirt.close();
  server[Symbol.dispose]();
});

const uuid = "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f";
const taken = (by: string): LibvirtError =>
  new LibvirtError({
    code: errorCode.operationFailed,
    domain: 18,
    level: 2,
    message: `operation failed: Storage source conflict with pool: '${by}'`,
  });

test("a transient pool of the folder is made, whatever its name has in it", async () => {
  let asked = "";
  server.on("storagePoolCreateXML", ([xml]) => {
    asked = xml;
    return { name: "p", uuid };
  });
  expect(await openFolderPool(libvirt, `/srv/a&"b`, {})).toEqual({
    own: { name: "p", uuid },
    takenBy: undefined,
  });
  expect(asked).toMatch(
    /^<pool type="dir"><name>haven-check-[0-9a-f]{12}-[0-9a-z]+-[0-9a-f]{8}<\/name><target><path>\/srv\/a&#38;&#34;b<\/path>/,
  );
});

test("somebody else's pool of it is named at once; what else is refused is an error", async () => {
  server.on("storagePoolCreateXML", () => {
    throw taken("images");
  });
  expect(await openFolderPool(libvirt, "/srv", {})).toEqual({ own: undefined, takenBy: "images" });
  server.on("storagePoolCreateXML", () => {
    throw new LibvirtError({ code: errorCode.systemError, domain: 18, level: 2, message: "no" });
  });
  await expect(openFolderPool(libvirt, "/srv", {})).rejects.toMatchObject({ code: errorCode.systemError });
});

test("the end of another look at it is waited for; what one has left long ago is taken away", async () => {
  const young = `haven-check-${"a".repeat(12)}-${Date.now().toString(36)}-${"b".repeat(8)}`;
  let tries = 0;
  server.on("storagePoolCreateXML", () => {
    if (++tries <= 2) throw taken(young);
    return { name: "p", uuid };
  });
  expect((await openFolderPool(libvirt, "/srv", {})).own).toBeDefined();
  const old = young.replace(/-[0-9a-z]+-b/, "-1-b");
  let removed = "";
  server.on("storagePoolLookupByName", ([name]) => ({ name, uuid }));
  server.on("storagePoolDestroy", ([pool]) => {
    removed = pool.name;
  });
  server.on("storagePoolCreateXML", () => {
    if (removed === "") throw taken(old);
    return { name: "p", uuid };
  });
  expect((await openFolderPool(libvirt, "/srv", {})).own).toBeDefined();
  expect(removed).toBe(old);
});

test("a pool of another check is taken away only when that was given up long ago", () => {
  const now = Date.UTC(2026, 1, 1);
  expect(isLeftOver(now.toString(36), now)).toBe(false);
  expect(isLeftOver((now - 30_000).toString(36), now)).toBe(false);
  expect(isLeftOver((now + 60_000).toString(36), now)).toBe(false);
  expect(isLeftOver((now - 3_600_000).toString(36), now)).toBe(true);
});
