import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, type TLSSocket } from "node:tls";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { ApiSocket } from "./harness/api-socket.ts";
import { addIdleVms, removeIdleVms } from "./harness/idle-vms.ts";
import { LabApi } from "./harness/lab-api.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
/** QEMU serves 32 viewers of one screen at the most. */
const seen = ["crowd1", "crowd2"] as const;
const idle = 400;

/** A stream of changes by HTTP of its own: Bun's fetch has so many connections at most. */
class Stream {
  text = "";
  private constructor(readonly socket: TLSSocket) {
    socket.setEncoding("utf8");
    socket.on("error", () => undefined);
    socket.on("data", (text: string) => (this.text += text));
  }

  static async open(api: LabApi, node: string): Promise<Stream> {
    const { hostname: host, port } = new URL(api.url(node, "/"));
    const socket = connect({ host, port: Number(port), ca: api.ca, checkServerIdentity: () => undefined });
    const stream = new Stream(socket);
    const words = [`GET /v1/changes HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${api.token}`];
    socket.write(`${words.join("\r\n")}\r\n\r\n`);
    await waitFor("a stream to begin", minute, async () => stream.text.includes(": haven"));
    if (!stream.text.startsWith("HTTP/1.1 200")) throw new Error(stream.text.slice(0, 200));
    return stream;
  }
}

describeLab("a crowd at one daemon", () => {
  let lab: TestLab;
  let api: LabApi;
  let node = "";

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await removeVms(lab, ...seen);
    for (const name of seen) await addVm(lab, { name, spec: { graphics: "vnc" } });
    api = await LabApi.open(lab, "crowd", "operator");
    await addIdleVms(lab, idle);
    [node = ""] = lab.names;
    await waitFor("the daemon to know all VMs", minute, async () => (await vmsOf()).length >= idle);
  }, 8 * minute);

  afterAll(async () => {
    await removeIdleVms(lab);
    await api.close();
    await removeVms(lab, ...seen);
  }, 3 * minute);

  const vmsOf = async () => (await api.ask(node, "GET", "/v1/vms")).body as readonly unknown[];

  /** MiB that the daemon has resident, with its children. */
  const resident = async (): Promise<number> => {
    const pids = (await lab.run(node, ["pgrep", "-f", "^haven (daemon|watch-cib)"])).trim().split("\n");
    const each = await Promise.all(
      pids.map(async (pid) => {
        const status = await lab.run(node, ["cat", `/proc/${pid}/status`]);
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      }),
    );
    return each.reduce((a, b) => a + b, 0);
  };

  test(
    "five hundred streams and fifty screens with four hundred VMs: small, and as quick as for one",
    async () => {
      const before = await resident();
      const streams: Stream[] = [];
      for (let begun = 0; begun < 500; begun += 50) {
        streams.push(...(await Promise.all(Array.from({ length: 50 }, () => Stream.open(api, node)))));
      }
      const screens = await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          ApiSocket.open(api.url(node, `/v1/vms/${seen[at % 2]}/vnc`, "wss"), api.token, api.ca),
        ),
      );
      await waitFor("all screens to greet", minute, async () =>
        screens.every(({ text }) => text.startsWith("RFB 003.00")),
      );
      const times: number[] = [];
      for (let run = 0; run < 200; run++) {
        const asked = performance.now();
        expect((await vmsOf()).length).toBeGreaterThanOrEqual(idle);
        times.push(performance.now() - asked);
        await Bun.sleep(20);
      }
      const p99 = times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? 0;
      // What happens reaches all of them.
      const others = lab.names.find((name) => name !== node) ?? node;
      const changed = performance.now();
      await lab.haven(["vm", "pause", seen[0], "--yes"], { on: others });
      await lab.haven(["vm", "resume", seen[0], "--yes"], { on: others });
      await waitFor("all to be told", minute, async () =>
        streams.every(({ text }) => text.includes('"kind":"vm.paused"')),
      );
      const told = performance.now() - changed;
      const during = await resident();
      for (const { socket } of screens) socket.close();
      for (const { socket } of streams) socket.destroy();
      const facts = [before, during].map((value) => value.toFixed(0));
      console.log(
        `    memory ${facts[0]} MiB, with the crowd ${facts[1]} MiB; GET /v1/vms p99 ${p99.toFixed(0)} ms; told after ${told.toFixed(0)} ms`,
      );
      expect(during).toBeLessThan(300);
      expect(p99).toBeLessThan(250);
      // Who has left costs nothing: the daemon does not count those who are gone.
      await waitFor("a stream to be let in", minute, async () => {
        const again = await api.follow(node);
        await again.end();
        return true;
      });
    },
    6 * minute,
  );
});
