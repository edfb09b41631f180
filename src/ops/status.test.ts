import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { smallCib } from "../../test/support/small-cib.ts";
import { renderStatus } from "../cli/render-status.ts";
import type { StatusReport } from "../contract/status-report.ts";
import { Cib } from "../pacemaker/cib.ts";
import { livePacemaker } from "../pacemaker/live.ts";
import { parseStatus } from "../pacemaker/parse-status.ts";
import { makeReport } from "./status.ts";

interface Parts {
  readonly dc?: string;
  readonly options?: string;
  readonly nodes?: string;
  readonly resources?: string;
  readonly rest?: string;
}

const dc = `<current_dc present="true" version="3.0.0-abc" name="node1" id="1" with_quorum="true" mixed_version="false"/>`;
const options = `<cluster_options stonith-enabled="true" symmetric-cluster="true" no-quorum-policy="stop" maintenance-mode="false" stop-all-resources="false"/>`;

function node(name: string, flags: Readonly<Record<string, boolean>> = {}): string {
  const all = {
    online: true,
    standby: false,
    standby_onfail: false,
    maintenance: false,
    pending: false,
    ...flags,
  };
  const attributes = Object.entries({ unclean: false, shutdown: false, is_dc: false, ...all }).map(
    ([key, value]) => `${key}="${value}"`,
  );
  return `<node name="${name}" id="1" ${attributes.join(" ")} resources_running="0" type="member"/>`;
}

function resource(id: string, agent: string, nodes: readonly string[], more = ""): string {
  const flags = { orphaned: "false", blocked: "false", managed: "true", failed: "false" };
  const rest = Object.entries(flags).filter(([key]) => !more.includes(`${key}=`));
  const role = more.includes("role=") ? "" : ` role="${nodes.length > 0 ? "Started" : "Stopped"}"`;
  return `<resource id="${id}" resource_agent="${agent}"${role} active="${nodes.length > 0}" ${rest.map(([k, v]) => `${k}="${v}"`).join(" ")} ${more}>${nodes.map((n) => `<node name="${n}" id="1" cached="true"/>`).join("")}</resource>`;
}

const vm = (id: string, nodes: readonly string[], more = ""): string =>
  resource(id, "ocf:haven:Domain", nodes, more);
const device = resource("fence", "stonith:fence_haven_chassis", ["node1"]);

function report(parts: Parts, cib = smallCib): StatusReport {
  const status =
    parseStatus(`<pacemaker-result><summary><stack type="corosync"/>${parts.dc ?? dc}${parts.options ?? options}</summary>
    <nodes>${parts.nodes ?? node("node1", { is_dc: true }) + node("node2")}</nodes>
    <resources>${parts.resources ?? device}</resources>${parts.rest ?? ""}<status code="0" message="OK"/></pacemaker-result>`);
  return makeReport(status, Cib.parse(cib));
}

const problems = (parts: Parts): readonly string[] =>
  report(parts).problems.map(({ severity, text }) => `${severity}: ${text}`);

