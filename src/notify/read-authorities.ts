import { readFileSync } from "node:fs";
import { HavenError } from "../base/errors.ts";

/**
 * The certificates of authorities in a file, as PEM.
 *
 * @throws HavenError notify.authorities when there are none
 */
export function readAuthorities(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (cause) {
    throw new HavenError("notify.authorities", { path, why: "cannot be read" }, { cause });
  }
  throw new HavenError("notify.authorities", { path, why: "holds no certificate" });
}
