import { existsSync, readFileSync } from "node:fs";
import type { SnmpRequest } from "../../../src/lab/device/request-log.ts";
import { labChassis } from "../../../src/lab/lab-chassis.ts";
import type { TestLab } from "./test-lab.ts";

/** What the lab's chassis were asked over SNMP since a time (milliseconds since 1970), oldest first. */
export function chassisRequests(lab: TestLab, since = 0): readonly SnmpRequest[] {
  return requestsIn(
    labChassis(lab.lab.state()).map(({ logPath }) => logPath),
    since,
  );
}

/** What these logs of devices hold since a time, oldest first. */
export function requestsIn(paths: readonly string[], since: number): readonly SnmpRequest[] {
  return paths
    .flatMap((path) => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : []))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as SnmpRequest)
    .filter(({ time }) => Date.parse(time) >= since)
    .sort((a, b) => a.time.localeCompare(b.time));
}