describe("what is wrong is said in plain words", () => {
  test("nothing is wrong", () => {
    const well = report({ resources: device + vm("vm-web", ["node1"]) });
    expect([well.problems, well.healthy]).toEqual([[], true]);
  });

  test("quorum, coordinator, maintenance", () => {
    expect(problems({ dc: dc.replace('with_quorum="true"', 'with_quorum="false"') })).toEqual([
      "error: No quorum: fewer than half of the votes are here, no-quorum-policy is stop",
    ]);
    expect(problems({ dc: `<current_dc present="false"/>` })[0]).toStartWith("error: No node coordinates");
    expect(
      problems({ options: options.replace('maintenance-mode="false"', 'maintenance-mode="true"') }),
    ).toEqual([
      "warning: The whole cluster is in maintenance: nothing is watched, started, moved or recovered",
    ]);
  });

  test("nodes", () => {
    expect(
      problems({ nodes: node("a", { unclean: true, online: false }) + node("b", { online: false }) }),
    ).toEqual([
      "error: a is UNCLEAN: nobody knows what it does; what ran there starts elsewhere only after it is fenced",
      "error: b is offline",
    ]);
    expect(problems({ nodes: node("a", { standby: true }) + node("b", { maintenance: true }) })).toEqual([]);
    expect(problems({ nodes: node("a", { pending: true }) })).toEqual(["warning: a is joining the cluster"]);
  });

  test("fencing that is off, has no device, or a device that failed", () => {
    const off = options.replace('stonith-enabled="true"', 'stonith-enabled="false"');
    expect(problems({ options: off })[0]).toStartWith("error: Fencing is off (stonith-enabled=false)");
    expect(problems({ resources: vm("vm-web", ["node1"]) })[0]).toStartWith(
      "error: No fence device is configured",
    );
    const rest = `<failures><failure op_key="fence_monitor_60000" node="node1" exitstatus="error" exitreason="No answer from 10.0.0.9 (wrong address or community)" exitcode="1" call="5" status="Error" last-rc-change="2026-11-21 04:00:00Z" interval="60000" task="monitor"/></failures>`;
    expect(problems({ rest })).toEqual([
      "error: Fence device fence: the check on node1 failed at 2026-11-21 04:00:00: No answer from 10.0.0.9 (wrong address or community)",
    ]);
    const stopped = resource("fence", "stonith:fence_haven_chassis", []);
    expect(problems({ resources: stopped })).toEqual([
      "warning: Fence device fence runs nowhere, so nobody checks that it works",
    ]);
  });

  test("fencing that failed, until it succeeds", () => {
    const event = (status: string, at: string, why = ""): string =>
      `<fence_event status="${status}" delegate="node1" action="off" target="node2" client="pacemaker-controld.1" origin="node1" completed="${at}" exit-reason="${why}"/>`;
    const failed = event("failed", "04:00:01", "still on after off was acknowledged");
    expect(problems({ rest: `<fence_history status="0">${failed}</fence_history>` })).toEqual([
      "error: Fencing of node2 (off) by node1 failed at 04:00:01: still on after off was acknowledged",
    ]);
    const settled = `<fence_history status="0">${event("success", "04:00:09")}${failed}</fence_history>`;
    expect(problems({ rest: settled })).toEqual([]);
    const pending = `<fence_history status="0">${event("pending", "")}${failed}</fence_history>`;
    expect(problems({ rest: pending })).toEqual([
      "error: Fencing of node2 (off) by node1 failed at 04:00:01: still on after off was acknowledged",
      "warning: node2 is being fenced (off)",
    ]);
  });

  test("what the fence agent said, from whichever node it ran on, unless fencing has succeeded since", () => {
    const words = `<node_attributes><node name="node2"><attribute name="haven-fence-n9" value="2026-11-21T04:00:00.500Z 10.0.0.9 did not switch n9 off within 60 s"/>
      <attribute name="haven-fence-10.0.0.7" value="2026-11-21T04:00:00Z 10.0.0.7 did not answer within 5 s"/></node></node_attributes>`;
    const event = (status: string, at: string): string =>
      `<fence_event status="${status}" delegate="node2" action="off" target="n9" client="c" origin="node1" completed="${at}"/>`;
    const history = (...events: readonly string[]): string =>
      `${words}<fence_history status="0">${events.join("")}</fence_history>`;
    expect(problems({ rest: history(event("failed", "2026-11-21 04:00:01.012877Z")) })).toEqual([
      "error: Fencing of n9 (off) by node2 failed at 2026-11-21 04:00:01: 10.0.0.9 did not switch n9 off within 60 s",
    ]);
    expect(problems({ rest: history(event("pending", "")) })).toEqual([
      "warning: n9 is being fenced (off); the last try: 10.0.0.9 did not switch n9 off within 60 s",
    ]);
    const again = history(event("failed", "2026-11-21 05:00:00Z"), event("success", "2026-11-21 04:30:00Z"));
    expect(problems({ rest: again })).toEqual([
      "error: Fencing of n9 (off) by node2 failed at 2026-11-21 05:00:00",
    ]);
    const device = `<failures><failure op_key="fence_monitor_60000" node="node1" exitstatus="error" exitreason="none" exitcode="1" call="5" status="Error" last-rc-change="2026-11-21 04:00:01Z" interval="60000" task="monitor"/></failures>`;
    const cib = smallCib.replace(
      `type="fence_haven_chassis"/>`,
      `type="fence_haven_chassis"><instance_attributes id="f-p"><nvpair id="f-ip" name="ip" value="10.0.0.7"/></instance_attributes></primitive>`,
    );
    expect(report({ rest: words + device }, cib).problems.map(({ text }) => text)).toEqual([
      "Fence device fence: the check on node1 failed at 2026-11-21 04:00:01: 10.0.0.7 did not answer within 5 s",
    ]);
  });

  test("a VM that waits is told from one that the cluster leaves stopped", () => {
    const waits = vm("vm-b", []);
    const lost = node("node1", { is_dc: true }) + node("node2", { unclean: true, online: false });
    expect(problems({ nodes: lost, resources: device + waits })).toContain(
      "error: VM b waits: it starts once node2 is fenced",
    );
    const joining = node("node1", { is_dc: true }) + node("node2", { pending: true });
    expect(problems({ nodes: joining, resources: device + waits })).toContain(
      "error: VM b does not run yet: the cluster is still at work",
    );
    const busy = device + waits + vm("vm-c", [], 'role="Starting" pending="Starting"');
    expect(problems({ resources: busy })).toEqual([
      "error: VM b does not run yet: the cluster is still at work",
    ]);
  });

  test("resources: blocked, stopped, on several nodes, failed, unmanaged, kept off", () => {
    const failure = (id: string): string =>
      `<failure op_key="${id}_start_0" node="node1" exitstatus="error" exitreason="the disk is missing" exitcode="1" call="5" status="complete" interval="0" task="start"/>`;
    const found = report({
      resources:
        device +
        vm("vm-a", ["node1"], 'blocked="true" failed="true"') +
        vm("vm-b", []) +
        vm("vm-c", [], 'target_role="Stopped"') +
        vm("vm-d", ["node1", "node2"]) +
        vm("vm-e", ["node1", "node2"], 'role="Migrating"') +
        vm("vm-f", ["node2"]) +
        vm("vm-g", ["node2"], 'managed="false"') +
        vm("vm-h", []),
      rest: `<node_history><node name="node1"><resource_history id="vm-h" migration-threshold="3" fail-count="3"/></node></node_history>
        <failures>${failure("vm-f")}${failure("vm-h")}</failures><bans><ban id="cli-ban-vm-f-on-node1" resource="vm-f" node="node1" weight="-1000000"/></bans>`,
    });
    expect(found.problems.map(({ severity, text, next }) => `${severity}: ${text} | ${next}`)).toEqual([
      "error: VM a is blocked on node1: the cluster leaves it alone | haven vm cleanup a",
      "error: VM b is stopped although it should run | haven vm show b",
      "error: VM d is active on node1 and node2 | undefined",
      "error: VM h: the start on node1 failed: the disk is missing | haven vm cleanup h",
      "warning: VM f: the start on node1 failed: the disk is missing | haven vm cleanup f",
      "warning: VM g is unmanaged: the cluster does not recover it | haven vm manage g",
      "warning: VM h may not run on node1 any more, after 3 failures | haven vm cleanup h",
      "warning: VM f is kept off node1 by the constraint cli-ban-vm-f-on-node1, left behind by a move | crm_resource --clear --resource vm-f",
    ]);
    expect(found.vms.map(({ name, state, wanted }) => [name, state, wanted].join(" "))).toEqual([
      "a blocked running",
      "b stopped running",
      "c stopped stopped",
      "d running running",
      "e migrating running",
      "f running running",
      "g running running",
      "h failed running",
    ]);
  });
});

