import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { domainState, errorCode, pausedReason } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import type { Environment } from "./environment.ts";
import { vmAdd } from "./vm-add.ts";
import { vmPower } from "./vm-power.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-vm-power-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

/** A libvirt with one domain in a state. */
function fakeLibvirt(
  state: number,
  options: { readonly reason?: number; readonly marked?: boolean; readonly gone?: boolean } = {},
) {
  const calls: string[] = [];
  const said = (call: string) => {
    calls.push(call);
    return Promise.resolve();
  };
  const error = (code: number): LibvirtError =>
    new LibvirtError({ code, domain: 10, level: 2, message: "no" });
  const libvirt = {
    domainLookupByUUID: (uuid: string) =>
      options.gone === true
        ? Promise.reject(error(errorCode.noDomain))
        : Promise.resolve({ name: "a", uuid, id: 1 }),
    domainGetState: () => Promise.resolve({ state, reason: options.reason ?? 0 }),
    domainGetMetadata: () =>
      options.marked === true ? Promise.resolve("<m/>") : Promise.reject(error(errorCode.noDomainMetadata)),
    domainReset: () => said("reset"),
    domainSuspend: () => said("suspend"),
    domainResume: () => said("resume"),
  };
  return { libvirt: libvirt as unknown as Libvirt, calls };
}

function environmentWith(libvirt: Libvirt, answer = true): ReturnType<typeof fileEnvironment> {
  const asked: string[] = [];
  const environment: Environment = { ...fileEnvironment(file.path, answer), isLive: true };
  const base = fileEnvironment(file.path, answer);
  return {
    ...environment,
    asked: base.asked,
    confirm: base.confirm,
    libvirt: (node = "here", driver = "qemu") => {
      asked.push(`${driver} ${node}`);
      return node === "node2" ? Promise.resolve(libvirt) : Promise.reject(new Error(`asked ${node}`));
    },
  };
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("guests of VMs", () => {
  beforeEach(async () => {
    file.reset();
    const text =
      "name: a\nmemory: 1G\n---\nname: b\nmemory: 1G\npolicies: {suspended: resume}\n---\nname: c\nmemory: 1G\npolicies: {suspended: fail}\n";
    await vmAdd(fileEnvironment(file.path), { texts: [{ file: "x", text }] });
    file.runs({ a: { node: 2 }, b: { node: 2 }, c: { node: 2 } });
  });

  test("reset is asked, and done where the VM runs", async () => {
    const { libvirt, calls } = fakeLibvirt(domainState.running);
    const environment = environmentWith(libvirt);
    expect(await vmPower(environment, { names: ["a"], what: "reset" })).toMatchObject({
      done: [{ name: "a", node: "node2" }],
    });
    expect(calls).toEqual(["reset"]);
    expect(environment.asked.map(({ question }) => question)).toEqual(["Reset a?"]);
    expect(
      await refusal(vmPower(environmentWith(libvirt, false), { names: ["a"], what: "reset" })),
    ).toStartWith("vm.declined");
    expect(calls).toEqual(["reset"]);
  });

  test("what the policy makes of a pause is said before", async () => {
    const { libvirt, calls } = fakeLibvirt(domainState.running);
    const environment = environmentWith(libvirt);
    expect((await vmPower(environment, { names: ["a"], what: "pause" })).notes).toEqual([]);
    expect(environment.asked).toEqual([]);
    await vmPower(environment, { names: ["b", "c"], what: "pause" });
    expect(environment.asked).toEqual([
      {
        question: "Pause b and c?",
        lines: [
          "b goes on by itself within 10 s: its policy says suspended: resume",
          "c is restarted within 10 s: its policy says suspended: fail",
        ],
      },
    ]);
    expect(calls).toEqual(["suspend", "suspend", "suspend"]);
  });

  test("a VM that is so already is left alone", async () => {
    const paused = fakeLibvirt(domainState.paused, { reason: pausedReason.user });
    expect(await vmPower(environmentWith(paused.libvirt), { names: ["a"], what: "pause" })).toMatchObject({
      unchanged: ["a"],
    });
    expect(await vmPower(environmentWith(paused.libvirt), { names: ["a"], what: "resume" })).toMatchObject({
      done: [{ name: "a", node: "node2" }],
    });
    expect(paused.calls).toEqual(["resume"]);
    const running = fakeLibvirt(domainState.running);
    expect(await vmPower(environmentWith(running.libvirt), { names: ["a"], what: "resume" })).toMatchObject({
      unchanged: ["a"],
    });
  });

  test("a copy that waits for the end of a migration is not let go on", async () => {
    for (const options of [
      { marked: true },
      { reason: pausedReason.migration },
      { reason: pausedReason.startingUp },
    ]) {
      const { libvirt, calls } = fakeLibvirt(domainState.paused, options);
      expect(await refusal(vmPower(environmentWith(libvirt), { names: ["a"], what: "resume" }))).toBe(
        "vm.refused: a waits for the end of a migration: let it end first",
      );
      expect(calls).toEqual([]);
    }
  });

  test("a VM that libvirt does not know, or that does not run", async () => {
    const { libvirt } = fakeLibvirt(domainState.running, { gone: true });
    expect(await refusal(vmPower(environmentWith(libvirt), { names: ["a"], what: "pause" }))).toBe(
      "vm.failed: a is not known to libvirt on node2",
    );
    file.runs({});
    expect(await refusal(vmPower(environmentWith(libvirt), { names: ["a"], what: "pause" }))).toBe(
      "vm.refused: a cannot be paused: it is stopped, not running",
    );
    expect(await refusal(vmPower(fileEnvironment(file.path), { names: ["a"], what: "pause" }))).toStartWith(
      "pacemaker.no-file-action",
    );
  });
});
