import { expect, test } from "bun:test";
import { parseLinks } from "./links.ts";

/** As corosync 3.1.9 prints it. */
const text = `Local node ID 1, transport knet
LINK ID 0 udp
	addr	= 10.123.45.11
	status:
		nodeid:          1:	localhost
		nodeid:          2:	connected
		nodeid:          3:	disconnected
LINK ID 1 udp
	addr	= 10.124.45.11
	status:
		nodeid:          1:	localhost
		nodeid:          2:	connected
		nodeid:          3:	?
`;

test("each link to each other node; what is not said is not there", () => {
  expect(parseLinks(text)).toEqual([
    { link: 0, address: "10.123.45.11", peer: 2, connected: true },
    { link: 0, address: "10.123.45.11", peer: 3, connected: false },
    { link: 1, address: "10.124.45.11", peer: 2, connected: true },
  ]);
});

test("what is no answer says nothing", () => {
  expect(parseLinks("")).toBeUndefined();
  expect(parseLinks("Could not initialize corosync configuration API error 2\n")).toBeUndefined();
  const other = "Local node ID 1, transport udpu\nLINK ID 0 udp\n\taddr\t= 10.0.0.1\n\tstatus\t= OK\n";
  expect(parseLinks(other)).toBeUndefined();
});
