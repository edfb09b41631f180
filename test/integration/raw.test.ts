import { afterAll, beforeAll, expect, test } from "bun:test";
import type { RawConfiguration } from "../../src/ops/raw-list.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

const definitions = `{type: primitive, id: raw-a, agent: "ocf:pacemaker:Dummy", operations: [{name: monitor, interval: 5s, timeout: 20s}]}
---
{type: primitive, id: raw-b, agent: "ocf:heartbeat:Dummy"}
---
{type: group, id: raw-group, members: [raw-b]}
---
{type: primitive, id: raw-c, agent: "ocf:pacemaker:Dummy"}
---
{type: clone, id: raw-clone, of: raw-c}
---
{type: location, id: raw-where, resource: raw-a, rule: "#uname eq NODE", score: INFINITY}
---
{type: colocation, id: raw-beside, resource: raw-group, with: raw-a}
---
{type: order, id: raw-first, first: raw-a, then: raw-group}
---
{type: tag, id: raw-tag, objects: [raw-a, raw-group]}
`;
const tops = ["raw-group", "raw-clone", "raw-a"];

describeLab("the raw configuration", () => {
  let lab: TestLab;
  let node = "";
  beforeAll(async () => {
    lab = await quietLab();
    node = lab.names[1] ?? "";
  }, 5 * minute);
  afterAll(async () => {
    for (const id of tops) await lab.tryHaven(["raw", "remove", id, "--yes"]);
    await lab.tryHaven(["raw", "set", "cluster-recheck-interval=", "--yes"]);
  }, 3 * minute);

  const listed = async () => JSON.parse(await lab.haven(["raw", "list", "--json"])) as RawConfiguration;
  const instances = async (id: string) =>
    (await listed()).resources.find((one) => one.id === id)?.instances ?? [];
  const runsOn = async (id: string) =>
    (await instances(id)).filter(({ state }) => state === "running").flatMap(({ nodes }) => nodes);

  test(
    "resources, constraints and a tag are added in one change, and run where they say",
    async () => {
      await lab.first().writeFile("/root/raw.yaml", definitions.replace("NODE", node));
      const dry = await lab.haven(["raw", "add", "--dry-run", "/root/raw.yaml"]);
      expect(dry).toContain(`raw-a starts on ${node}`);
      expect((await listed()).resources.filter(({ id }) => id.startsWith("raw-"))).toEqual([]);
      await lab.haven(["raw", "add", "--yes", "/root/raw.yaml"]);
      await waitFor("all of them to run", minute, async () => {
        const clone = await runsOn("raw-c");
        return (
          (await runsOn("raw-a")).join() === node &&
          (await runsOn("raw-b")).join() === node &&
          clone.length === lab.names.length
        );
      });
      const { constraints, tags } = await listed();
      expect(constraints.map(({ id }) => id)).toEqual(
        expect.arrayContaining(["raw-where", "raw-beside", "raw-first"]),
      );
      expect(tags).toContainEqual({ id: "raw-tag", objects: ["raw-a", "raw-group"] });
      expect((await lab.pacemaker().verify()).join("\n")).not.toContain("raw-");
      const crm = await lab.node(lab.first().name).exec(["crm", "configure", "show"]);
      expect(crm).toMatchObject({ code: 0 });
      expect(crm.stdout).toContain("group raw-group raw-b");
      expect(await lab.node(lab.first().name).exec(["pcs", "config"])).toMatchObject({ code: 0 });
    },
    4 * minute,
  );

  test(
    "a failure is shown and cleaned up",
    async () => {
      await lab.run(node, ["rm", "-f", "/run/Dummy-raw-a.state", "/var/run/Dummy-raw-a.state"]);
      await waitFor("the failure to be seen", minute, async () =>
        (await lab.haven(["raw", "show", "raw-a"])).includes(`monitor on ${node}`),
      );
      await waitFor("it to run again", minute, async () => (await runsOn("raw-a")).length === 1);
      await lab.haven(["raw", "cleanup", "raw-a"]);
      await waitFor("the failure to be forgotten", minute, async () => {
        const shown = JSON.parse(await lab.haven(["raw", "show", "raw-a", "--json"])) as {
          failures: readonly string[];
        };
        return shown.failures.length === 0;
      });
    },
    4 * minute,
  );

  test(
    "unmanaged it is left alone, managed it is taken care of again",
    async () => {
      await lab.haven(["raw", "unmanage", "raw-a", "--yes"]);
      expect((await instances("raw-a")).map(({ managed }) => managed)).toEqual([false]);
      expect(await runsOn("raw-a")).toEqual([node]);
      await lab.haven(["raw", "manage", "raw-a", "--yes"]);
      expect((await instances("raw-a")).map(({ managed }) => managed)).toEqual([true]);
    },
    2 * minute,
  );

  test(
    "an option is set and taken away; agents and options say what they are",
    async () => {
      await lab.haven(["raw", "set", "cluster-recheck-interval=7min", "--yes"]);
      expect(await lab.haven(["raw", "options"])).toMatch(/cluster-recheck-interval +7min/);
      await lab.haven(["raw", "set", "cluster-recheck-interval=", "--yes"]);
      expect(await lab.haven(["raw", "options"])).not.toContain("cluster-recheck-interval");
      expect(await lab.haven(["raw", "options", "--all"])).toContain("cluster-recheck-interval");
      expect(await lab.haven(["raw", "agent"])).toContain("ocf:pacemaker:Dummy");
      expect(await lab.haven(["raw", "agent", "ocf:pacemaker:Dummy"])).toContain("op_sleep");
    },
    2 * minute,
  );

  test(
    "all of it is removed again, and nothing of it is left",
    async () => {
      await lab.haven(["raw", "remove", ...tops, "--yes"]);
      const { resources, constraints, tags } = await listed();
      const left = [...resources, ...constraints, ...tags].filter(({ id }) => id.startsWith("raw-"));
      expect(left).toEqual([]);
      await waitFor("it to be stopped", minute, async () => {
        const { resources: running } = await lab.status();
        return !running.some(({ id }) => id.startsWith("raw-"));
      });
    },
    3 * minute,
  );
});
