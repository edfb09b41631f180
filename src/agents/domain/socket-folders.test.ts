import { expect, test } from "bun:test";
import { socketFolders } from "./socket-folders.ts";

test("only folders below Haven's own in /run are made", () => {
  const xml = (path: string): string =>
    `<domain><devices><channel type='unix'><source mode='bind' path='${path}'/></channel></devices></domain>`;
  expect(socketFolders(undefined)).toEqual(["/run/haven/guest"]);
  expect(socketFolders(xml("/run/haven/guest/web.sock"))).toEqual(["/run/haven/guest"]);
  expect(socketFolders(xml("/run/haven/other/web.sock"))).toEqual(["/run/haven/guest", "/run/haven/other"]);
  for (const path of ["/run/haven/../x/web.sock", "/run/havenly/web.sock", "/srv/web.sock", "run/haven/a/b"])
    expect(socketFolders(xml(path))).toEqual(["/run/haven/guest"]);
});
