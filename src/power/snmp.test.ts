import { afterEach, describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { closeAll, open, users, v2, world } from "../../test/support/chassis-world.ts";
import type { ChassisSimulator } from "../lab/chassis/types.ts";
import { chassisOids } from "./chassis-table.ts";
import { openSnmp } from "./snmp.ts";
import type { SnmpCredentials } from "./snmp-options.ts";

afterEach(closeAll);

/** Stands between client and device, and may change what the device says. */
async function between(
  simulator: ChassisSimulator,
  {
    change = (answer) => answer,
    samePort = true,
  }: { change?: (answer: Buffer) => Buffer; samePort?: boolean },
): Promise<number> {
  const [front, back] = [createSocket("udp4"), createSocket("udp4")];
  open.push({ close: () => front.close() }, { close: () => back.close() });
  front.bind(0, "127.0.0.1");
  await new Promise<void>((resolve) => front.once("listening", () => resolve()));
  let client = 0;
  front.on("message", (datagram, from) => {
    client = from.port;
    back.send(datagram, simulator.port, "127.0.0.1");
  });
  back.on("message", (datagram) => {
    (samePort ? front : back).send(change(datagram), client, "127.0.0.1");
  });
  return front.address().port;
}

describe("forged answers", () => {
  const auth: SnmpCredentials = {
    version: "3",
    user: "auth-sha",
    level: "authNoPriv",
    authProtocol: "SHA",
    authPassword: "authsecret",
  };

  async function ask(simulator: ChassisSimulator, port: number, credentials: SnmpCredentials) {
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(note);
    const snmp = await openSnmp({ host: "127.0.0.1", port, credentials, timeoutMs: 200, onNote });
    open.push(snmp);
    return { notes, answer: snmp.get([`${chassisOids.state}.1`]), requests: simulator.requests() };
  }

  test("from another address are not believed", async () => {
    const { simulator } = await world();
    const { answer, notes } = await ask(simulator, await between(simulator, { samePort: false }), v2);
    await expect(answer).rejects.toMatchObject({ code: "power.unreachable" });
    expect(notes[0]).toMatch(/^Dropped a datagram from 127\.0\.0\.1 port \d+$/);
  });

  /** "On" becomes "off": the state is the last byte of the message. */
  const turnOff = (datagram: Buffer): Buffer => {
    if (datagram.subarray(-3).equals(Buffer.from([2, 1, 1]))) datagram[datagram.length - 1] = 0;
    return datagram;
  };

  test("can be told from true ones under v3 only", async () => {
    const { simulator } = await world({ users });
    const port = await between(simulator, { change: turnOff });
    expect((await (await ask(simulator, port, v2)).answer)[0]?.value).toBe(0);
    const { answer, requests } = await ask(simulator, port, auth);
    await expect(answer).rejects.toMatchObject({ code: expect.stringMatching(/^power\.(denied|answer)$/) });
    expect(requests.length).toBeGreaterThan(0);
  });

  test("cannot leave their signature away", async () => {
    const { simulator } = await world({ users });
    const signed = Buffer.from([4, 1, 1, 2, 1, 3]);
    const port = await between(simulator, {
      change: (datagram) => {
        const at = datagram.indexOf(signed);
        if (at >= 0) datagram[at + 2] = 0;
        return turnOff(datagram);
      },
    });
    const { answer, notes } = await ask(simulator, port, auth);
    await expect(answer).rejects.toMatchObject({ code: "power.unreachable" });
    expect(notes).toContain("Dropped an answer without the agreed authentication or encryption");
  });
});
