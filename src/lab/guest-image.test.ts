import { expect, test } from "bun:test";
import { dependencies } from "./guest-image.ts";

test("a module's dependencies are read from its own words", () => {
  const module = Buffer.from("\x7fELF\0license=GPL\0depends=virtio-ring,virtio\0name=virtio_blk\0", "latin1");
  expect(dependencies(module)).toEqual(["virtio_ring", "virtio"]);
  expect(dependencies(Buffer.from("\0depends=\0"))).toEqual([]);
  expect(dependencies(Buffer.from("no such words"))).toEqual([]);
});
