import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { guestChannels } from "./guest-channels.ts";

test("the channels on which a guest may speak with Haven, first choice first", () => {
  const channel = (name: string, source: string, type = "unix"): string =>
    `<channel type='${type}'>${source}<target type='virtio' name='${name}'/></channel>`;
  const domain = readXml(
    `<domain><devices>
      ${channel("startup_signal", "<source mode='bind' path='/run/a'/>")}
      ${channel("org.qemu.guest_agent.0", "<source mode='bind' path='/run/b'/>")}
      ${channel("haven.0", "<source mode='bind' path='/run/haven/guest/web1.sock'/>")}
      ${channel("haven.0", "")}
      ${channel("haven.0", "<source path='/dev/pts/3'/>", "pty")}
      ${channel("haven.0", "<source mode='bind' path='relative'/>")}
    </devices></domain>`,
    { source: "test" },
  );
  expect(guestChannels(domain)).toEqual([
    { name: "haven.0", path: "/run/haven/guest/web1.sock" },
    { name: "startup_signal", path: "/run/a" },
  ]);
  expect(guestChannels(readXml("<domain/>", { source: "test" }))).toEqual([]);
});
