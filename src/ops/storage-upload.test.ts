import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { VmCibFile } from "../../test/support/vm-cib-file.ts";
import { exec } from "../base/exec.ts";
import { settingsApply } from "./settings-apply.ts";
import { type StorageUploadOptions, storageUpload } from "./storage-upload.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-storage-upload-"));
const store = join(dir, "store");
const file = new VmCibFile(join(dir, "cib.xml"));
const environment = fileEnvironment(file.path);
const lacks = Bun.which("crm_simulate") === null || Bun.which("qemu-img") === null;
const sha256 = new Bun.CryptoHasher("sha256").update("abcdef").digest("hex");

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const upload = (changes: Partial<StorageUploadOptions> = {}) =>
  storageUpload(environment, {
    ...{ to: store, name: "a.iso", bytes: 6, content: pieces("abc", "def") },
    ...changes,
  });

describe.skipIf(lacks)("an upload", () => {
  beforeAll(async () => {
    mkdirSync(store);
    const text = `storage: [${store}, /dev]`;
    await settingsApply(environment, { text: { file: "settings", text } });
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("takes its name when it is whole, and root's alone", async () => {
    const written: number[] = [];
    const done = await upload({ sha256, written: (bytes) => written.push(bytes) });
    expect(done).toEqual({ path: `${store}/a.iso`, bytes: 6, sha256 });
    expect(written).toEqual([3, 6]);
    expect(readFileSync(done.path, "utf8")).toBe("abcdef");
    expect(statSync(done.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(store)).toEqual(["a.iso"]);
    // Nothing is written over.
    await expect(upload({ content: pieces("ghi", "jkl") })).rejects.toThrow("it exists already");
    expect(readFileSync(done.path, "utf8")).toBe("abcdef");
    rmSync(done.path);
  });

  test("leaves nothing behind when it is cut off, too long, another one, or interrupted", async () => {
    await expect(upload({ content: pieces("abc") })).rejects.toThrow("only 3 of 6 bytes came");
    await expect(upload({ content: pieces("abcdefg") })).rejects.toThrow("more came than the 6 bytes");
    await expect(upload({ sha256: "0".repeat(64) })).rejects.toThrow(`found ${sha256}`);
    const end = new AbortController();
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("abc");
      end.abort();
      yield Buffer.from("def");
    }
    const interrupted = storageUpload(
      { ...environment, signal: end.signal },
      { to: store, name: "a.iso", bytes: 6, content: cut() },
    );
    await expect(interrupted).rejects.toMatchObject({ code: "interrupted" });
    expect(readdirSync(store)).toEqual([]);
  });

  test("is refused where it names another file as a part of itself", async () => {
    const base = join(dir, "secret.raw");
    const image = join(dir, "over.qcow2");
    writeFileSync(base, "x".repeat(512));
    await exec(["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", image]);
    const bytes = readFileSync(image);
    async function* content(): AsyncGenerator<Uint8Array> {
      yield bytes;
    }
    await expect(upload({ name: "a.qcow2", bytes: bytes.length, content: content() })).rejects.toThrow(
      "a part of the image is in",
    );
    expect(readdirSync(store)).toEqual([]);
  });

  test("has a plain name, a place that is configured, and a size that there is room for", async () => {
    for (const name of ["../a.iso", ".a.iso", "a/b.iso", "a.txt", "a b.iso", "-a.iso", "a.iso\n", ""])
      await expect(upload({ name })).rejects.toMatchObject({ code: "input.invalid" });
    await expect(upload({ to: dir })).rejects.toThrow(store);
    await expect(upload({ to: `${store}/../..` })).rejects.toMatchObject({ code: "input.invalid" });
    for (const bytes of [0, -1, 1.5, 2 ** 60])
      await expect(upload({ bytes })).rejects.toMatchObject({ code: "input.invalid" });
    await expect(upload({ bytes: 2 ** 43 })).rejects.toThrow("do not fit");
    await expect(upload({ sha256: "ABC" })).rejects.toMatchObject({ code: "input.invalid" });
    expect(readdirSync(store)).toEqual([]);
  });
});
