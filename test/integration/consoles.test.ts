import { afterAll, beforeAll, expect, test } from "bun:test";
import { consoleClose } from "../../src/contract/console-close.ts";
import type { EventReport } from "../../src/contract/event.ts";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { ApiSocket } from "./harness/api-socket.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "seen";
/** QEMU serves 32 viewers of one screen at the most. */
const second = "seen2";

describeLab("consoles and screens through the API", () => {
  let lab: TestLab;
  let ca = "";
  let token = "";
  let here = "";
  let other = "";
  let third = "";

  const open = (path: string, shown = token, name = vm): Promise<ApiSocket> => {
    const { address } = lab.lab.find(other);
    return ApiSocket.open(`wss://${address}:8470/v1/vms/${name}/${path}`, shown, ca);
  };
  const newToken = async (name: string): Promise<string> =>
    (await lab.haven(["token", "add", name, "--role", "operator"])).trim().split(/\s+/).at(-1) ?? "";
  /** KiB that the daemon of a node has resident. */
  const resident = async (node: string): Promise<number> => {
    const pid = (await lab.run(node, ["pgrep", "-o", "-f", "^haven daemon"])).trim();
    return Number(/VmRSS:\s+(\d+)/.exec(await lab.run(node, ["cat", `/proc/${pid}/status`]))?.[1]);
  };

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await removeVms(lab, vm, second);
    await addVm(lab, { name: second, spec: { graphics: "vnc" } });
    here = await addVm(lab, { name: vm, words: ["haven.keys=1"], spec: { graphics: "vnc" } });
    [other = "", third = ""] = lab.names.filter((name) => name !== here);
    ca = await lab.run(here, ["cat", "/etc/haven/tls/ca.pem"]);
    token = await newToken("consoles");
    await waitFor("the API to answer", minute, async () => {
      const { address } = lab.lab.find(other);
      const asked = fetch(`https://${address}:8470/v1/openapi.json`, { tls: { ca } });
      return (await asked.catch(() => undefined))?.ok === true;
    });
  }, 8 * minute);

  afterAll(async () => {
    await lab.haven(["token", "remove", "consoles"]);
    await removeVms(lab, vm, second);
  }, 2 * minute);

  test(
    "a console on a VM of another node: what is typed arrives and comes back, also after a migration",
    async () => {
      const opened = await open("console");
      const sees = (words: RegExp): Promise<unknown> =>
        waitFor(`the console to show ${words}`, minute, async () => words.test(opened.text));
      await waitFor("it to be connected", minute, async () => opened.said.length > 0);
      expect(JSON.parse(opened.said[0] ?? "")).toEqual({ say: `Connected to ${vm} on ${here}` });
      await sees(/haven-guest seen boot=\S+ seq=\d+/);
      opened.socket.send("hello there\r");
      await sees(/heard hello there\r\n/);
      await lab.haven(["vm", "move", "--yes", vm, "--to", third]);
      await waitFor("it to follow", minute, async () => opened.said.join().includes(`on ${third} now`));
      opened.socket.send("still here\r");
      await sees(/heard still here\r\n/);
      opened.socket.close();
      const report = JSON.parse(
        await lab.haven(["audit", "--json", "--vm", vm, "--limit", "20"], { on: here }),
      ) as EventReport;
      expect(report.events.map(({ text }) => text)).toContain(
        `token consoles: haven vm console ${vm}, on ${here}`,
      );
      here = third;
    },
    4 * minute,
  );

  test(
    "fifty screens at once are served, and the daemon's memory stays flat",
    async () => {
      const before = await resident(other);
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, at) => open("vnc", token, at % 2 === 0 ? vm : second)),
      );
      await waitFor("all to greet", minute, async () =>
        all.every(({ text }) => text.startsWith("RFB 003.00")),
      );
      const during = await resident(other);
      for (const { socket } of all) socket.close();
      console.log(`    the daemon's memory: ${before} KiB, with 50 screens ${during} KiB`);
      expect(during - before).toBeLessThan(150 * 1024);
    },
    3 * minute,
  );

  test(
    "a token that is taken away closes its consoles",
    async () => {
      const gone = await newToken("gone");
      // A node that is busy may know of it a little later.
      const opened = await waitFor("the token to be known", minute, () =>
        open("console", gone).catch(() => undefined),
      );
      await waitFor("it to be connected", minute, async () => opened.said.length > 0);
      await lab.haven(["token", "remove", "gone"]);
      const asked = performance.now();
      await waitFor("it to be closed", minute, async () => opened.close !== undefined);
      expect(performance.now() - asked).toBeLessThan(20_000);
      expect(opened.close?.code).toBe(consoleClose.revoked);
    },
    2 * minute,
  );

  test(
    "a VM that is stopped ends its consoles and screens",
    async () => {
      const [console_, screen] = await Promise.all([open("console"), open("vnc")]);
      await waitFor(
        "both to be connected",
        minute,
        async () => console_.said.length > 0 && screen.text !== "",
      );
      await lab.haven(["vm", "stop", "--yes", vm]);
      await waitFor(
        "both to be closed",
        minute,
        async () => console_.close !== undefined && screen.close !== undefined,
      );
      expect([console_.close?.code, screen.close?.code]).toEqual([
        consoleClose.stopped,
        consoleClose.stopped,
      ]);
    },
    3 * minute,
  );
});