describe("what is shown", () => {
  const shown = report({ resources: device + vm("vm-web", ["node1"]) });
  test("for a person", () => {
    expect(renderStatus(shown, { color: false, all: false })).toEqual([
      "Cluster demo: 2 of 2 nodes online, quorum, node1 coordinates, Pacemaker 3.0.0",
      "All is well",
      "",
      "Ready for the loss of a node: 0 of 2 nodes, 0 of 1 VM",
      "  node1, node2: its fencing was never tested",
      "    next: haven fence test node1 --power",
      "",
      "NODE   STATE   VMS  MEMORY                CPU",
      "node1  online  1    0.0 of 8.0 GiB (0 %)  -",
      "node2  online  0    -                     -",
      "",
      "VM   STATE    NODE   MEMORY",
      "web  running  node1  -",
      "",
      "FENCE DEVICE  STATE    NODE",
      "fence         running  node1",
    ]);
  });

  test("what is ready for the loss of a node, in one line where all is", () => {
    const lines = (cib: string): readonly string[] =>
      renderStatus(report({ resources: device + vm("vm-web", ["node1"]) }, cib), {
        color: false,
        all: false,
      });
    const tested = `<instance_attributes id="tNODE"><nvpair id="pNODE" name="haven-test-power" value="${new Date().toISOString()} ok off=3.0 whole=9.0 device=fence from=node2"/></instance_attributes>`;
    const one = smallCib.replace('<node id="2" uname="node2"/>', '<node id="2" uname="node2">TESTED</node>');
    const both = one.replace('uname="node1">', `uname="node1">${tested.replaceAll("NODE", "1")}`);
    const ready = both.replace("TESTED", tested.replaceAll("NODE", "2"));
    expect(lines(ready)[3]).toBe("Ready for the loss of a node: 2 of 2 nodes, 1 of 1 VM");
    expect(lines(ready)[4]).toBe("");
    const bound = ready.replace(
      "<!-- by hand -->",
      '<rsc_location id="w" rsc="vm-web" node="node2" score="-INFINITY"/>',
    );
    expect(lines(bound).slice(3, 6)).toEqual([
      "Ready for the loss of a node: 2 of 2 nodes, 0 of 1 VM",
      "  VM web: it may run on node1 only",
      "    next: Its placement: haven vm edit web",
    ]);
    expect(report({}, "<cib><configuration/></cib>").healthy).toBe(true);
  });

  test("colour only where asked for", () => {
    const text = (color: boolean): string => renderStatus(shown, { color, all: false }).join("\n");
    expect(text(false)).not.toContain("\x1b[");
    expect(text(true)).toContain("\x1b[32mrunning\x1b[0m");
  });

  test("of many VMs those that need a look", () => {
    const many = Array.from({ length: 50 }, (_, i) => vm(`vm-n${i}`, ["node1"])).join("");
    const big = report({
      resources: device + many + vm("vm-bad", []) + vm("vm-off", [], 'target_role="Stopped"'),
    });
    const lines = renderStatus(big, { color: false, all: false });
    expect(lines).toContain("bad  stopped  -     -");
    expect(lines).toContain("Besides these 50 VMs run, 1 stopped on purpose (--all shows each)");
    expect(renderStatus(big, { color: false, all: true }).length).toBe(lines.length + 50);
  });
});

