import { expect, test } from "bun:test";
import { healthLines } from "../../cli/render-health.ts";
import type { HealthCheck, HealthSeverity } from "../../contract/health-check.ts";
import { healthVerdict } from "./health-verdict.ts";

const check = (severity: HealthSeverity): HealthCheck => ({
  id: "x.y",
  severity,
  text: `something ${severity}`,
});
const report = (...severities: readonly HealthSeverity[]) =>
  healthVerdict({ time: 1, cluster: [], nodes: [{ node: "node1", checks: severities.map(check) }] });

test("the verdict is the worst of all; what is not known is not well", () => {
  expect(report("ok", "ok")).toMatchObject({
    healthy: true,
    severity: "ok",
    verdict: "Healthy: 2 checks are fine",
  });
  expect(report("ok", "warning")).toMatchObject({
    ...{ healthy: true, severity: "warning", verdict: "Healthy, with 1 warning; 1 check is fine" },
  });
  expect(report("warning", "unknown")).toMatchObject({ healthy: false, severity: "unknown" });
  expect(report("unknown", "error", "ok")).toMatchObject({
    ...{ healthy: false, severity: "error", counts: { ok: 1, warning: 0, unknown: 1, error: 1 } },
    verdict: "Not healthy: 1 error, 1 thing that is not known; 1 check is fine",
  });
  expect(report().verdict).toBe("Healthy: nothing was to be looked at");
});

test("lines for a person: the worst first, what is fine only when asked for", () => {
  const found = healthVerdict({
    time: 1,
    cluster: [check("ok")],
    nodes: [
      {
        node: "node1",
        checks: [
          check("ok"),
          {
            id: "peer.link",
            severity: "error",
            subject: "node2",
            text: "it is down",
            expected: "up",
            next: "Look",
          },
        ],
      },
    ],
  });
  expect(healthLines(found, { color: false, all: false })).toEqual([
    "Not healthy: 1 error; 2 checks are fine",
    "",
    "The cluster: 1 check is fine",
    "",
    "node1: 1 check is fine",
    "  error    node2: it is down  [peer.link]",
    "           expected: up",
    "           next: Look",
  ]);
  expect(healthLines(found, { color: false, all: true })).toContain("  ok       something ok  [x.y]");
  expect(healthLines(found, { color: true, all: false })[0]).toContain("\x1b[31mNot healthy\x1b[0m: 1 error");
});
