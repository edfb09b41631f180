import { expect, test } from "bun:test";
import type { Libvirt } from "../../libvirt/client.ts";
import { errorCode } from "../../libvirt/constants.ts";
import { LibvirtError } from "../../libvirt/libvirt-error.ts";
import { Deadline } from "./deadline.ts";
import { applyLive } from "./live-changes.ts";
import { parseDomain } from "./parse-domain.ts";

function domain(iso: string) {
  const parsed = parseDomain(
    `<domain type="qemu"><name>a</name><uuid>0f3c3f6e-3a0b-4b2e-9a51-8f7c6d5e4a3b</uuid><devices><disk type="file" device="cdrom"><source file="${iso}"/><target dev="sda"/></disk></devices></domain>`,
  );
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

/** Changes a medium with a libvirt that fails so often before it does, with that code. */
async function change(fails: number, code: number, totalMs = 60_000) {
  let tries = 0;
  const libvirt = {
    domainUpdateDeviceFlags: async () => {
      tries += 1;
      if (tries > fails) return;
      const message = "operation failed: timed out waiting to open tray of 'sda'";
      throw new LibvirtError({ code, domain: 10, level: 2, message });
    },
  };
  const pending = await applyLive({
    // Of libvirt's calls a medium needs one.
    libvirt: libvirt as unknown as Libvirt,
    domain: { name: "a", uuid: "0f3c3f6e-3a0b-4b2e-9a51-8f7c6d5e4a3b", id: 1 },
    live: domain("/one.iso"),
    wanted: domain("/two.iso"),
    deadline: new Deadline(totalMs, totalMs === 60_000 ? 0 : totalMs * 0.6),
    say: () => undefined,
  });
  return { tries, pending };
}

test("a guest that opens its tray late has its medium changed all the same", async () => {
  expect(await change(0, errorCode.operationFailed)).toEqual({ tries: 1, pending: [] });
  expect(await change(2, errorCode.operationFailed)).toEqual({ tries: 3, pending: [] });
  expect(await change(1, errorCode.operationTimeout)).toEqual({ tries: 2, pending: [] });
});

test("a guest that keeps its tray shut, and another failure, are no reason to try for ever", async () => {
  const kept = await change(99, errorCode.operationFailed);
  expect(kept).toEqual({
    tries: 4,
    pending: [
      "/two.iso in sda instead of /one.iso (operation failed: timed out waiting to open tray of 'sda')",
    ],
  });
  expect((await change(99, errorCode.configUnsupported)).tries).toBe(1);
  // Half of the time is over: the answer wants the rest.
  expect((await change(99, errorCode.operationFailed, 20_000)).tries).toBe(1);
});
