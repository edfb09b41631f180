import { z } from "zod";
import { common, flag, listOf, name, node, request } from "./request-fields.ts";

const { yes, dryRun } = common;
const device = name("the id of a fence device");
const parameter = z
  .string({ error: "the name of a parameter" })
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, { error: "the name of a parameter" });
// A line of text, and nothing that a message could repeat.
const value = (error: string) =>
  z
    .string({ error })
    .max(4096, { error })
    .regex(/^\P{Cc}*$/u, { error });
const secret = value("one line of text").min(1, { error: "one line of text" });

/** The bodies of requests about fencing. Imports zod: see request-fields.ts. */
export const fenceRequests = {
  addFenceDevice: request({
    ...{ dryRun, yes },
    // A name: Pacemaker runs the program that it names.
    kind: name("a kind of device, or a fence agent")
      .regex(/^[A-Za-z][\w-]*(\/[A-Za-z][\w-]*)?$/, { error: "a kind of device, or a fence agent" })
      .describe("A kind of device, or a fence agent"),
    hosts: listOf(
      request({
        node,
        plugs: listOf(name("an outlet"), "outlets", { most: 16 }).optional(),
      }),
      "servers",
      { least: 1, most: 64 },
    ).describe("The servers that it switches, with their outlets"),
    values: z
      .record(parameter, value("a line of text"), { error: "values by the names of parameters" })
      .optional()
      .describe("Parameters of the agent"),
    secrets: z
      .record(parameter, secret, { error: "secrets by the names of parameters" })
      .optional()
      .describe("Parameters that are kept on each node, never in the cluster's configuration"),
    id: device.optional().describe("The device's id; fence-NODE unless given"),
    level: z
      .int({ error: "1 to 9" })
      .min(1, { error: "1 to 9" })
      .max(9, { error: "1 to 9" })
      .optional()
      .describe("The step of the servers' escalation: what is in one step must all succeed"),
    replace: flag("In the place of the device of that id"),
    force: flag(
      "Also what is for tests only or switches nothing, or while a node cannot be given the secrets",
    ),
  }),
  removeFenceDevice: request({
    ...{ dryRun, yes },
    force: flag("Also where a node is left that nothing can shoot"),
  }),
  setFenceLevels: request({
    ...{ dryRun, yes },
    levels: listOf(listOf(device, "devices", { least: 1, most: 16 }), "levels", { most: 9 }).describe(
      "The devices of each level, which must all succeed; none at all: all devices are tried",
    ),
  }),
  confirmFenced: request({
    yes,
    confirm: node.describe("The node's name again: it is certainly off, and stays so"),
  }),
  testFencing: request({
    yes,
    nodes: listOf(node, "nodes", { least: 1, most: 64 }).optional().describe("All nodes unless given"),
  }),
  testPower: request({
    ...{ dryRun, yes },
    confirm: node.optional().describe("The node's name again: its power is cut"),
    device: device.optional().describe("Refuse unless that device alone would do it"),
  }),
} as const;
