import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Libvirt } from "./client.ts";
import { connect } from "./connect.ts";
import { errorCode } from "./constants.ts";
import { FakeServer, noAnswer } from "./fake-server.ts";
import { messageType } from "./frames.ts";
import { LibvirtError } from "./libvirt-error.ts";
import { RemoteFolder } from "./remote-folder.ts";

const uuid = "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f";
const failure = (code: number, message: string): LibvirtError =>
  new LibvirtError({ code, domain: 18, level: 2, message });

let server: FakeServer;
let libvirt: Libvirt;
/** What is in the folder, and what the pool has seen of it. */
let files: Record<string, string>;
let seen: Record<string, string>;
let pools: string[];

beforeEach(async () => {
  server = new FakeServer();
  libvirt = await connect(server.uri, { keepalive: false, timeoutMs: 5000 });
  files = { "a.log": "0123456789" };
  pools = [];
  server.on("storagePoolCreateXML", ([xml]) => {
    const name = /<name>([^<]+)/.exec(xml)?.[1] ?? "";
    pools.push(name);
    seen = { ...files };
    return { name, uuid };
  });
  server.on("storagePoolLookupByName", ([name]) => ({ name, uuid }));
  server.on("storagePoolRefresh", ([{ name }]) => {
    if (!pools.includes(name)) throw failure(errorCode.noStoragePool, "gone");
    seen = { ...files };
  });
  server.on("storagePoolDestroy", ([{ name }]) => {
    pools = pools.filter((pool) => pool !== name);
  });
  server.on("storageVolLookupByPath", ([path]) => {
    const name = path.replace("/logs/", "");
    if (seen[name] === undefined) throw failure(errorCode.noStorageVol, "no volume");
    return { pool: "p", name, key: path };
  });
  server.on(
    "storageVolGetXMLDesc",
    () => "<volume><timestamps><mtime>1700000000.5</mtime></timestamps></volume>",
  );
  server.on("storageVolDownload", ([{ name }, offset], peer, header) => {
    peer.packet({ ...header, type: messageType.reply });
    const text = (files[name] ?? "").slice(offset);
    if (text !== "") peer.stream(header, "continue", Buffer.from(text));
    peer.stream(header, "continue");
    return noAnswer;
  });
  // The end that the client sends is confirmed.
  server.onPacket = (header, _payload, peer) => {
    if (header.type === messageType.stream) peer.stream(header, "ok");
  };
});
afterEach(async () => {
  await libvirt.close();
  server[Symbol.dispose]();
});

const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

test("files are read from any byte on, the pool is taken away", async () => {
  const folder = await RemoteFolder.open(libvirt, "/logs");
  expect(textOf(await folder.read("a.log"))).toBe("0123456789");
  expect(textOf(await folder.read("a.log", 7))).toBe("789");
  expect(textOf(await folder.read("a.log", 10))).toBe("");
  expect(await folder.modified("a.log")).toBe(1_700_000_000_500);
  expect(await folder.read("b.log")).toBeUndefined();
  expect(await folder.modified("b.log")).toBeUndefined();
  await folder.close();
  await folder.close();
  expect(pools).toEqual([]);
});

test("a file that has come since is seen after a refresh, also where somebody took the pool away", async () => {
  const folder = await RemoteFolder.open(libvirt, "/logs");
  files["b.log"] = "new";
  expect(await folder.read("b.log")).toBeUndefined();
  await folder.refresh();
  expect(textOf(await folder.read("b.log"))).toBe("new");
  pools = [];
  files["c.log"] = "newer";
  await folder.refresh();
  expect(textOf(await folder.read("c.log"))).toBe("newer");
  expect(pools).toHaveLength(1);
});

test("somebody else's pool of the folder is looked through again, and left", async () => {
  pools = ["logs"];
  seen = {};
  server.on("storagePoolCreateXML", () => {
    throw failure(errorCode.operationFailed, "operation failed: Storage source conflict with pool: 'logs'");
  });
  const folder = await RemoteFolder.open(libvirt, "/logs");
  expect(textOf(await folder.read("a.log"))).toBe("0123456789");
  await folder.close();
  expect(pools).toEqual(["logs"]);
});

test("a folder that is not there has no files until it is", async () => {
  server.on("storagePoolCreateXML", () => {
    throw failure(errorCode.systemError, "cannot open directory '/logs': No such file or directory");
  });
  const folder = await RemoteFolder.open(libvirt, "/logs");
  expect(await folder.read("a.log")).toBeUndefined();
  expect(await folder.modified("a.log")).toBeUndefined();
  server.on("storagePoolCreateXML", () => {
    throw failure(errorCode.operationDenied, "no");
  });
  await expect(folder.refresh()).rejects.toMatchObject({ code: errorCode.operationDenied });
});
