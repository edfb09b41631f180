import { afterEach, describe, expect, test } from "bun:test";
import { closeAll, open, users, v2, world } from "../../test/support/chassis-world.ts";
import type { ChassisSimulator } from "../lab/chassis/types.ts";
import { Chassis } from "./chassis.ts";
import { openSnmp } from "./snmp.ts";
import { type SwitchOptions, switchOff, switchOn } from "./switch-chassis.ts";

afterEach(closeAll);

const fast: SwitchOptions = {
  softOffMs: 300,
  offMs: 400,
  onMs: 400,
  pollMs: 40,
  confirmMs: 20,
};

describe("identity", () => {
  test.each(["amm", "cmm"] as const)("knows an %s", async (model) => {
    const { connect } = await world({ model });
    expect(await (await connect()).identify()).toBe(model);
  });

  test("case and blanks of the signature do not matter", async () => {
    const { connect } = await world({ signature: " IBM FLEX chassis management module " });
    expect(await (await connect()).identify()).toBe("cmm");
  });

  test("anything else is refused", async () => {
    const { connect } = await world({ signature: "IBM Flex Chassis Management Module 2" });
    await expect((await connect()).identify()).rejects.toMatchObject({ code: "power.signature" });
  });
});

describe("versions", () => {
  test.each(["1", "2c"] as const)("reads and switches over SNMP v%s", async (version) => {
    const { connect, on } = await world();
    const chassis = await connect({ version, community: "private" });
    expect((await chassis.slots()).map(({ slot, host, power }) => [slot, host, power])).toEqual([
      [1, "node1", "on"],
      [2, "node10", "on"],
      [5, "big", "on"],
      [6, "big", "on"],
    ]);
    await switchOff(chassis, "node1", fast);
    expect(on.get("node1")).toBe(false);
    expect(on.get("node10")).toBeUndefined();
  });

  const combinations = (["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"] as const).flatMap(
    (authProtocol) =>
      ([undefined, "DES", "AES", "AES256", "AES256C"] as const).map((privProtocol) => ({
        authProtocol,
        privProtocol,
      })),
  );
  test.each(combinations)(
    "v3 with $authProtocol and $privProtocol",
    async ({ authProtocol, privProtocol }) => {
      const { connect } = await world({ users });
      const auth = { authProtocol, authPassword: "authsecret" };
      const names = { DES: "des", AES: "aes", AES256: "aes256b", AES256C: "aes256r" };
      const chassis = await connect(
        privProtocol === undefined
          ? { version: "3", user: `auth-${authProtocol.toLowerCase()}`, level: "authNoPriv", ...auth }
          : {
              version: "3",
              user: `${authProtocol.toLowerCase()}-${names[privProtocol]}`,
              level: "authPriv",
              ...auth,
              privProtocol,
              privPassword: "privsecret",
            },
      );
      expect(await chassis.identify()).toBe("cmm");
      expect(await chassis.status("node1")).toBe("on");
    },
  );

  test("v3 without authentication", async () => {
    const { connect } = await world({ users });
    const chassis = await connect({ version: "3", user: "open", level: "noAuthNoPriv" });
    expect(await chassis.status("node1")).toBe("on");
  });

  const sha = { version: "3", level: "authNoPriv", authProtocol: "SHA" } as const;
  test.each([
    { what: "an unknown user", credentials: { ...sha, user: "nobody", authPassword: "authsecret" } },
    { what: "a wrong password", credentials: { ...sha, user: "auth-sha", authPassword: "wrongsecret" } },
    { what: "too little security", credentials: { ...sha, user: "sha-aes", authPassword: "authsecret" } },
  ])("v3 with $what is an error", async ({ credentials }) => {
    const { connect } = await world({ users });
    const answer = (await connect(credentials)).status("node1");
    await expect(answer).rejects.toMatchObject({
      code: expect.stringMatching(/^power\.(denied|unreachable)$/),
    });
  });
});

