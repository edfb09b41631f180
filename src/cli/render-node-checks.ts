import type { NodeChecks } from "../contract/node-checks.ts";
import { healthOf } from "../ops/health/health-of.ts";
import { partLines } from "./render-health.ts";
import { type Cell, table } from "./table.ts";

/** What a node says of itself, in lines for a person. */
export function nodeChecksLines(checks: NodeChecks, color: boolean): readonly string[] {
  const versions = Object.entries(checks.versions).map(([name, version]) => `${name} ${version}`);
  const mark = (ok: boolean): Cell => (ok ? { text: "ok", style: "green" } : { text: "wrong", style: "red" });
  const storage = checks.storage.map(
    ({ path, ok, text, free, total, ms, writeMs, readMs }): readonly (string | Cell)[] => [
      ...[path, mark(ok), text],
      free === undefined || total === undefined ? "" : `${free} of ${total} MiB free`,
      [
        ...(ms === undefined ? [] : [`${ms} ms`]),
        ...(writeMs === undefined ? [] : [`written in ${writeMs} ms`]),
        ...(readMs === undefined ? [] : [`read in ${readMs} ms`]),
      ].join(", "),
    ],
  );
  const networks = checks.networks.map(({ zone, bridge, ok, text, mtu }): readonly (string | Cell)[] => [
    ...[zone, bridge, mark(ok), text],
    mtu === undefined ? "" : String(mtu),
  ]);
  return [
    `${checks.node}: ${versions.join(", ")}`,
    "",
    ...(storage.length === 0
      ? ["The settings name no storage"]
      : table(["STORAGE", "", "", "SPACE", "ANSWER"], storage, color)),
    "",
    ...(networks.length === 0
      ? ["The settings have no zones"]
      : table(["ZONE", "BRIDGE", "", "", "MTU"], networks, color)),
    "",
    ...partLines("Looked at", healthOf(checks), { color, all: false }),
  ];
}
