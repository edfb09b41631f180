import type { DrillReport, DrillVmResult } from "../../src/contract/drill-report.ts";

const vm = (
  name: string,
  from: string,
  to: string | null,
  more: Partial<DrillVmResult> = {},
): DrillVmResult => ({
  ...{ vm: name, from, foreseen: to, why: [], place: to, seconds: null, noticed: null, guest: null },
  verdict: "as-foreseen",
  ...more,
});

/** A drill of two nodes: one VM recovers, one has no place, one is moved live, one is too late. */
export function drillReportExample(): DrillReport {
  const trial = { what: "power-cut" as const, finished: true, oneWriter: true, notes: [] };
  return {
    format: 1,
    kind: "lab",
    ...{
      began: "2026-11-28T23:15:00.250Z",
      ended: "2026-11-28T23:19:12.000Z",
      complete: true,
      passed: false,
    },
    ...{ within: 60, seed: 7 },
    versions: { haven: "0.9.0", pacemaker: "3.0.0", image: "debian13" },
    cluster: {
      ...{
        name: "blades",
        nodes: ["hv1", "hv2"],
        without: ["hv3"],
        stamp: "2.41",
        written: "Sat Nov 28 12:00:00 2026",
      },
      ...{ source: "cib.xml", digest: "ab".repeat(32) },
    },
    renamed: [{ from: "witness", to: "node1" }],
    replaced: [{ id: "admin-ip", was: "ocf:heartbeat:IPaddr2", is: "ocf:pacemaker:Dummy" }],
    leftOut: [{ what: "alerts", why: "nobody outside is told" }],
    notes: ["2 nodes in a lab <script>alert(1)</script>"],
    trials: [
      {
        ...trial,
        ...{ nodes: ["hv1"], began: "2026-11-28T23:16:00.000Z", fenced: 3.7 },
        vms: [
          vm("big", "hv1", null, {
            verdict: "down-as-foreseen",
            why: ["hv2: it needs 8192 MiB of memory, and 4096 MiB would be free"],
          }),
          vm("db1", "hv1", "hv2", { seconds: 4.2, guest: 7.9 }),
          vm("web", "hv2", "hv2"),
        ],
      },
      {
        ...trial,
        ...{ nodes: ["hv2"], began: "2026-11-28T23:18:00.000Z", fenced: null },
        vms: [vm("db1", "hv2", "hv1", { seconds: 71, guest: 75, verdict: "late" })],
      },
    ],
  };
}