describe("whose slots", () => {
  test("a name is not a prefix", async () => {
    const { connect, on } = await world();
    await switchOff(await connect(), "node1", fast);
    expect(Object.fromEntries(on)).toEqual({ node1: false });
  });

  test("a server over several slots is off only when all its slots are", async () => {
    const { connect, simulator } = await world();
    const chassis = await connect();
    expect(await chassis.status("big")).toBe("on");
    simulator.setFault({ mode: "reads-off", slots: [5] });
    await expect(chassis.status("big")).rejects.toMatchObject({ code: "power.state" });
    simulator.setFault({ mode: "reads-off" });
    expect(await chassis.status("big")).toBe("off");
  });

  test("off of a server whose second slot stays on fails", async () => {
    const { connect, simulator } = await world();
    // The whole server loses power through slot 5, so let slot 6 claim that it is on.
    simulator.setFault({ mode: "garbage", value: 1, slots: [6] });
    const failed = switchOff(await connect(), "big", fast);
    await expect(failed).rejects.toMatchObject({
      code: "power.failed",
      payload: { what: "slot 5 off, slot 6 on" },
    });
  });

  test("a slot's number switches that slot", async () => {
    const { connect, on } = await world();
    await switchOff(await connect(), "2", fast);
    expect(Object.fromEntries(on)).toEqual({ node10: false });
  });

  test("labels that change under the hand are noticed", async () => {
    const { connect, simulator } = await world();
    const chassis = await connect();
    const off = switchOff(chassis, "node1", {
      ...fast,
      heard: async () => void simulator.relabel(1, "node1 (one)"),
    });
    await expect(off).rejects.toMatchObject({ code: "power.ambiguous" });
  });
});

describe("switching", () => {
  test("soft-off first; a server that obeys needs no hard off", async () => {
    const { connect, soft, simulator } = await world({ softOffMs: 100 });
    expect(await switchOff(await connect(), "node1", fast)).toBe(true);
    expect(soft).toEqual(["node1"]);
    expect(written(simulator)).toEqual([2]);
  });

  test("hard off when the button does nothing", async () => {
    const { connect, on, simulator } = await world();
    simulator.setFault({ mode: "soft-off-ignored" });
    await switchOff(await connect(), "node1", fast);
    expect(on.get("node1")).toBe(false);
    expect(written(simulator)).toEqual([2, 0]);
  });

  test("no soft-off where it would restart the server", async () => {
    const { connect, soft, simulator } = await world();
    await switchOff(await connect(), "node1", { ...fast, noSoftOff: true });
    expect(soft).toEqual([]);
    expect(written(simulator)).toEqual([0]);
  });

  test("a server that is off already is left alone", async () => {
    const { connect, on, simulator } = await world();
    on.set("node1", false);
    expect(await switchOff(await connect(), "node1", fast)).toBe(false);
    expect(written(simulator)).toEqual([]);
  });

  test("on, and on again", async () => {
    const { connect, on, simulator } = await world();
    on.set("big", false);
    const chassis = await connect();
    await switchOn(chassis, "big", fast);
    expect(on.get("big")).toBe(true);
    await switchOn(chassis, "big", fast);
    expect(written(simulator)).toEqual([1, 1]);
  });

  test.each([
    [2, undefined],
    [3, "on"],
    [4, "on"],
    [5, undefined],
    [-1, undefined],
    [255, undefined],
  ] as const)("the state %p reads %p", async (value, power) => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "garbage", value });
    const status = (await connect()).status("node1");
    if (power === undefined) await expect(status).rejects.toMatchObject({ code: "power.state" });
    else expect(await status).toBe(power);
  });
});

