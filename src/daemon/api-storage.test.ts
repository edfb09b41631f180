import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiOnFile } from "../../test/support/api-on-file.ts";
import { consoleClose } from "../contract/console-close.ts";
import type { Role } from "../contract/role.ts";

const api = new ApiOnFile();
const dir = mkdtempSync(join(tmpdir(), "haven-api-storage-"));
const store = join(dir, "store");
const content = Buffer.alloc(700_000, "haven ");
const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
const lacks = Bun.which("crm_simulate") === null || Bun.which("qemu-img") === null;

interface Upload {
  readonly socket: WebSocket;
  readonly said: readonly Record<string, unknown>[];
  readonly closed: Promise<number>;
}

function open(query: Readonly<Record<string, string>>, role: Role = "admin", headers = {}): Upload {
  const url = `${api.url.replace("https", "wss")}/v1/storage/upload?${new URLSearchParams(query)}`;
  const options = {
    headers: { authorization: `Bearer ${ApiOnFile.token(role)}`, ...headers },
    tls: { rejectUnauthorized: false },
  };
  const socket = new WebSocket(url, options as never);
  const said: Record<string, unknown>[] = [];
  socket.addEventListener("message", ({ data }) => said.push(JSON.parse(String(data))));
  const closed = new Promise<number>((done) => socket.addEventListener("close", ({ code }) => done(code)));
  return { socket, said, closed };
}

const asked = { to: store, name: "debian.iso", bytes: String(content.length) };

async function send({ socket }: Upload, ...parts: readonly Uint8Array[]): Promise<void> {
  await new Promise<void>((done) => socket.addEventListener("open", () => done()));
  for (const part of parts) socket.send(part);
}

const nothingThere = async (): Promise<void> => {
  for (let i = 0; i < 200 && readdirSync(store).length > 0; i++) await Bun.sleep(20);
  expect(readdirSync(store)).toEqual([]);
};

describe.skipIf(lacks)("storage through the API", () => {
  beforeAll(async () => {
    await api.start();
    const body = { settings: { storage: [store] }, yes: true };
    await api.job("admin", "PUT", "/v1/settings", body, { "if-match": "*" });
  }, 60_000);
  afterAll(async () => {
    await api.stop();
    rmSync(dir, { recursive: true });
  });
  beforeEach(() => {
    rmSync(store, { recursive: true, force: true });
    mkdirSync(store);
  });

  test("an image is uploaded, said to be there with its digest, and listed", async () => {
    const upload = open({ ...asked, sha256 });
    await send(upload, content.subarray(0, 400_000), content.subarray(400_000));
    expect(await upload.closed).toBe(1000);
    const path = `${store}/debian.iso`;
    expect(upload.said.at(-1)).toEqual({ done: { path, bytes: content.length, sha256 } });
    expect(upload.said).toContainEqual({ written: 400_000 });
    expect(readFileSync(path).equals(content)).toBe(true);
    const { body } = await api.ask("operator", "GET", "/v1/storage");
    expect(body.locations).toMatchObject([{ path: store, files: [{ path, kind: "iso", vms: [] }] }]);
    expect((await api.ask("viewer", "GET", "/v1/storage")).status).toBe(403);
    // Nothing is written over.
    const again = open(asked);
    expect(await again.closed).toBe(consoleClose.refused);
    expect(again.said.at(-1)?.failed).toContain("it exists already");
  }, 60_000);

  test("of one that is cut off, or is not what it should be, nothing stays", async () => {
    const cut = open(asked);
    await send(cut, content.subarray(0, 100_000));
    for (let i = 0; i < 200 && cut.said.length === 0; i++) await Bun.sleep(20);
    expect(readdirSync(store)).toEqual([".debian.iso.haven-new"]);
    cut.socket.close();
    await nothingThere();
    const other = open({ ...asked, sha256: "0".repeat(64) });
    await send(other, content);
    expect(await other.closed).toBe(consoleClose.refused);
    expect(other.said.at(-1)?.failed).toContain(`found ${sha256}`);
    await nothingThere();
    const longer = open({ ...asked, bytes: "1000" });
    await send(longer, content);
    expect(await longer.closed).toBe(consoleClose.refused);
    await nothingThere();
  }, 60_000);

  test("it is for administrators, for Haven's own pages, and of what is asked for properly", async () => {
    const none = (upload: Upload): Promise<boolean> => upload.closed.then((code) => code !== 1000);
    expect(await none(open(asked, "operator"))).toBe(true);
    expect(await none(open(asked, "admin", { origin: "https://elsewhere.example" }))).toBe(true);
    for (const query of ["", "?to=/x&name=a.iso", "?to=/x&name=a.iso&bytes=many", "?to=/x&to=/y"]) {
      const refused = await api.ask("admin", "GET", `/v1/storage/upload${query}`);
      expect(refused).toMatchObject({ status: 400, code: "usage" });
    }
    const refused = await api.ask("operator", "GET", `/v1/storage/upload?${new URLSearchParams(asked)}`);
    expect(refused).toMatchObject({ status: 403, code: "api.role" });
    const elsewhere = open({ ...asked, to: dir });
    expect(await elsewhere.closed).toBe(consoleClose.refused);
    expect(readdirSync(store)).toEqual([]);
  }, 60_000);
});
