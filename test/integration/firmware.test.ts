import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { guestReport, guestReports } from "./harness/guest-report.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

// UEFI's variables and a TPM's memory are where the VM is: each boot leaves its name in both, and says what it found.

const minute = 60_000;
/** MiB. With less the kernel finds no place to unpack itself beside the firmware. */
const memory = 384;

describeLab("firmware and TPM", () => {
  let lab: TestLab;
  const vm = "sealed";
  const state = ["nvram.fd", "tpm"].map((end) => `${vm}.${end}`);
  const removeState = (): void => {
    for (const name of [...state, "signed.nvram.fd"]) {
      rmSync(`${lab.lab.settings.dir}/shared/images/${name}`, { recursive: true, force: true });
    }
  };
  beforeAll(async () => {
    lab = await quietLab();
    await removeVms(lab, vm, "signed");
    removeState();
  }, 5 * minute);
  afterAll(async () => {
    await removeVms(lab, vm, "signed");
    removeState();
  }, 2 * minute);

  test(
    "what a guest leaves in UEFI's variables and in its TPM is there after a reset and its node's death",
    async () => {
      await addVm(lab, {
        name: vm,
        memory,
        words: ["haven.report=1"],
        wait: "started",
        spec: { firmware: "uefi", tpm: true },
      });
      const first = await guestReport(lab, vm);
      expect(first.get("firmware")).toBe("uefi");
      // A firmware that cannot verify has no such variable.
      expect(["", "0"]).toContain(first.get("uefi.SecureBoot"));
      expect(first.get("dmi.bios_vendor")).toMatch(/EDK II|Debian|Ubuntu/);
      expect(first.get("tpm.driver")).toBe("tpm_crb");
      for (const part of ["uefi", "tpm"]) {
        expect(first.get(`${part}.before`)).toBe("none");
        expect(first.get(`${part}.left`)).toBe(first.boot);
      }

      // Debian's swtpm cannot take over a TPM's memory on shared storage from another one that has it open.
      expect(await lab.tryHaven(["vm", "move", vm])).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("migration is not allowed"),
      });
      // It counts only after its report.
      await waitFor("the guest to count", 60_000, () => guestConsole(lab, vm).boots.length > 0);
      expect(guestConsole(lab, vm).boots).toEqual([first.boot]);
      await lab.haven(["vm", "reset", "--yes", vm]);
      const second = await guestReport(lab, vm, [first]);
      expect([second.get("uefi.before"), second.get("tpm.before")]).toEqual([first.boot, first.boot]);

      const node = (await lab.whereIs(vm)) ?? "";
      await lab.lab.powerOff(node);
      await waitFor(`${vm} to run elsewhere`, 2 * minute, async () => {
        const now = await lab.whereIs(vm);
        return now !== undefined && now !== node;
      });
      const third = await guestReport(lab, vm, [first, second]);
      expect([third.get("uefi.before"), third.get("tpm.before")]).toEqual([second.boot, second.boot]);
      expect(guestReports(lab, vm)).toHaveLength(3);
    },
    10 * minute,
  );

  test(
    "with Secure Boot the firmware knows Microsoft's keys, verifies, and the guest knows it",
    async () => {
      const add = async (more: object): Promise<void> => {
        await addVm(lab, {
          name: "signed",
          memory,
          words: ["haven.report=1"],
          wait: "started",
          spec: {
            firmware: { type: "uefi", "secure-boot": true, nvram: "/srv/shared/images/signed.nvram.fd" },
            // One that the shim has refused to start does not hear the power button.
            policies: { "graceful-stop": 5 },
            ...more,
          },
        });
      };
      const said = (): string => [...guestConsole(lab, "signed").texts.values()].join("");
      await add({});
      const report = await guestReport(lab, "signed");
      expect(report.get("uefi.SecureBoot")).toBe("1");
      expect(report.get("uefi.SetupMode")).toBe("0");
      // Debian's kernel is signed by Debian, whose key the firmware does not have. One that the host gives to it
      // directly is started all the same.
      expect(said()).toContain("Secure boot image verification failed");
      // Its variables on shared storage do not keep it from migrating.
      await lab.haven(["vm", "move", "signed"]);
      expect(guestConsole(lab, "signed").boots).toEqual([report.boot]);
      await removeVms(lab, "signed");
      // Debian's shim is signed by Microsoft: it runs, and refuses this kernel, since that does not say what it is
      // made of (SBAT).
      await add({ xml: { set: { "os/shim": "/usr/share/haven-lab/guest/shim.efi" } } });
      await waitFor("the shim to run", 3 * minute, () => said().includes("Security Violation"));
      expect(guestReports(lab, "signed")).toHaveLength(1);
    },
    8 * minute,
  );
});
