import { describe, expect, test } from "bun:test";
import { exec } from "../base/exec.ts";
import type { NodeAccess } from "./node-access.ts";
import { readSbdDevice } from "./sbd-facts.ts";

const device = "/dev/disk/by-id/x";
const dump = `==Dumping header on disk ${device}
Header version     : 2.1
UUID               : dc3ff493-9fd9-4459-a0c4-149b6fda59c4
Number of slots    : 255
Sector size        : 512
Timeout (watchdog) : 5
Timeout (allocate) : 2
Timeout (loop)     : 1
Timeout (msgwait)  : 10
==Header on disk ${device} is dumped
`;

interface Answers {
  readonly isBlock?: boolean;
  /** What stands on the device's first bytes; zeros follow. */
  readonly content?: string;
  readonly dump?: string;
  /** undefined: wipefs is not there. */
  readonly wipefs?: string | undefined;
}

/** A node with one device; od is the real one. */
function node({ isBlock = true, content = "", dump: dumped, ...rest }: Answers): NodeAccess {
  const answer = (code: number, stdout = "") => ({ code, signal: null, stdout, stderr: "" });
  return {
    name: "node1",
    readFile: async () => undefined,
    writeFile: async () => {
      throw new Error("nothing may be written");
    },
    exec: async (argv) => {
      const [program, ...words] = argv;
      if (program === "test") return answer(isBlock ? 0 : 1);
      if (program === "od") {
        const file = Buffer.alloc(1024 * 1024 + 4096);
        file.write(content, "latin1");
        return await exec(["od", ...words.slice(0, -1)], { input: file });
      }
      if (program === "sbd") return answer(dumped === undefined ? 1 : 0, dumped);
      if (program === "wipefs" && "wipefs" in rest) {
        return answer(rest.wipefs === undefined ? 127 : 0, rest.wipefs);
      }
      throw new Error(`unexpected ${argv.join(" ")}`);
    },
  };
}

describe("a device for SBD", () => {
  test("that is not there, or no block device", async () => {
    expect(await readSbdDevice(node({ isBlock: false }), device)).toEqual({ kind: "missing" });
  });

  test("is empty when it is zero and nothing is found anywhere on it", async () => {
    expect(await readSbdDevice(node({ wipefs: "" }), device)).toEqual({ kind: "empty" });
    const header = "# offset,uuid,label,type\n";
    expect(await readSbdDevice(node({ wipefs: header }), device)).toEqual({ kind: "empty" });
  });

  test("is somebody's when a byte is not zero, or a signature is found at its end, or that cannot be told", async () => {
    expect(await readSbdDevice(node({ content: `${"\0".repeat(70_000)}x` }), device)).toMatchObject({
      kind: "foreign",
    });
    const md = "# offset,uuid,label,type\n0x3ff000,a-b,node:0,linux_raid_member\n";
    expect(await readSbdDevice(node({ wipefs: md }), device)).toEqual({
      kind: "foreign",
      what: "it holds linux_raid_member",
    });
    expect(await readSbdDevice(node({ wipefs: undefined }), device)).toMatchObject({ kind: "foreign" });
  });

  test("is SBD's when its header says so and sbd reads it", async () => {
    expect(await readSbdDevice(node({ content: "SBD_SBD_", dump }), device)).toEqual({
      kind: "sbd",
      uuid: "dc3ff493-9fd9-4459-a0c4-149b6fda59c4",
      watchdogS: 5,
      msgwaitS: 10,
    });
    expect(await readSbdDevice(node({ content: "SBD_SBD_" }), device)).toMatchObject({ kind: "foreign" });
  });
});
