import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { failed, lost, off, WhyWorld } from "../../test/support/why-world.ts";
import { eventSeverity, type HavenEvent } from "../contract/event.ts";
import type { WhyNodeReport } from "../contract/why-report.ts";
import { planWhyNode } from "./plan-why-node.ts";

setDefaultTimeout(120_000);

const dir = mkdtempSync(join(tmpdir(), "haven-why-node-"));
const world = new WhyWorld(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const now = Date.now();
const happened = (minutesAgo: number, kind: string, more: Partial<HavenEvent> = {}): HavenEvent => ({
  ...{ id: 1, key: `${kind}${minutesAgo}`, time: now - minutesAgo * 60_000, node: "node2", kind, text: kind },
  severity: eventSeverity(kind),
  ...more,
});

const why = (...events: readonly HavenEvent[]): Promise<WhyNodeReport> =>
  planWhyNode(fileEnvironment(world.path), { name: "node2", events: () => Promise.resolve(events) });

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("why a node", () => {
  beforeEach(() => world.reset());

  test("it is well; in standby; in maintenance", async () => {
    expect(await why()).toMatchObject({ state: "open", verdict: "node2 is in the cluster, and open to VMs" });
    await world.configure((editor) => editor.setNodeAttributes("node2", { standby: "on" }));
    expect(await why()).toMatchObject({
      ...{ state: "closed" },
      reasons: [{ code: "standby", object: "node2", command: "haven node resume node2" }],
    });
    await world.configure((editor) =>
      editor.setNodeAttributes("node2", { standby: "off", maintenance: "true" }),
    );
    expect((await why()).reasons).toMatchObject([
      { code: "maintenance", command: "haven cluster maintenance off --node node2" },
    ]);
  });

  test("it is lost, and has to be fenced", async () => {
    await world.vms({ a: [2, ""] });
    await world.rewrite(lost(2));
    const report = await why();
    expect(report.state).toBe("unclean");
    expect(report.reasons).toMatchObject([
      { code: "unclean", object: "node2", command: "haven fence confirm node2" },
    ]);
    expect(report.next).toMatch(
      /^node2 is fenced: .*(peer is no longer|unexpectedly down|part of the cluster)/,
    );
    expect(report.verdict).toContain("nobody knows whether it is off");
  });

  test("a stop that failed there has it fenced", async () => {
    await world.vms({ a: [2, ""] });
    await world.rewrite(failed("a", 2, "stop", 1, "it is still there"));
    expect((await why()).next).toMatch(/^node2 is fenced: vm-a failed there/);
  });

  test("it was fenced, since a VM could not be stopped there", async () => {
    await world.rewrite(off(2));
    const data = { action: "stop", code: 1, why: "it is still there" };
    const report = await why(
      happened(2, "fence.succeeded"),
      happened(2, "node.lost"),
      happened(3, "vm.failed", { vm: "a", subject: "vm-a", data }),
    );
    expect(report.state).toBe("offline");
    expect(report.reasons).toMatchObject([
      {
        ...{ code: "fenced-stop", object: "vm-a" },
        command: "switch node2 on; where it runs already, on node2: systemctl start corosync pacemaker",
      },
    ]);
    expect(report.verdict).toMatch(
      /^node2 is not in the cluster: it was fenced at .*Z: a could not be stopped there: it is still there, and/,
    );
  });

  test("it was fenced, and is back: what it was for", async () => {
    const causes: readonly (readonly [string, string, readonly HavenEvent[]])[] = [
      ["fenced-lost", "haven events --node node2", [happened(3, "node.lost")]],
      ["fenced-guest", "", [happened(3, "guest.fence-asked", { vm: "web", text: "web asks to fence db" })]],
      ["fenced-failure", "haven events --node node2", [happened(3, "resource.failed", { subject: "ip" })]],
      ["fenced", "on the DC of then: grep -i 'fence.*node2' /var/log/pacemaker/pacemaker.log", []],
    ];
    for (const [code, command, before] of causes) {
      const report = await why(happened(1, "node.joined"), happened(2, "fence.succeeded"), ...before);
      expect(report.state).toBe("open");
      expect(report.reasons).toMatchObject([{ code, ...(command === "" ? {} : { command }) }]);
    }
  });

  test("a fencing of long ago is not told of a node that is well; what was before another one is not its cause", async () => {
    const week = 8 * 24 * 60;
    expect((await why(happened(week, "fence.succeeded"))).reasons).toEqual([]);
    const report = await why(
      ...[happened(2, "fence.succeeded"), happened(3, "node.lost"), happened(4, "fence.succeeded")],
      happened(5, "vm.failed", { vm: "a", data: { action: "stop" } }),
    );
    expect(report.reasons[0]?.code).toBe("fenced-lost");
  });

  test("it has left in good order; it has never been there; there is none", async () => {
    await world.rewrite(off(2));
    expect(await why(happened(5, "node.lost"))).toMatchObject({ reasons: [{ code: "offline" }] });
    expect(
      await refusal(
        planWhyNode(fileEnvironment(world.path), { name: "nod2", events: () => Promise.resolve([]) }),
      ),
    ).toMatch(/^cib.not-found: .*nod2/);
  });
});
