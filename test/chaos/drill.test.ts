import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../src/base/exec.ts";
import { type DrillReport, drillReport } from "../../src/contract/drill-report.ts";
import { describeLab } from "../integration/harness/lab-missing.ts";
import { fullTest, isFull } from "../integration/harness/scale.ts";
import { testLabName } from "../integration/harness/test-lab.ts";
import { drillCib } from "../support/drill-cib.ts";

const minute = 60_000;
/** With reduced counts one node and four guests; in full each node, each two at once, and all guests. */
const lose = isFull ? 3 : 1;

/** A drill in a lab of its own, from the configuration of a cluster that is nowhere near. */
describeLab("a drill in a lab", () => {
  const name = `${testLabName()}-drill`;
  const dir = `/var/lib/haven-lab/${name}`;
  const folder = mkdtempSync(join(tmpdir(), "haven-drill-"));
  const cib = join(folder, "cib.xml");
  const drill = async (...words: readonly string[]) =>
    await exec(["dist/haven", "drill", "lab", "--name", name, "--from", cib, "--output", folder, ...words], {
      timeoutMs: 30 * minute,
    });

  beforeAll(() => {
    writeFileSync(cib, drillCib());
  });
  afterAll(async () => {
    await exec(["dist/haven", "lab", "down", "--name", name], { timeoutMs: 2 * minute });
    rmSync(folder, { recursive: true });
  });

  test(
    "VMs of a node that loses its power run again where that was foreseen, and the lab is gone afterwards",
    async () => {
      const nodes = ["hv1", "hv2", "hv3"].slice(0, lose);
      const more = isFull ? ["--pairs", "--seed", "7"] : ["--guests", "4"];
      const result = await drill(...nodes, "--json", ...more);
      expect([result.code, result.stderr.includes("rror")]).toEqual([0, false]);
      const report: DrillReport = drillReport.parse(JSON.parse(result.stdout));
      expect([report.passed, report.complete, report.notes.length > 0]).toEqual([true, true, true]);
      expect(report.trials).toHaveLength(isFull ? 6 : 1);
      for (const trial of report.trials) expectAsForeseen(trial);
      expect(report.trials.some(({ vms }) => vms.some(({ seconds }) => seconds !== null))).toBe(true);
      expect(existsSync(dir)).toBe(false);
      const kinds = readdirSync(folder).map((file) => file.replace(/.*\./, ""));
      expect(kinds.toSorted()).toEqual(["html", "json", "md", "xml"]);
      const html = readdirSync(folder).find((file) => file.endsWith(".html")) ?? "";
      expect(readFileSync(join(folder, html), "utf8")).toContain("<svg");
    },
    30 * minute,
  );

  const expectAsForeseen = ({ nodes, vms, oneWriter, finished }: DrillReport["trials"][number]): void => {
    expect([nodes, finished, oneWriter]).toEqual([nodes, true, true]);
    const strayed = vms.filter(
      ({ place, foreseen, verdict }) => place !== foreseen || verdict !== "as-foreseen",
    );
    // What has no place stays down until its node is back, as was foreseen.
    expect(strayed.filter(({ verdict }) => verdict !== "down-as-foreseen")).toEqual([]);
    expect(vms.every(({ place }) => place === null || !nodes.includes(place))).toBe(true);
    const places = vms.filter(({ vm }) => vm === "db1" || vm === "db2").flatMap(({ place }) => place ?? []);
    expect(new Set(places).size).toBe(places.length);
    for (const { from, place, seconds, verdict } of vms) {
      const wasLost = from !== null && nodes.includes(from);
      if (wasLost && place !== null && verdict === "as-foreseen") expect(seconds).toBeGreaterThan(0.5);
    }
  };

  fullTest(
    "one that is interrupted takes its lab down, and reports what it has seen",
    async () => {
      const stop = new AbortController();
      const words = ["dist/haven", "drill", "lab", "--name", name, "--from", cib, "--output", folder];
      const running = Bun.spawn([...words, "--guests", "2", "--json"], { stderr: "pipe", stdout: "pipe" });
      const decoder = new TextDecoder();
      for await (const chunk of running.stderr) {
        if (!decoder.decode(chunk).includes("Cutting the power") || stop.signal.aborted) continue;
        stop.abort();
        running.kill("SIGINT");
      }
      const report = drillReport.parse(JSON.parse(await new Response(running.stdout).text()));
      expect([await running.exited, report.complete, report.passed]).toEqual([130, false, false]);
      expect(report.trials.map(({ finished }) => finished)).toEqual([false]);
      expect(existsSync(dir)).toBe(false);
    },
    10 * minute,
  );

  test("more nodes than this machine can hold are refused, before anything is made", async () => {
    const node = (i: number): string => `<node id="${i}" uname="n${i}"/>`;
    const nodes = Array.from({ length: 40 }, (_, i) => node(i + 1)).join("");
    writeFileSync(
      cib,
      `<cib validate-with="pacemaker-3.9"><configuration><crm_config/><nodes>${nodes}</nodes><resources/><constraints/></configuration><status/></cib>`,
    );
    const { code, stderr } = await drill();
    expect([code, existsSync(dir)]).toEqual([4, false]);
    expect(stderr).toContain("a lab of 40 nodes is more than this machine");
    expect(stderr).toMatch(/--nodes \d+/);
  });
});
