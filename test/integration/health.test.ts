import { afterAll, beforeAll, expect, test } from "bun:test";
import type { HealthCheck } from "../../src/contract/health-check.ts";
import type { HealthReport } from "../../src/contract/health-report.ts";
import { freeze, heal, pauseStorage } from "../../src/lab/faults.ts";
import { probeFile } from "../../src/ops/health/storage-probe.ts";
import { changeCib } from "../../src/pacemaker/change-cib.ts";
import { moveConstraint } from "../../src/vm/move-constraint.ts";
import { xml } from "../../src/xml/element.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const images = "/srv/shared/images";
/** Whatever hangs: a node that looks at itself, and libvirt on all of them, each has its bound. */
const longestMs = 60_000;

describeLab("haven health", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
    await changeCib({ pacemaker: lab.pacemaker() }, (editor) =>
      editor.setProperties({ storage: JSON.stringify([images]) }, "haven-settings"),
    );
  }, 5 * minute);
  afterAll(async () => {
    await heal(lab.lab.state());
    await changeCib({ pacemaker: lab.pacemaker() }, (editor) =>
      editor.setProperties({ storage: undefined }, "haven-settings"),
    );
  }, 3 * minute);

  const health = async (words: readonly string[] = [], on?: string) => {
    const began = performance.now();
    const { code, stdout, stderr } = await lab.tryHaven(
      ["health", "--json", ...words],
      on === undefined ? {} : { on },
    );
    if (stdout === "") throw new Error(stderr);
    return { code, report: JSON.parse(stdout) as HealthReport, ms: performance.now() - began };
  };
  const lines = (checks: readonly HealthCheck[] = []): readonly string[] =>
    checks
      .filter(({ severity }) => severity !== "ok")
      .map(({ id, severity, subject }) => `${severity} ${id} ${subject}`);
  const of = (report: HealthReport, node: string) => report.nodes.find((one) => one.node === node)?.checks;

  test(
    "a cluster that is well: each node and the whole are looked at, and nothing is found wrong",
    async () => {
      const { code, report } = await health();
      const found = [report.cluster, ...report.nodes.map(({ checks }) => checks)].flatMap(lines);
      expect(found.filter((line) => !line.startsWith("warning"))).toEqual([]);
      expect([code, report.healthy]).toEqual([0, true]);
      expect(report.nodes.map(({ node }) => node)).toEqual([...lab.names]);
      for (const { checks } of report.nodes) {
        const ok = checks.filter(({ severity }) => severity === "ok").map(({ id }) => id);
        for (const id of ["pacemaker", "software", "libvirt", "certificate", "storage", "leftover.domain"]) {
          expect(ok).toContain(id);
        }
        for (const id of [
          "peer.link",
          "peer.address",
          "peer.name",
          "peer.libvirt",
          "peer.daemon",
          "peer.clock",
        ]) {
          expect([id, ok.filter((one) => one === id).length]).toEqual([id, lab.names.length - 1]);
        }
      }
      const whole = report.cluster.filter(({ severity }) => severity === "ok").map(({ id }) => id);
      for (const id of ["status", "configuration", "versions", "migration.vm"]) expect(whole).toContain(id);
      const [, second = ""] = lab.names;
      const local = await health(["--local"], second);
      expect([local.code, local.report.nodes.map(({ node }) => node), local.report.cluster]).toEqual([
        0,
        [second],
        [],
      ]);
      expect(await lab.run(second, ["ls", "-A", images])).not.toContain(".haven-health");
    },
    4 * minute,
  );

  test(
    "a certificate that ends, a definition that would start twice, moves and constraints that were left",
    async () => {
      const [first = "", second = ""] = lab.names;
      const path = "/etc/pki/qemu/client-cert.pem";
      const before = (await lab.node(second).readFile(path)) ?? "";
      const vm = "web1";
      const runs = await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
      const other = lab.names.find((name) => name !== runs) ?? "";
      const domain = await lab.run(runs, ["virsh", "dumpxml", vm]);
      const gone = { host: first, pid: 4_000_000 };
      try {
        await lab.node(second).writeFile(path, await endsSoon(lab, second));
        await lab.run(other, ["virsh", "define", "/dev/stdin"], { input: domain });
        await lab.run(other, ["virsh", "autostart", vm]);
        await changeCib({ pacemaker: lab.pacemaker() }, (editor) => {
          editor.addConstraint(moveConstraint("web2", other, gone, Date.now() - minute));
          editor.addConstraint(
            xml("rsc_location", { id: "left-behind", rsc: "vm-web2", node: "node9", score: "100" }),
          );
        });
        const { code, report } = await health();
        expect(code).toBe(1);
        expect(lines(of(report, second))).toContain(`error certificate ${path}`);
        expect(lines(of(report, other))).toContain(`error leftover.definition ${vm}`);
        expect(lines(of(report, first))).toContain("warning leftover.move web2");
        expect(lines(report.cluster)).toContain("warning leftover.constraint left-behind");
        const { stdout } = await lab.tryHaven(["health", second]);
        expect(stdout).toMatch(/^Not healthy: /);
        expect(stdout).toContain("next: haven cluster init");
      } finally {
        await lab.node(second).writeFile(path, before);
        await lab.node(other).exec(["virsh", "undefine", "--keep-nvram", vm]);
        await changeCib({ pacemaker: lab.pacemaker() }, (editor) => {
          for (const id of ["left-behind", "vm-web2.move"]) editor.remove(id);
        });
      }
    },
    4 * minute,
  );

  test(
    "storage that hangs on one node and a libvirt that hangs on another are named, and take nobody along",
    async () => {
      const [first = "", second = "", third = ""] = lab.names;
      await Promise.all([
        pauseStorage(lab.lab.state(), [lab.lab.find(second)]),
        freeze(lab.lab.find(third), "libvirtd"),
      ]);
      try {
        const { code, report, ms } = await health([], first);
        expect([code, ms < longestMs]).toEqual([1, true]);
        expect(lines(of(report, second))).toContain(`error storage.answer ${images}`);
        expect(lines(of(report, first)).filter((line) => line.includes("storage.answer"))).toEqual([]);
        for (const node of [first, second])
          expect(lines(of(report, node))).toContain(`error peer.libvirt ${third}`);
        expect(lines(of(report, third))).toContain("error libvirt undefined");
        expect(lines(report.cluster)).toContain(`unknown migration ${third}`);
      } finally {
        await heal(lab.lab.state());
      }
      // The look that hung has ended by itself, and taken its file away.
      await waitFor("the probe's file to be gone", minute, async () => {
        const files = await lab.run(second, ["ls", "-A", images]);
        return !files.includes(probeFile(second));
      });
      const stopped = await lab.node(third).exec(["systemctl", "stop", "haven"]);
      expect(stopped.code).toBe(0);
      try {
        const { code, report } = await health([third], first);
        expect([code, lines(of(report, third))]).toEqual([1, [`unknown node ${third}`]]);
      } finally {
        await lab.run(third, ["systemctl", "start", "haven"]);
      }
    },
    6 * minute,
  );
});

/** A node's certificate that ends in three days, by the cluster's own authority. */
async function endsSoon(lab: TestLab, node: string): Promise<string> {
  const owners = await Promise.all(
    lab.names.map(async (name) =>
      (await lab.node(name).readFile("/etc/haven/ca/ca.key")) === undefined ? [] : [name],
    ),
  );
  const [owner = ""] = owners.flat();
  const names = [
    "-subj",
    `/CN=${node}`,
    "-addext",
    `subjectAltName=DNS:${node}`,
    "-config",
    "/etc/ssl/openssl.cnf",
  ];
  const request = await lab.run(node, [
    "openssl",
    "req",
    "-new",
    "-key",
    "/etc/haven/tls/node.key",
    ...names,
  ]);
  const by = ["-CA", "/etc/haven/ca/ca.pem", "-CAkey", "/etc/haven/ca/ca.key", "-set_serial", "7777"];
  const how = ["-days", "3", "-copy_extensions", "copy"];
  return await lab.run(owner, ["openssl", "x509", "-req", "-in", "/dev/stdin", ...by, ...how], {
    input: request,
  });
}