describe("devices that lie or fail", () => {
  test("acknowledged, but stays on", async () => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "ack-stays-on" });
    await expect(switchOff(await connect(), "node1", fast)).rejects.toMatchObject({ code: "power.failed" });
  });

  test("reads off while the server is heard", async () => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "lies-off" });
    const heard = async (): Promise<string> => "it answers at 10.0.0.1";
    const off = switchOff(await connect(), "node1", { ...fast, heard, aliveMs: 100 });
    await expect(off).rejects.toMatchObject({
      code: "power.alive",
      payload: { evidence: "it answers at 10.0.0.1" },
    });
    // The power button was not enough, so the plug was pulled as well.
    expect(written(simulator)).toEqual([2, 0]);
  });

  test("reads off from the start while the server is heard: hard off is tried", async () => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "reads-off" });
    const heard = async (): Promise<string> => "it answers";
    const off = switchOff(await connect(), "node1", { ...fast, heard, aliveMs: 100 });
    await expect(off).rejects.toMatchObject({ code: "power.alive" });
    expect(written(simulator)).toEqual([0]);
  });

  test("a server that falls silent a moment after its power went is off", async () => {
    const { connect, on } = await world();
    let asked = 0;
    const heard = async (): Promise<string | undefined> => (++asked < 3 ? "it answers" : undefined);
    await switchOff(await connect(), "node1", { ...fast, heard });
    expect(on.get("node1")).toBe(false);
    expect(asked).toBe(3);
  });

  test.each(["flapping", "garbage", "wrong-type", "wrong-oid", "truncated", "silent"] as const)(
    "%s never passes for off",
    async (mode) => {
      const { connect, simulator } = await world();
      const chassis = await connect(v2, { timeoutMs: 150 });
      simulator.setFault({ mode });
      await expect(switchOff(chassis, "node1", fast)).rejects.toMatchObject({
        code: expect.stringMatching(/^power\./),
      });
    },
  );

  test.each(["garbage", "wrong-type", "silent"] as const)(
    "%s in the middle never passes for off",
    async (mode) => {
      const { connect, simulator, on } = await world({ softOffMs: 10_000 });
      const chassis = await connect(v2, { timeoutMs: 100 });
      const off = switchOff(chassis, "node1", { ...fast, noSoftOff: true, settleMs: 100 });
      await Bun.sleep(50);
      expect(on.get("node1")).toBe(false);
      simulator.setFault({ mode });
      await expect(off).rejects.toMatchObject({ code: "power.failed" });
    },
  );

  test("a truncated table is told from a server that is not there", async () => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "truncated" });
    await expect((await connect()).status("node10")).rejects.toMatchObject({ code: "power.answer" });
    await expect(
      (await connect({ version: "1", community: "private" })).status("node10"),
    ).rejects.toMatchObject({
      code: "power.answer",
    });
  });

  test("answers that come twice, or late, do no harm", async () => {
    const { connect, simulator, on } = await world();
    for (const mode of ["duplicate", "late"] as const) {
      on.clear();
      simulator.setFault({ mode, delayMs: 30 });
      await switchOff(await connect(), "node1", fast);
      expect(on.get("node1")).toBe(false);
    }
  });

  test("a slow device is waited for", async () => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "slow", delayMs: 250 });
    expect(await (await connect()).status("node1")).toBe("on");
  });

  test("a device that refuses to switch", async () => {
    const { connect, simulator } = await world();
    simulator.setFault({ mode: "refuses-set" });
    await expect(switchOff(await connect(), "node1", fast)).rejects.toMatchObject({ code: "power.answer" });
  });

  test.each(["1", "2c"] as const)("a community that may only read, over v%s", async (version) => {
    const { connect } = await world({ readCommunities: ["public"] });
    const chassis = await connect({ version, community: "public" });
    await expect(switchOff(chassis, "node1", fast)).rejects.toMatchObject({ code: "power.denied" });
  });

  test("a wrong community and no device at all are not answered", async () => {
    const { connect } = await world();
    const wrong = await connect({ version: "2c", community: "wrong" }, { timeoutMs: 150 });
    await expect(wrong.status("node1")).rejects.toMatchObject({ code: "power.unreachable" });
    const nobody = await connect(v2, { timeoutMs: 150, host: "127.0.0.77" });
    await expect(nobody.status("node1")).rejects.toMatchObject({ code: "power.unreachable" });
  });

  test("an abort ends a wait at once", async () => {
    const { simulator } = await world();
    simulator.setFault({ mode: "ack-stays-on" });
    const stop = new AbortController();
    const snmp = await openSnmp({ host: "127.0.0.1", port: simulator.port, credentials: v2 });
    const chassis = new Chassis(snmp, { signal: stop.signal });
    open.push(chassis);
    setTimeout(() => stop.abort(), 100);
    const before = performance.now();
    await expect(switchOff(chassis, "node1")).rejects.toMatchObject({ code: "interrupted" });
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

function written(simulator: ChassisSimulator): readonly unknown[] {
  return simulator
    .requests()
    .filter(({ pdu }) => pdu === "SetRequest")
    .flatMap(({ varbinds }) => varbinds.map(({ value }) => value));
}
