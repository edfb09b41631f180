import { z } from "zod";
import { common, flag, listOf, request } from "./request-fields.ts";

const { yes } = common;

const word = (what: string, most: number) =>
  z.string({ error: what }).min(1, { error: what }).max(most, { error: what });
const codesets = [
  ...["linux", "xt", "atset1", "atset2", "atset3", "osx", "xtKbd", "usb", "win32", "qnum"],
] as const;

/** The bodies of requests that reach into the guest of a VM, by the ids of their routes. Imports zod: see request-fields.ts. */
export const vmAccessRequests = {
  sendKeys: request({
    keys: listOf(word("a key, or several together such as ctrl-alt-del", 200), "keys", {
      ...{ least: 1, most: 200 },
    }).describe(
      "Pressed one after the other: names of Linux's keys, or numbers; - or + joins what goes together",
    ),
    codeset: z
      .enum(codesets, { error: `one of ${codesets.join(", ")}` })
      .optional()
      .describe("Whose numbers the keys are; linux, which has names too, unless given"),
    holdMs: z
      .int({ error: "milliseconds, a whole number" })
      .min(0, { error: "milliseconds, not less than 0" })
      .max(60_000, { error: "at the most 60000 milliseconds" })
      .optional()
      .describe("How long each is held down, milliseconds; QEMU's 100 unless given"),
  }),
  ctrlAltDel: request({ yes }),
  sysrq: request({
    yes,
    request: word("a request of SysRq: its name, its letter or a digit", 40).describe(
      "Its name, its letter or a digit; what does harm needs yes",
    ),
  }),
  runMonitor: request({
    yes,
    command: listOf(word("a word", 65_536), "words", { least: 1, most: 100 }).describe(
      "A QMP command: its name and its arguments as JSON, or all of it as JSON; with hmp the words of one for people. What does more than look needs yes",
    ),
    hmp: flag("A command for people instead of QMP"),
  }),
} as const;