const folder = join(import.meta.dir, "../../../shared/corpus/pacemaker-scheduler/xml");
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".xml")) : [];
let missing = files.length === 0 ? " (skipped: ../shared/corpus is not here)" : "";
if (Bun.which("crm_mon") === null) missing = " (skipped: pacemaker-cli-utils is not installed)";

test.skipIf(missing !== "")(
  `every CIB of the corpus that crm_mon reads${missing}`,
  async () => {
    const unreadable: string[] = [];
    const queue = [...files];
    const worker = async (): Promise<void> => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const pacemaker = livePacemaker({ cibFile: join(folder, name) });
        try {
          const status = await pacemaker.status({ attributes: false });
          const own = makeReport(status, Cib.parse(await Bun.file(join(folder, name)).text()));
          expect([name, own.nodes.length]).toEqual([name, status.nodes.length]);
          expect([name, own.vms.length + own.resources.length + own.fencing.devices.length]).toEqual([
            name,
            status.resources.length,
          ]);
          expect(renderStatus(own, { color: false, all: true }).join("\n")).not.toContain("undefined");
        } catch (error) {
          if (!String(error).includes("does not conform to the configured schema")) throw error;
          unreadable.push(name);
        }
      }
    };
    await Promise.all([worker(), worker()]);
    // What crm_mon itself refuses: configurations for a newer Pacemaker than this machine's.
    expect(unreadable.length).toBeLessThan(10);
  },
  180_000,
);
