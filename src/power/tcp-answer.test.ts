import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";
import { exec } from "../base/exec.ts";
import { tcpAnswer } from "./tcp-answer.ts";

/** A server's port; IPv6 where `host` says so. */
async function listening(host: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer().listen(0, host);
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    close: () => server.close(),
  };
}

test.each(["127.0.0.1", "::1"])(
  "%s accepts where somebody listens, and refuses where nobody does",
  async (host) => {
    const { port, close } = await listening(host);
    expect(await tcpAnswer(host, port, 1000)).toBe("accepted");
    close();
    expect(await tcpAnswer(host, port, 1000)).toBe("refused");
  },
);

test("what is no address is not answered", async () => {
  for (const host of ["node1", "", "fe80::1%eth0", "300.1.1.1"])
    expect(await tcpAnswer(host, 22, 50)).toBeUndefined();
});

const isRoot = process.getuid?.() === 0 && Bun.which("unshare") !== null && Bun.which("ip") !== null;

test.skipIf(!isRoot)(
  `a machine that is not there refuses nothing: no route to the host, no network${isRoot ? "" : " (skipped: not root)"}`,
  async () => {
    // A network of its own, whose kernel says "no route to the host" of the one, and "no network" of the other.
    const ask = `
      const { tcpAnswer } = await import(${JSON.stringify(join(import.meta.dir, "tcp-answer.ts"))});
      console.log(JSON.stringify([await tcpAnswer("192.0.2.77", 22, 6000) ?? null, await tcpAnswer("198.51.100.1", 22, 6000) ?? null]));
    `;
    const network = 'ip link set lo up; ip route add unreachable 192.0.2.0/24; exec "$@"';
    const words = ["unshare", "--net", "sh", "-ec", network, "sh", process.execPath, "-e", ask];
    const before = performance.now();
    const { stdout, stderr } = await exec(words, { timeoutMs: 30_000 });
    expect([stdout.trim(), stderr]).toEqual(["[null,null]", ""]);
    // It was the kernel's answer that was read, not the end of the time.
    expect(performance.now() - before).toBeLessThan(5000);
  },
  40_000,
);
