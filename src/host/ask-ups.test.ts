import { expect, test } from "bun:test";
import { createServer } from "node:net";
import { refusal } from "../../test/support/vm-cib-file.ts";
import { askUps } from "./ask-ups.ts";

/** A server that answers every line so, while something is done. */
async function withServer<T>(answer: string, run: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((socket) => {
    socket.on("data", (data) => socket.write(answer.replace("LINE", data.toString().trimEnd())));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    return await run(typeof address === "object" ? (address?.port ?? 0) : 0);
  } finally {
    server.close();
  }
}

const ask = (answer: string) => withServer(answer, (port) => askUps(`ups1@127.0.0.1:${port}`));

test("the words of a UPS's status", async () => {
  expect(await ask('VAR ups1 ups.status "OL CHRG"\n')).toEqual(["OL", "CHRG"]);
  expect(await ask('VAR ups1 ups.status "OB LB"\nmore\n')).toEqual(["OB", "LB"]);
});

test("what is no answer is told as it is", async () => {
  expect(await refusal(ask("ERR DATA-STALE\n"))).toContain('upsd answers "ERR DATA-STALE"');
  expect(await refusal(ask("LINE\n"))).toContain("GET VAR ups1 ups.status");
  expect(await refusal(ask("x".repeat(9000)))).toStartWith("ups.unreachable");
});

test("who does not answer is not waited for", async () => {
  const silent = withServer("", (port) => askUps(`u@[127.0.0.1]:${port}`, { timeoutMs: 50 }));
  expect(await refusal(silent)).toContain("no answer within 0.05 s");
  expect(await refusal(askUps("ups1@127.0.0.1:1"))).toStartWith("ups.unreachable");
});
