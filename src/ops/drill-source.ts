import { createHash } from "node:crypto";
import type { DrillReport } from "../contract/drill-report.ts";
import { configurationStamp } from "../history/configuration-stamp.ts";
import type { Cib } from "../pacemaker/cib.ts";

/** What a report says of the configuration that a drill was of. @param source Where it is from */
export function drillSource(
  cib: Cib,
  text: string,
  source: string,
): Pick<DrillReport["cluster"], "name" | "stamp" | "written" | "source" | "digest"> {
  const { adminEpoch, epoch } = configurationStamp(cib);
  return {
    name: cib.property("cluster-name") ?? null,
    stamp: `${adminEpoch}.${epoch}`,
    written: cib.root.get("cib-last-written") ?? null,
    source,
    digest: createHash("sha256").update(text).digest("hex"),
  };
}
