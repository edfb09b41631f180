import { expect, test } from "bun:test";
import { connect } from "./connect.ts";
import { FakeServer } from "./fake-server.ts";
import { LibvirtError } from "./libvirt-error.ts";
import { setGuestClock } from "./set-guest-clock.ts";

const domain = { name: "web", uuid: "7d2b1a30-0f6e-4d54-9f2e-5a1b0c0d0e0f", id: 3 };

test("the guest's clock is set by its hardware clock, and a guest without an agent is left alone", async () => {
  using server = new FakeServer();
  const libvirt = await connect(server.uri);
  server.on("domainSetTime", () => undefined);
  expect(await setGuestClock(libvirt, domain, { timeoutMs: 1000 })).toBeUndefined();
  server.on("domainSetTime", () => {
    throw new LibvirtError({ code: 86, domain: 10, level: 2, message: "QEMU guest agent is not connected" });
  });
  expect(await setGuestClock(libvirt, domain, { timeoutMs: 1000 })).toContain("agent is not connected");
  await libvirt.close();
});
