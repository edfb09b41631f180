import { expect, test } from "bun:test";
import { sharedLook } from "./shared-look.ts";

test("who asks meanwhile gets the same answer, who asks later another one", async () => {
  let looks = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const ask = sharedLook(async () => {
    looks += 1;
    await promise;
    return looks;
  });
  const both = Promise.all([ask(), ask()]);
  resolve();
  expect(await both).toEqual([1, 1]);
  expect(await ask()).toBe(2);
});

test("a look that fails is not kept", async () => {
  let looks = 0;
  const ask = sharedLook(async () => {
    looks += 1;
    if (looks === 1) throw new Error("not now");
    return await Promise.resolve(looks);
  });
  expect(ask()).rejects.toThrow("not now");
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(await ask()).toBe(2);
});
