import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { VmView } from "../../src/contract/vm-view.ts";
import { guestBoot, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { agentCallMark, agentCallsSince } from "./harness/agent-calls.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { listVms, viewOf } from "./harness/vm-words.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;

describeLab("placement", () => {
  let lab: TestLab;
  let mine: string[] = [];
  beforeAll(async () => {
    lab = await quietLab();
  }, 10 * minute);
  beforeEach(() => {
    mine = [];
  });
  afterEach(async () => {
    await removeVms(lab, ...mine);
  }, 3 * minute);
  afterAll(async () => {
    await clusterQuiet(lab);
  }, 5 * minute);

  /** Writes a file of specifications of small VMs, by name what is particular to each. */
  const write = async (
    specs: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<string> => {
    const texts = Object.entries(specs).map(([name, more]) => {
      makeImage(imagePath(lab, name), 4);
      mine.push(name);
      const disks = [{ file: `/srv/shared/images/${name}.img` }];
      return JSON.stringify({ name, memory: 128, hypervisor: "qemu", disks, boot: guestBoot(name), ...more });
    });
    await lab.first().writeFile("/root/placed.yaml", texts.join("\n---\n"));
    return "/root/placed.yaml";
  };
  const add = async (specs: Parameters<typeof write>[0], ...words: readonly string[]): Promise<void> => {
    await lab.haven(["vm", "add", "--yes", ...words, await write(specs)]);
  };
  /** Where VMs run; empty while they do not. */
  const places = async (names: readonly string[]): Promise<readonly string[]> => {
    const views = await listVms(lab);
    return names.map((name) => runsOn(views.find((view) => view.name === name)));
  };
  const idle = () => lab.pacemaker().waitIdle({ timeoutMs: minute });

  test(
    "apart at fail-over and in standby; what is bound to a node waits for it",
    async () => {
      const [one = "", two = "", three = ""] = lab.names;
      await add({
        "must-a": { placement: { prefer: one, "apart-from": ["must-b"] } },
        "must-b": { placement: { prefer: two } },
        "may-a": { placement: { prefer: one, "apart-from": [{ vm: "may-b", strength: "should" }] } },
        "may-b": { placement: { prefer: two } },
        bound: { placement: { "only-on": one } },
      });
      const names = ["must-a", "must-b", "may-a", "may-b", "bound"];
      expect(await places(names)).toEqual([one, two, one, two, one]);

      // Drained, a node gives away live what runs there; nothing else moves.
      await lab.haven(["node", "standby", three, "--yes"]);
      expect(await places(names)).toEqual([one, two, one, two, one]);
      // What cannot run anywhere then is said, and has to be forced.
      const refused = await lab.tryHaven(["node", "standby", one, "--yes"]);
      expect([refused.code, refused.stderr]).toEqual([
        4,
        expect.stringMatching(/(must-a|bound) would be stopped on/),
      ]);

      // One dies, and only one node is left. What must be apart, or is bound, is down until it returns.
      const marks = new Map(names.map((name) => [name, agentCallMark(lab, `vm-${name}`)]));
      const seen: (readonly string[])[] = [];
      await lab.lab.powerOff(one);
      await waitFor("all of them to run again", 4 * minute, async () => {
        const now = await places(names);
        seen.push(now);
        return lab.on().includes(one) && now.every((place) => place !== "") && now[2] === two;
      });
      const started = (name: string): readonly string[] =>
        agentCallsSince(lab, `vm-${name}`, marks.get(name) ?? new Map())
          .filter(({ action, status }) => action === "start" && status === 0)
          .map(({ node }) => node);
      expect(started("may-a")).toEqual([two]);
      expect(started("must-a")).toEqual([one]);
      expect(started("bound")).toEqual([one]);
      expect(started("must-b")).toEqual([]);
      // There was a time when one ran on the node that was left, and the others nowhere.
      expect(
        seen.map(([mustA, mustB, mayA, mayB, bound]) => [mustA, mustB, mayA, mayB, bound]),
      ).toContainEqual(["", two, two, two, ""]);
      expect(seen.filter(([mustA, mustB]) => mustA !== "" && mustA === mustB)).toEqual([]);
      // Its return moved nothing.
      expect(await lab.haven(["node", "online", three, "--yes"])).toContain("Out of standby");
      await idle();
      expect(await places(names)).toEqual([one, two, two, two, one]);
    },
    8 * minute,
  );

  test(
    "seven apart by a label: one on each node, those of the highest priority; adding and removing moves no other",
    async () => {
      const names = ["many-1", "many-2", "many-3", "many-4", "many-5", "many-6", "many-7"];
      const others = ["web1", "web2"];
      const before = await places(others);
      const marks = others.map((name) => [name, agentCallMark(lab, `vm-${name}`)] as const);
      const specs = names.map((name, i) => [
        name,
        { labels: ["many"], priority: i < 3 ? 10 : 1, placement: { "apart-from": ["label=many"] } },
      ]);
      const file = await write(Object.fromEntries(specs));
      const added = await lab.tryHaven(["vm", "add", "--yes", file]);
      expect([added.code, added.stderr]).toEqual([1, expect.stringContaining("no node can take it")]);
      expect(added.stderr).toContain("many-4 does not start now: no node can take it");
      const first = await places(names);
      expect(first.slice(0, 3).toSorted()).toEqual(lab.names.toSorted());
      expect(first.slice(3)).toEqual(["", "", "", ""]);

      // One stops, another takes its place; the rest stay where they are.
      await lab.haven(["vm", "stop", "many-1", "--yes"]);
      await idle();
      const then = await places(names);
      expect(then.slice(0, 3)).toEqual(["", first[1] ?? "", first[2] ?? ""]);
      expect(then.slice(3).filter((place) => place !== "")).toEqual([first[0] ?? ""]);
      await lab.haven(["vm", "remove", "--yes", "many-*"]);
      await idle();
      expect(await places(others)).toEqual(before);
      for (const [name, mark] of marks) {
        const calls = agentCallsSince(lab, `vm-${name}`, mark).map(({ action }) => action);
        expect(calls.filter((action) => /start|stop|migrate/.test(action))).toEqual([]);
      }
    },
    6 * minute,
  );

  test(
    "together and never-on; a move takes along only what was named or forced",
    async () => {
      const [one = "", two = "", three = ""] = lab.names;
      await add({
        front: { placement: { "together-with": ["back"] } },
        back: { placement: { prefer: two } },
        never: { placement: { "never-on": [one, two] } },
      });
      expect(await places(["front", "back", "never"])).toEqual([two, two, three]);
      const alone = await lab.tryHaven(["vm", "move", "back", "--to", one]);
      expect([alone.code, alone.stderr]).toEqual([
        4,
        expect.stringContaining(`front would migrate live from ${two} to ${one}`),
      ]);
      expect(alone.stderr).toContain("Name the others too");
      const stop = await lab.tryHaven(["vm", "stop", "back", "--yes"]);
      expect([stop.code, stop.stderr]).toEqual([4, expect.stringContaining("front would be stopped")]);
      expect(await places(["front", "back"])).toEqual([two, two]);
      const boots = ["front", "back"].map((name) => guestConsole(lab, name).boots);
      const moved = await lab.haven(["vm", "move", "back", "front", "--to", one]);
      expect(moved).toContain(`back moved from ${two} to ${one}`);
      expect(await places(["front", "back", "never"])).toEqual([one, one, three]);
      await lab.haven(["vm", "move", "back", "--to", two, "--force", "--yes"]);
      await idle();
      expect(await places(["front", "back"])).toEqual([two, two]);
      for (const [i, name] of ["front", "back"].entries()) {
        expect(guestConsole(lab, name).boots.slice(0, boots[i]?.length)).toEqual([...(boots[i] ?? [])]);
        expect((await viewOf(lab, name)).failures).toEqual([]);
      }
    },
    6 * minute,
  );

  test(
    "after a VM with a ready signal: only when its guest has said so",
    async () => {
      const file = await write({
        app: { placement: { after: ["db"] } },
        db: { boot: guestBoot("db", "haven.ready=6"), "ready-signal": { enabled: true, timeout: 180 } },
      });
      const said = (): string => [...guestConsole(lab, "db").texts.values()].join("");
      const adding = lab.tryHaven(["vm", "add", "--yes", file]);
      // The order of looking is what makes this certain: the one that must come later first.
      let early = false;
      await waitFor("both to run", 4 * minute, async () => {
        const { boots } = guestConsole(lab, "app");
        const ready = said().includes("was heard to be ready");
        early ||= boots.length > 0 && !ready;
        return boots.length > 0;
      });
      expect(early).toBe(false);
      const { code, stdout } = await adding;
      expect([code, stdout]).toEqual([0, expect.stringContaining("Added: app, db\n")]);
      // While the other one is restarted it runs on.
      const { boots } = guestConsole(lab, "app");
      await lab.haven(["vm", "restart", "db", "--yes"]);
      expect(guestConsole(lab, "app").boots).toEqual(boots);
      expect(await places(["app", "db"])).not.toContain("");
    },
    8 * minute,
  );
});

function runsOn(view: VmView | undefined): string {
  return view?.state === "running" ? (view.nodes[0] ?? "") : "";
}
