import { expect, test } from "bun:test";
import { ownState } from "./own-state.ts";

test("another VM's state is beside this one's, under its own name", () => {
  const spec = {
    firmware: { type: "uefi" as const, nvram: "/srv/a/web1.nvram.fd" },
    tpm: { enabled: true, state: "/srv/b/web1.tpm" },
  };
  expect(ownState(spec, "web2")).toEqual({
    firmware: { type: "uefi", nvram: "/srv/a/web2.nvram.fd" },
    tpm: { enabled: true, state: "/srv/b/web2.tpm" },
  });
  expect(ownState({ firmware: { type: "bios" }, tpm: { enabled: true, state: "libvirt" } }, "web2")).toEqual(
    {},
  );
  expect(ownState({}, "web2")).toEqual({});
});
