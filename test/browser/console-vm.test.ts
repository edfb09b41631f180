/**
 * The web console's pages of one VM, and of a new one, in a browser, as console.test.ts has the rest:
 *
 *   apt-get install chromium && make build && bun test ./test/browser/console-vm.test.ts
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { axeFaults } from "./axe-faults.ts";
import { ConsolePage, lacksConsole, minute, until } from "./console-page.ts";
import { tellHistory } from "./tell-history.ts";
import { type VncInput, vncGuest } from "./vnc-guest.ts";

const site = new ConsolePage();
let page: Page;

/** noVNC looks for `send` in a socket's own class; the one that answers here has it in the class above that. */
const flatSocket = `
  const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(WebSocket.prototype));
  Object.defineProperties(WebSocket.prototype, methods);
`;

describe.skipIf(lacksConsole)("the page of a VM", () => {
  beforeAll(() => site.start(), minute);

  afterAll(() => site.stop(), minute);

  beforeEach(async () => {
    page = await site.reset();
  }, 2 * minute);

  test(
    "a screen is drawn, takes keys and the mouse, and says why it ends",
    async () => {
      let guest: VncInput | undefined;
      let end: (() => Promise<void>) | undefined;
      await page.routeWebSocket(/\/v1\/vms\/web1\/vnc$/, (socket) => {
        end = () => socket.close({ code: 4002 });
        guest = vncGuest(socket);
      });
      await page.addInitScript(flatSocket);
      await site.logIn("operator", "/vms/web1");
      await page.getByRole("tab", { name: "Screen" }).click();
      await page.getByRole("button", { name: "Connect" }).click();
      const canvas = page.locator(".haven-vnc canvas");
      await until(() => page.evaluate<boolean>("document.querySelector('.haven-vnc canvas')?.width === 160"));
      await until(() =>
        page.evaluate<boolean>(
          "document.querySelector('.haven-vnc canvas').getContext('2d').getImageData(80, 50, 1, 1).data[1] === 160",
        ),
      );
      const box = await canvas.boundingBox();
      expect(box?.height).toBeGreaterThan(400);
      await canvas.click();
      await page.keyboard.press("a");
      await until(() => Promise.resolve(guest?.keys.includes(97) === true));
      const [x = 0, y = 0] = guest?.clicks[0] ?? [];
      expect([Math.abs(x - 80) < 3, Math.abs(y - 50) < 3]).toEqual([true, true]);
      await site.shot("screen-light-1280");
      await page.getByLabel("Scale to fit").uncheck();
      await until(async () => (await canvas.boundingBox())?.width === 160);
      await end?.();
      await page.getByText("The guest has moved or was started anew: connect again").waitFor();
      await page.getByLabel("Only look").check();
      await page.getByRole("button", { name: "Connect" }).click();
      await until(() => page.evaluate<boolean>("document.querySelector('.haven-vnc canvas')?.width === 160"));
      await canvas.click();
      await page.keyboard.press("b");
      await Bun.sleep(500);
      expect(guest?.keys).toEqual([]);
      expect(site.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "a specification is written in with completion and marks, and changed when what follows was seen",
    async () => {
      await site.logIn("admin", "/vms/web1");
      await page.getByRole("tab", { name: "Specification" }).click();
      const editor = page.getByRole("textbox", { name: "The specification of web1" });
      await editor.getByText("web1").first().waitFor();
      const follows = page.getByRole("button", { name: "See what follows" });
      expect(await follows.getAttribute("aria-disabled")).toBe("true");
      await editor.click();
      await page.keyboard.press("Control+Home");
      await page.keyboard.type("prio");
      await page.getByRole("option", { name: "priority" }).waitFor();
      await site.shot("specification-completion-light-1280");
      // For a moment it takes nothing, so that nobody takes what he has not seen.
      await Bun.sleep(300);
      await page.keyboard.press("Enter");
      await page.keyboard.type("lots\n");
      await page.locator(".cm-lint-marker-error").waitFor();
      await page.getByText("Something is wrong: see the marks in the text").waitFor();
      await page.keyboard.press("Control+Home");
      await page.keyboard.press("Shift+End");
      await page.keyboard.type("priority: 7");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Form" }).click();
      await until(async () => (await page.getByLabel("Priority").inputValue()) === "7");
      await page.getByLabel("Preferred nodes").fill("node2");
      await site.shot("specification-form-light-1280");
      await follows.click();
      const dialog = page.getByRole("dialog");
      await dialog
        .getByText(/priority/)
        .first()
        .waitFor();
      await site.shot("specification-effect-light-1280");
      await dialog.getByRole("button", { name: "Change" }).click();
      await page.getByText("Done").waitFor();
      site.api.tell();
      const { body } = await site.api.ask("viewer", "GET", "/v1/vms/web1");
      expect([body.spec.priority, body.spec.placement]).toEqual([7, { prefer: ["node2"] }]);
      await page.getByText("Nothing was changed").waitFor();
      expect(site.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "who was overtaken by somebody else is told so, and writes over nothing",
    async () => {
      // The file's configuration has no time at which it was changed last.
      let asked = 0;
      await page.route("**/v1/status", async (route) => {
        const response = await route.fetch();
        const status = (await response.json()) as { readonly cluster: object };
        const cluster = { ...status.cluster, lastChange: String(asked++) };
        await route.fulfill({ response, json: { ...status, cluster } });
      });
      await site.logIn("admin", "/vms/web1");
      await page.getByRole("tab", { name: "Specification" }).click();
      await page.getByRole("button", { name: "Form" }).click();
      await page.getByLabel("Description").fill("Mine");
      const spec = { name: "web1", memory: "1 GiB", description: "Theirs" };
      await site.api.job("admin", "PUT", "/v1/vms/web1", { spec, yes: true }, { "if-match": "*" });
      await page.getByRole("button", { name: "See what follows" }).click();
      await page.getByRole("dialog").getByText("not possible").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      site.api.tell();
      await page.getByLabel("Description").fill("Mine!");
      await page.getByText("web1 was changed meanwhile").waitFor();
      await page.getByRole("button", { name: "Read it anew" }).click();
      await until(async () => (await page.getByLabel("Description").inputValue()) === "Theirs");
    },
    2 * minute,
  );

  test(
    "differences, versions and the placement are shown, and a version is gone back to",
    async () => {
      await tellHistory(page);
      const asked: unknown[] = [];
      await page.route("**/v1/vms/web1/revert", async (route) => {
        asked.push(route.request().postDataJSON());
        const job = { id: "r1", what: ["vm", "revert", "web1"], by: "admin", state: "done" };
        await route.fulfill({
          status: 202,
          json: { ...job, result: { effect: ["web1 takes new settings"] } },
        });
      });
      await site.logIn("admin", "/vms/web1");
      await page.getByRole("tab", { name: "Placement" }).click();
      await page.getByText(/^web1 is running on node1/).waitFor();
      await site.shot("placement-light-1280");
      await page.getByRole("tab", { name: "Differences" }).click();
      await page.getByText("memory: 512 MiB, now 1 GiB").waitFor();
      await page.getByText("What is stored is what the specification gives.").waitFor();
      await site.shot("differences-light-1280");
      await page.getByRole("tab", { name: "Versions" }).click();
      await page.getByText("memory: 512 → 1024").waitFor();
      await site.shot("versions-light-1280");
      await page.getByRole("button", { name: "Show" }).last().click();
      await page.getByRole("dialog").getByText("memory: 1024 → 512").waitFor();
      await page.getByRole("dialog").getByText("memory: 512 MiB").waitFor();
      await site.shot("version-light-1280");
      await page.getByRole("button", { name: "Close" }).click();
      expect(await page.getByRole("button", { name: "Revert to 12" }).getAttribute("aria-disabled")).toBe(
        "true",
      );
      await page.getByRole("button", { name: "Revert to 7" }).click();
      await page.getByRole("dialog").getByText("web1 takes new settings").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Revert" }).click();
      await page.getByText("Done").waitFor();
      expect(asked).toEqual([
        { version: "7", dryRun: true, yes: true },
        { version: "7", yes: true },
      ]);
      expect(site.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "a new VM's disk and ISO image are chosen from what is there, and uploaded",
    async () => {
      const store = mkdtempSync(join(tmpdir(), "haven-console-store-"));
      for (const name of ["spare.qcow2", "debian.iso"]) writeFileSync(join(store, name), "x");
      const body = { settings: { storage: [store, `${store}/gone`] }, yes: true };
      await site.api.job("admin", "PUT", "/v1/settings", body, { "if-match": "*" });
      await site.logIn("admin", "/new-vm");
      const next = page.getByRole("button", { name: "Next" });
      await page.getByLabel("Name").first().fill("web3");
      await next.click();
      await next.click();
      await page.getByLabel("Disk", { exact: true }).selectOption("file");
      await page.locator("select#field-image").selectOption(`${store}/spare.qcow2`);
      await page.locator("select#field-installer-s-iso-image").selectOption(`${store}/debian.iso`);
      await page.getByText("gone could not be looked through: it is not there").waitFor();
      await page.getByRole("button", { name: "Upload an image from this computer" }).click();
      const upload = page.getByRole("button", { name: "Upload", exact: true });
      await page.getByText("Choose a file").waitFor();
      const buffer = Buffer.alloc(3_000_000, "haven ");
      const file = page.locator("#upload-file");
      await file.setInputFiles({ name: "wrong name.iso", mimeType: "application/octet-stream", buffer });
      await page.getByText("Its name: letters").waitFor();
      await file.setInputFiles({ name: "tools.iso", mimeType: "application/octet-stream", buffer });
      await site.shot("new-vm-disk-light-1280");
      expect(await axeFaults(page)).toEqual([]);
      await upload.click();
      await page.getByText(`${store}/tools.iso is there`).waitFor();
      expect(readFileSync(join(store, "tools.iso")).equals(buffer)).toBe(true);
      await page.locator("#field-installer-s-iso-image option:checked", { hasText: "tools.iso" }).waitFor({
        state: "attached",
      });
      // Nothing is written over.
      await upload.click();
      await page.getByText("it exists already").waitFor();
      await site.shot("new-vm-upload-light-1280");
      await next.click();
      await next.click();
      await next.click();
      const editor = page.getByRole("textbox", { name: "The specification of the new VM" });
      await editor.getByText(`${store}/tools.iso`).waitFor();
      await editor.getByText(`${store}/spare.qcow2`).waitFor();
      // And so they are where it is written on.
      await editor.click();
      await page.keyboard.press("Control+End");
      await page.keyboard.type("disks:\n  - iso: /");
      await page.keyboard.press("Control+Space");
      await page.locator(".cm-tooltip-autocomplete").getByText(`${store}/debian.iso`).waitFor();
      await page.keyboard.press("Escape");
      expect(site.realComplaints).toEqual([]);
      rmSync(store, { recursive: true });
    },
    4 * minute,
  );

  test(
    "a new VM is made step by step, after a look at its specification and at what follows",
    async () => {
      await site.logIn("admin", "/vms");
      await page.getByRole("button", { name: "New VM" }).click();
      const next = page.getByRole("button", { name: "Next" });
      await page.getByText("It needs a name").waitFor();
      expect(await next.isDisabled()).toBe(true);
      await page.getByLabel("Name").first().fill("web1");
      await page.getByText("There is a VM web1 already").waitFor();
      await page.getByLabel("Name").first().fill("web3");
      await page.getByLabel("Class").selectOption("linux");
      await site.shot("new-vm-name-light-1280");
      await next.click();
      await page.getByLabel("Memory").fill("512 MiB");
      await next.click();
      await page.getByLabel("Disk").selectOption("none");
      await next.click();
      await page.getByLabel("Network").selectOption("bridge");
      await page.getByLabel("Bridge").fill("br0");
      await next.click();
      await page.getByLabel("Preferred node").selectOption("node2");
      await next.click();
      const editor = page.getByRole("textbox", { name: "The specification of the new VM" });
      await editor.getByText("br0").waitFor();
      await editor.click();
      await page.keyboard.press("Control+End");
      await page.keyboard.type("description: The third");
      await site.shot("new-vm-specification-light-1280");
      await page.getByRole("button", { name: "See what follows" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("web3 starts on node2").waitFor();
      await site.shot("new-vm-effect-light-1280");
      await dialog.getByRole("button", { name: "Create" }).click();
      await page.getByText("Done").waitFor();
      site.api.tell();
      await page.getByRole("heading", { name: "web3", exact: true }).waitFor();
      const { body } = await site.api.ask("viewer", "GET", "/v1/vms/web3");
      expect(body.spec).toMatchObject({ description: "The third", placement: { prefer: ["node2"] } });
      expect(site.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "every tab of a VM fits, and has no serious fault for people who cannot see or use a mouse",
    async () => {
      const faults: string[] = [];
      for (const { width, dark } of [
        { width: 1280, dark: false },
        { width: 1280, dark: true },
        { width: 390, dark: true },
      ]) {
        page = await site.open({ width, dark });
        await site.logIn("admin", "/vms/web1");
        for (const tab of ["Console", "Screen", "Specification", "Form", "Placement", "Differences"]) {
          await page.getByRole(tab === "Form" ? "button" : "tab", { name: tab }).click();
          await until(
            async () => (await page.locator('[aria-label="Reading the cluster\'s state"]').count()) === 0,
          );
          await Bun.sleep(300);
          const name = `${tab.toLowerCase()}-${dark ? "dark" : "light"}-${width}`;
          await site.shot(`vm-${name}`);
          if (await site.isTooWide()) faults.push(`${name} is too wide`);
          for (const fault of await axeFaults(page)) faults.push(`${name}: ${fault}`);
        }
      }
      expect(faults).toEqual([]);
      expect(site.realComplaints).toEqual([]);
    },
    6 * minute,
  );
});
