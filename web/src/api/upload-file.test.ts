import { expect, test } from "bun:test";
import { type UploadSocket, uploadFile } from "./upload-file.ts";

/** A node that takes what comes, and says what it has written when it is told to. */
class Node implements UploadSocket {
  onopen: UploadSocket["onopen"] = null;
  onmessage: UploadSocket["onmessage"] = null;
  onclose: UploadSocket["onclose"] = null;
  taken = 0;
  isClosed = false;

  send(data: ArrayBuffer): void {
    this.taken += data.byteLength;
  }

  close(): void {
    this.isClosed = true;
  }

  say(words: object): void {
    this.onmessage?.({ data: JSON.stringify(words) });
  }
}

const mib = 2 ** 20;

function begin(bytes: number) {
  const node = new Node();
  const end = new AbortController();
  const written: number[] = [];
  const upload = uploadFile({
    ...{ url: "wss://node1/", file: new Blob([new Uint8Array(bytes)]), signal: end.signal },
    progress: (count) => written.push(count),
    open: () => node,
  });
  return { node, end, written, upload };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await Bun.sleep(1);
  expect(holds()).toBe(true);
}

test("no more is sent than the node writes, and it says when it is there", async () => {
  const { node, written, upload } = begin(10 * mib);
  node.onopen?.();
  await until(() => node.taken === 3.5 * mib);
  await Bun.sleep(10);
  expect(node.taken).toBe(3.5 * mib);
  node.say({ written: 3 * mib });
  await until(() => node.taken === 6.5 * mib);
  node.say({ written: 6 * mib });
  node.say({ something: "else" });
  await until(() => node.taken === 9.5 * mib);
  node.say({ written: 9 * mib });
  await until(() => node.taken === 10 * mib);
  const done = { path: "/srv/a.iso", bytes: 10 * mib, sha256: "ab" };
  node.say({ done });
  expect(await upload).toEqual(done);
  expect(written).toEqual([3 * mib, 6 * mib, 9 * mib]);
  expect(node.isClosed).toBe(true);
});

test("a refusal, a connection that ends and one's own giving up end it", async () => {
  const refused = begin(10);
  refused.node.say({ failed: "/srv/a.iso: it exists already" });
  await expect(refused.upload).rejects.toThrow("it exists already");
  const cut = begin(10);
  cut.node.onclose?.({ code: 1006, reason: "" });
  await expect(cut.upload).rejects.toThrow("The upload was cut off: nothing of it is kept");
  const revoked = begin(10);
  revoked.node.onclose?.({ code: 4004, reason: "" });
  await expect(revoked.upload).rejects.toThrow("The session has ended");
  const given = begin(10);
  given.end.abort(new Error("Enough"));
  await expect(given.upload).rejects.toThrow("Enough");
  expect(given.node.isClosed).toBe(true);
});
