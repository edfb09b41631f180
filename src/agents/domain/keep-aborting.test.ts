import { expect, test } from "bun:test";
import { keepAborting } from "./keep-aborting.ts";

test("an abort that QEMU did not hear yet is said again, until the migration has ended", async () => {
  let calls = 0;
  const third = Promise.withResolvers<void>();
  const end = keepAborting({
    abort: async () => {
      calls++;
      if (calls === 3) third.resolve();
    },
    say: () => undefined,
    intervalMs: 5,
  });
  await third.promise;
  end();
  await Bun.sleep(30);
  expect(calls).toBe(3);
});

test("why it cannot be aborted is said once, and it is tried again; nothing is said when it has ended", async () => {
  const said: string[] = [];
  let calls = 0;
  const held = Promise.withResolvers<void>();
  const fourth = Promise.withResolvers<void>();
  const end = keepAborting({
    abort: async () => {
      calls++;
      if (calls === 4) {
        fourth.resolve();
        await held.promise;
      }
      throw new Error(calls < 3 ? "no answer" : "gone");
    },
    say: (text) => said.push(text),
    intervalMs: 1,
  });
  await fourth.promise;
  end();
  held.reject(new Error("too late"));
  await Bun.sleep(20);
  expect(said).toEqual(["it could not be aborted: no answer", "it could not be aborted: gone"]);
  expect(calls).toBe(4);
});
