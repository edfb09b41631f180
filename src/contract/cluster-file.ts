import { z } from "zod";

/**
 * The file that `haven cluster init` takes: what a person writes in YAML. The text of each `error` is what is read
 * after "expected".
 *
 * This file imports zod when it is evaluated: `await import()` it for its values, import its types freely.
 */

const text = (expected: string) => z.string({ error: expected }).min(1, { error: expected });
const wholeNumber = (expected: string, minimum: number, maximum: number) =>
  z
    .number({ error: expected })
    .int({ error: expected })
    .min(minimum, { error: expected })
    .max(maximum, { error: expected });

const nodeName = text("the name of a node, as uname -n gives it there");
const address = text("an IP address");

const node = z.strictObject({
  name: nodeName,
  addresses: z
    .array(address, { error: "a list of one address for each ring" })
    .min(1, { error: "one address for each ring" })
    .max(2, { error: "at most two rings" }),
  "memory-mib": wholeNumber("MiB of memory for VMs", 1, 64 * 1024 * 1024).optional(),
  cpu: wholeNumber("a number of CPUs for VMs", 1, 100_000).optional(),
});

const host = z.union([nodeName, z.strictObject({ node: nodeName, plug: text("what the device calls it") })], {
  error: "the name of a node, or node and plug",
});
const hosts = z.array(host, { error: "a list of nodes" }).min(1, { error: "the nodes that it switches" });
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]), {
  error: "parameters and their values",
});

const authentication = z.strictObject({
  protocol: z.enum(["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"], {
    error: "MD5, SHA, SHA224, SHA256, SHA384 or SHA512",
  }),
  password: text("a password"),
});
const privacy = z.strictObject({
  protocol: z.enum(["DES", "AES", "AES256", "AES256C"], { error: "DES, AES, AES256 or AES256C" }),
  password: text("a password"),
});

const device = z
  .strictObject({
    chassis: text("the address of a BladeCenter or Flex System management module").optional(),
    port: wholeNumber("a UDP port", 1, 65535).optional(),
    "snmp-version": z.enum(["1", "2c", "3"], { error: '"1", "2c" or "3"' }).optional(),
    community: text("an SNMP community").optional(),
    user: text("an SNMP v3 user").optional(),
    authentication: authentication.optional(),
    privacy: privacy.optional(),
    "no-softoff": z.boolean({ error: "true or false" }).optional(),
    agent: text("the name of a fence agent, such as fence_ipmilan")
      .regex(/^fence_[A-Za-z0-9_]+$/, { error: "the name of a fence agent, such as fence_ipmilan" })
      .optional(),
    options: parameters.optional(),
    secrets: parameters.optional(),
    hosts,
  })
  .superRefine((value, context) => {
    const problem = (path: string, message: string): void =>
      context.addIssue({ code: "custom", path: [path], message });
    if ((value.chassis === undefined) === (value.agent === undefined)) {
      problem("chassis", "either chassis with an address or agent with a name");
    }
    if (value.chassis !== undefined && (value.community === undefined) === (value.user === undefined)) {
      problem("community", "either a community or a user");
    }
    if (value.privacy !== undefined && value.authentication === undefined) {
      problem("authentication", "a protocol and a password, since there is privacy");
    }
  });

const tuning = z.strictObject({
  "token-ms": wholeNumber("milliseconds from 500 to 60000", 500, 60_000).optional(),
  "dc-deadtime": wholeNumber("seconds from 1 to 600", 1, 600).optional(),
  "cpu-overcommit": z.number({ error: "a factor from 0.5 to 64" }).min(0.5).max(64).optional(),
  stickiness: wholeNumber("a score from 0 to 1000000", 0, 1_000_000).optional(),
  "batch-limit": wholeNumber("a number of jobs", 0, 10_000).optional(),
  "migration-limit": wholeNumber("a number of migrations", 1, 1000).optional(),
  "fence-off-seconds": wholeNumber("seconds from 30 to 3600", 30, 3600).optional(),
  "ping-interval": wholeNumber("seconds from 1 to 600", 1, 600).optional(),
  "ping-dampen": wholeNumber("seconds from 1 to 600", 1, 600).optional(),
});

const quorumDevice = z.strictObject(
  {
    host: text("the address or name of a server that is no node")
      // It is written to corosync.conf.
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/, { error: "an IP address or a host name" }),
    port: wholeNumber("a TCP port", 1, 65535).optional(),
    algorithm: z.enum(["ffsplit", "lms"], { error: "ffsplit or lms" }).optional(),
    "tie-breaker": text("lowest, highest or the name of a node").optional(),
  },
  { error: "the host that has a vote, and how it gives it" },
);

const devicePath = text("a path below /dev").regex(/^\/dev\/(?!.*\.\.)[A-Za-z0-9/._:+-]+$/, {
  error: "a path below /dev",
});

const sbd = z.strictObject({
  watchdog: devicePath.optional(),
  "timeout-seconds": wholeNumber("seconds from 5 to 30", 5, 30).optional(),
  devices: z
    .array(devicePath, { error: "a list of shared block devices" })
    .max(3, { error: "at most three devices" })
    .optional(),
});

/** A cluster as a file says it. */
export const clusterFile = z.strictObject({
  name: text("a name for the cluster"),
  nodes: z.array(node, { error: "a list of nodes" }).min(1, { error: "at least one node" }),
  fencing: z.array(device, { error: "a list of fence devices" }).optional(),
  "quorum-device": quorumDevice.optional(),
  sbd: sbd.optional(),
  ping: z.array(address, { error: "a list of IP addresses" }).optional(),
  "expected-vms": wholeNumber("how many VMs there will be", 1, 100_000).optional(),
  tuning: tuning.optional(),
});

export type ClusterFile = z.infer<typeof clusterFile>;
