import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { vncOf } from "./vm-vnc.ts";
import { sshWords } from "./vm-vnc-forward.ts";

const domain = (graphics: string) => readXml(`<domain><devices>${graphics}</devices></domain>`);

test.each([
  [
    `<graphics type='vnc' port='5900' listen='0.0.0.0'><listen type='address' address='0.0.0.0'/></graphics>`,
    { address: "0.0.0.0", port: 5900, remote: true },
  ],
  [
    `<graphics type='spice' port='1'/><graphics type='vnc' port='5902'/>`,
    { address: "127.0.0.1", port: 5902, remote: false },
  ],
  [`<graphics type='vnc' port='5902' listen='::1'/>`, { address: "::1", port: 5902, remote: false }],
  [`<graphics type='spice' port='5900'/>`, "has its screen over spice, not VNC"],
  [`<graphics type='vnc' port='-1'/>`, "has a VNC screen that is not on a port"],
  [
    `<graphics type='vnc'><listen type='socket' socket='/run/x'/></graphics>`,
    "has a VNC screen that is not on a port",
  ],
  ["", "has no screen over VNC"],
])("%s", (graphics, place) => {
  expect(vncOf(domain(graphics))).toEqual(place);
});

test("SSH is told where to lead by words of their own", () => {
  const words = sshWords({ name: "a", node: "node2", address: "::1", port: 5900, remote: false });
  expect(words.slice(-4)).toEqual(["-W", "[::1]:5900", "--", "node2"]);
  expect(words).toContain("BatchMode=yes");
});
