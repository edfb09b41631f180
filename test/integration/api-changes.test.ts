import { afterAll, beforeAll, expect, test } from "bun:test";
import { killProcesses } from "../../src/lab/faults.ts";
import { addVm, guestBoot, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { LabApi } from "./harness/lab-api.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "changed";
const added = "added";
const tokens = ["api-admin", "api-made"];

describeLab("changes through the API", () => {
  let lab: TestLab;
  let api: LabApi;

  beforeAll(async () => {
    lab = await quietLab();
    // A lab that was kept may run an older one.
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    for (const name of tokens) await lab.tryHaven(["token", "remove", name, "--yes"]);
    api = await LabApi.open(lab, "api-admin", "admin");
    // The guest does not hear: a stop takes as long as is waited for it.
    const spec = { policies: { "graceful-stop": 15 } };
    await addVm(lab, { name: vm, words: ["haven.ignore_acpi=1"], spec });
  }, 6 * minute);

  afterAll(async () => {
    for (const name of tokens) await lab.tryHaven(["token", "remove", name, "--yes"]);
    await removeVms(lab, vm, added);
    await clusterQuiet(lab);
  }, 5 * minute);

  const ask = (...words: Parameters<LabApi["ask"]>) => api.ask(...words);
  const done = (...words: Parameters<LabApi["done"]>) => api.done(...words);

  const viewOf = async (name: string) =>
    (
      JSON.parse(await lab.haven(["vm", "show", name, "--json"])) as { state: string; failures: string[] }[]
    )[0];

  test(
    "a VM whose restart was asked for runs again, also where the daemon is killed in the middle",
    async () => {
      const node = await waitFor("the VM to run", minute, () => lab.whereIs(vm));
      const { boots } = guestConsole(lab, vm);
      const asked = lab.names.find((name) => name !== node) ?? node;
      const begun = await ask(asked, "POST", `/v1/vms/${vm}/restart`, { yes: true });
      expect(begun.status).toBe(202);
      await waitFor("the stop to begin", minute, async () => (await viewOf(vm))?.state !== "running");
      expect(killProcesses(lab.lab.find(asked), "haven")).toBeGreaterThan(0);
      // Nobody else starts it in the lab.
      await lab.run(asked, ["systemctl", "start", "haven"]);
      await waitFor(
        "the guest to boot again",
        3 * minute,
        () => guestConsole(lab, vm).boots.length > boots.length,
      );
      await waitFor("the VM to run", minute, async () => (await viewOf(vm))?.state === "running");
      expect(await lab.whereIs(vm)).toBe(node);
      expect((await viewOf(vm))?.failures).toEqual([]);
      expect(guestConsole(lab, vm).boots.length).toBe(boots.length + 1);
      expectOneWriter(lab, vm);
      // Nobody kills this one: it says when the VM runs.
      const before = guestConsole(lab, vm).boots.length;
      await waitFor(
        "the API",
        minute,
        async () => (await ask(lab.first().name, "GET", "/v1/about")).status === 200,
      );
      const job = await done("POST", `/v1/vms/${vm}/restart`, { yes: true });
      expect(job).toMatchObject({
        state: "done",
        result: { committed: true, vms: [{ name: vm, state: "running" }] },
      });
      await waitFor("the guest to boot", 3 * minute, () => guestConsole(lab, vm).boots.length > before);
      expectOneWriter(lab, vm);
      // A change of something else restarts nothing.
      await lab.haven(["vm", "prefer", vm, "--here", "--yes"]);
      expect(guestConsole(lab, vm).boots.length).toBe(before + 1);
      // It is live migrated as any other, and not restarted by that.
      await lab.haven(["vm", "move", vm, "--yes"]);
      expect(await lab.whereIs(vm)).not.toBe(node);
      expect(guestConsole(lab, vm).boots.length).toBe(before + 1);
      expect((await lab.haven(["vm", "restart", vm, "--yes"])).trim()).toBe(`Restarted: ${vm}`);
    },
    12 * minute,
  );

  test(
    "what one node alone has heard of is told at once by the streams of all, each event once",
    async () => {
      const streams = await Promise.all(lab.names.map((name) => api.follow(name)));
      // The others are asked when somebody listens.
      await Bun.sleep(3000);
      const heard = (what: string): readonly number[] =>
        streams.map(({ events }) => events.filter(({ kind }) => kind === what).length);
      try {
        // Told by the node that the VM runs on, since its libvirt says so, and by no other.
        for (let round = 0; round < 3; round++) {
          await lab.haven(["vm", "pause", vm, "--yes"]);
          await lab.haven(["vm", "resume", vm, "--yes"]);
        }
        await waitFor("all to tell", 10_000, async () => heard("vm.paused").every((count) => count === 3));
        await Bun.sleep(1000);
        expect(heard("vm.paused")).toEqual(lab.names.map(() => 3));
        for (const { events } of streams) {
          expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
        }
      } finally {
        for (const stream of streams) await stream.end();
      }
    },
    3 * minute,
  );

  test(
    "a VM is added, edited by who has seen it, preferred elsewhere, compared, reverted and removed",
    async () => {
      makeImage(imagePath(lab, added), 16);
      const disks = [{ file: `/srv/shared/images/${added}.img`, shareable: true }];
      const spec = { name: added, memory: 128, hypervisor: "qemu", disks, boot: guestBoot(added) };
      const dry = await done("POST", "/v1/vms", { specs: [spec], dryRun: true });
      expect(dry).toMatchObject({ state: "done", result: { committed: false } });
      expect((await ask(lab.first().name, "GET", `/v1/vms/${added}`)).status).toBe(404);
      expect((await done("POST", "/v1/vms", { specs: [spec], yes: true })).state).toBe("done");
      const path = `/v1/vms/${added}`;
      const etag = (await ask(lab.first().name, "GET", path)).headers.get("etag") ?? "";
      const body = { spec: { ...spec, labels: ["edited"] }, yes: true };
      expect((await done("PUT", path, body, { "if-match": etag })).state).toBe("done");
      expect((await ask(lab.first().name, "PUT", path, body, { "if-match": etag })).status).toBe(412);
      const versions = await ask(lab.first().name, "GET", `${path}/versions`);
      expect(versions.body[0].versions.map(({ kind }: { kind: string }) => kind)).toEqual([
        "changed",
        "added",
      ]);
      expect((await done("POST", `${path}/revert`, { yes: true })).state).toBe("done");
      expect((await ask(lab.first().name, "GET", path)).headers.get("etag")).toBe(etag);
      expect((await ask(lab.first().name, "GET", `${path}/diff`)).body).toMatchObject([{ state: "same" }]);
      expect((await done("POST", `${path}/prefer`, { yes: true })).state).toBe("done");
      expect((await done("POST", `${path}/unmanage`, { yes: true })).state).toBe("done");
      expect((await done("POST", `${path}/manage`, { yes: true })).state).toBe("done");
      expect((await done("POST", `${path}/cleanup`, {})).state).toBe("done");
      const removed = { deleteDisks: true, confirm: added, yes: true };
      expect((await done("POST", `${path}/remove`, removed)).state).toBe("done");
      await waitFor("the audit to have it", minute, async () => {
        const { body } = await ask(lab.first().name, "GET", `/v1/audit?vm=${added}`);
        const texts = body.events.map(({ text }: { text: string }) => text);
        return texts.includes(`token api-admin: haven vm edit ${added} --yes`);
      });
    },
    8 * minute,
  );

  test(
    "nodes, settings, fencing and tokens",
    async () => {
      const node = lab.names.at(-1) ?? "";
      expect((await done("POST", `/v1/nodes/${node}/standby`, { yes: true })).result).toMatchObject({
        stuck: [],
      });
      expect((await done("POST", `/v1/nodes/${node}/online`, { yes: true })).state).toBe("done");
      for (const on of [true, false]) {
        expect((await done("POST", "/v1/maintenance", { on, yes: true })).state).toBe("done");
      }
      const settings = await ask(lab.first().name, "GET", "/v1/settings");
      const etag = settings.headers.get("etag") ?? "";
      const put = { settings: { ...settings.body, storage: ["/srv/shared/images"] }, yes: true };
      expect((await done("PUT", "/v1/settings", put, { "if-match": etag })).state).toBe("done");
      const back = { settings: settings.body, yes: true };
      expect((await done("PUT", "/v1/settings", back, { "if-match": "*" })).state).toBe("done");
      const device = { kind: "manual", hosts: [{ node }], id: "fence-person", level: 2, yes: true };
      expect(await done("POST", "/v1/fence/devices", device)).toMatchObject({ state: "done" });
      expect((await ask(lab.first().name, "GET", "/v1/fence/devices/fence-person")).status).toBe(200);
      expect((await done("POST", "/v1/fence/devices/fence-person/remove", { yes: true })).state).toBe("done");
      expect((await done("POST", "/v1/fence/test", { nodes: [node] })).result).toMatchObject({ ok: true });
      expect((await ask(lab.first().name, "GET", "/v1/verify")).status).toBe(200);
      const made = await ask(lab.first().name, "POST", "/v1/tokens", {
        name: "api-made",
        role: "viewer",
        yes: true,
      });
      expect(made.status).toBe(201);
      const shown = { authorization: `Bearer ${made.body.token}` };
      for (const name of lab.names) {
        await waitFor(
          "the token",
          minute,
          async () => (await ask(name, "GET", "/v1/about", undefined, shown)).status === 200,
        );
      }
      expect((await ask(lab.first().name, "POST", "/v1/tokens/api-made/remove", { yes: true })).status).toBe(
        200,
      );
    },
    8 * minute,
  );
});
