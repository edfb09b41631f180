import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { faultDevice, heal } from "../../src/lab/faults.ts";
import { labChassis } from "../../src/lab/lab-chassis.ts";
import { chromiumPath, launchBrowser } from "../browser/launch-browser.ts";
import { addVm, imagePath, makeImage, removeVms } from "./harness/add-vm.ts";
import { clusterQuiet } from "./harness/cluster-quiet.ts";
import { expectOneWriter } from "./harness/expect-one-writer.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { addLabUsers, labPassword, removeLabUsers } from "./harness/lab-users.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "shown";
const users = { vera: "haven-viewer", otto: "haven-operator", ada: "haclient" } as const;
type User = keyof typeof users;

/** The web console in a browser, on the lab's own daemons. */
describeLab("the web console", () => {
  if (!existsSync(chromiumPath)) {
    test.skip("needs Debian's chromium: apt-get install chromium", () => undefined);
    return;
  }
  let lab: TestLab;
  let browser: Browser;
  /** Which daemon is asked: it is never the one that dies. */
  let node = "";
  let ada: Page;
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    await removeVms(lab, vm, "wizard");
    [node = ""] = lab.names;
    await addLabUsers(lab, node, users);
    // Its screen is a picture, and its serial console answers what is typed.
    await addVm(lab, { name: vm, memory: 128, spec: { graphics: "vnc", "memory-maximum": 192 } });
    browser = await launchBrowser();
    ada = await logIn("ada");
  }, 8 * minute);

  afterAll(async () => {
    await browser?.close();
    await heal(lab.lab.state());
    await lab.tryHaven(["fence", "remove", "fence-person", "--yes"]);
    await removeLabUsers(lab, node, users);
    await removeVms(lab, vm, "wizard");
    await clusterQuiet(lab);
  }, 5 * minute);

  const url = (path: string): string => `https://${lab.lab.find(node).address}:8470${path}`;

  async function logIn(user: User, path = "/"): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: "reduce" });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(minute);
    await waitFor("the page", minute, async () => (await page.goto(url(path)))?.ok());
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill(labPassword);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
    return page;
  }

  const lane = (page: Page, name: string) => page.getByRole("region", { name: `Node ${name}` });
  const block = (page: Page, name: string) =>
    page.getByRole("link", { name: new RegExp(`^${vm}\\b`) }).and(lane(page, name).getByRole("link"));
  const runs = (): Promise<string> => waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
  const other = async (): Promise<string> => {
    const at = await runs();
    return lab.names.find((name) => name !== at && name !== node) ?? at;
  };
  /** Agrees to what the dialog shows, and waits for its job. */
  async function agree(page: Page, button: string): Promise<void> {
    await page.getByRole("dialog").getByRole("button", { name: button }).click();
    const told = page.locator(".pf-v6-c-alert.pf-m-success", { hasText: `${button}: ` });
    await told.first().waitFor({ timeout: 2 * minute });
  }

  test(
    "what one browser does another one sees, without a reload",
    async () => {
      const otto = await logIn("otto");
      const at = await runs();
      await block(otto, at).waitFor();
      const to = await other();
      await block(ada, at).dragTo(lane(ada, to).locator(".haven-track"));
      await ada.getByRole("dialog").getByText(`${vm} migrates live from ${at} to ${to}`).waitFor();
      await agree(ada, "Move live");
      await block(otto, to).waitFor();
      expect(await runs()).toBe(to);
      expect(guestConsole(lab, vm).boots).toHaveLength(1);
    },
    4 * minute,
  );

  test(
    "its serial console is typed into, and its screen's picture changes",
    async () => {
      await ada.goto(url(`/vms/${vm}`));
      await ada.getByRole("tab", { name: "Console" }).click();
      await ada.getByRole("button", { name: "Connect" }).click();
      await ada.locator(".xterm-rows").getByText("haven-guest").first().waitFor();
      await ada.locator(".xterm").click();
      await ada.keyboard.type("from the page\r");
      await waitFor("the guest to hear", minute, async () =>
        [...guestConsole(lab, vm).texts.values()].some((text) => text.includes("heard from the page")),
      );
      await ada.getByRole("tab", { name: "Screen" }).click();
      await ada.getByRole("button", { name: "Connect" }).click();
      const picture = (): Promise<string> =>
        ada.evaluate<string>("document.querySelector('.haven-vnc canvas')?.toDataURL() ?? ''");
      const first = await waitFor("a picture", minute, async () => (await picture()) || undefined);
      // What a machine shows when it starts is another picture than what it showed.
      await lab.haven(["vm", "reset", vm, "--yes"]);
      await waitFor("another picture", minute, async () => (await picture()) !== first);
    },
    4 * minute,
  );

  test(
    "its memory is changed while it runs, and changed back",
    async () => {
      await ada.goto(url(`/vms/${vm}`));
      await ada.getByRole("tab", { name: "Specification" }).click();
      await ada.getByRole("button", { name: "Form" }).click();
      await ada.getByLabel("Memory", { exact: true }).fill("160 MiB");
      await ada.getByRole("button", { name: "See what follows" }).click();
      await ada
        .getByRole("dialog")
        .getByText(/memory: 128/)
        .first()
        .waitFor();
      await agree(ada, "Change");
      const memory = async (): Promise<number> => {
        const xml = await lab.run(await runs(), ["virsh", "--connect", "qemu:///system", "dumpxml", vm]);
        return Number(/<currentMemory[^>]*>(\d+)</.exec(xml)?.[1]) / 1024;
      };
      await waitFor("the guest to have it", minute, async () => (await memory()) === 160);
      await ada.getByRole("tab", { name: "Versions" }).click();
      await ada
        .getByRole("button", { name: /^Revert to/ })
        .last()
        .click();
      await agree(ada, "Revert");
      await waitFor("the guest to have given it back", minute, async () => (await memory()) === 128);
      expectOneWriter(lab, vm);
    },
    4 * minute,
  );

  test(
    "a VM is made with the wizard, and runs",
    async () => {
      makeImage(imagePath(lab, "wizard"), 16);
      await ada.goto(url("/new-vm"));
      await ada.getByLabel("Name", { exact: true }).fill("wizard");
      await ada.getByRole("button", { name: "Next" }).click();
      await ada.getByLabel("Memory", { exact: true }).fill("128 MiB");
      await ada.getByRole("button", { name: "Next" }).click();
      await ada.getByLabel("Disk").selectOption("file");
      await ada.getByLabel("Image", { exact: true }).fill("/srv/shared/images/wizard.img");
      await ada.getByRole("button", { name: "Next" }).click();
      await ada.getByRole("button", { name: "Next" }).click();
      await ada.getByRole("button", { name: "Next" }).click();
      const editor = ada.getByRole("textbox", { name: "The specification of the new VM" });
      await editor.getByText("wizard.img").waitFor();
      await editor.click();
      await ada.keyboard.press("Control+End");
      // The lab's nodes have no KVM.
      await ada.keyboard.type("hypervisor: qemu\n");
      await ada.keyboard.press("Escape");
      await ada.getByRole("button", { name: "See what follows" }).click();
      await ada
        .getByRole("dialog")
        .getByText(/wizard starts on/)
        .waitFor();
      await agree(ada, "Create");
      await waitFor("it to run", minute, () => lab.whereIs("wizard"));
    },
    4 * minute,
  );

  test(
    "what a role does not allow is there, disabled, with the reason",
    async () => {
      for (const user of ["vera", "otto"] as const) {
        const page = await logIn(user, `/vms/${vm}`);
        await page.getByRole("button", { name: /Actions/ }).click();
        const stop = page.getByRole("menuitem", { name: /^Stop/ }).first();
        await stop.waitFor();
        expect([user, (await stop.textContent())?.includes("Needs the role")]).toEqual([
          user,
          user === "vera",
        ]);
        await page.context().close();
      }
    },
    3 * minute,
  );

  test(
    "a node is drained from its page, and taken back",
    async () => {
      const at = await runs();
      await ada.goto(url(`/nodes/${at}`));
      await ada.getByRole("button", { name: `Actions on ${at}` }).click();
      await ada.getByRole("menuitem", { name: /^Drain/ }).click();
      await ada.getByRole("dialog").getByText(`${vm} migrates live`).waitFor();
      await agree(ada, "Drain (standby)");
      expect(await runs()).not.toBe(at);
      await ada.getByText("standby").first().waitFor();
      await ada.getByRole("button", { name: `Actions on ${at}` }).click();
      await ada.getByRole("menuitem", { name: /^Resume/ }).click();
      await agree(ada, "Resume (online)");
      await waitFor("the node to be back", minute, async () => {
        const found = (await lab.status()).nodes.find(({ name }) => name === at);
        return found?.standby === false;
      });
    },
    5 * minute,
  );

  test(
    "a connection that is lost is said, and found again",
    async () => {
      await ada.goto(url("/"));
      await lane(ada, node).waitFor();
      await lab.node(node).exec(["pkill", "-KILL", "-f", "^haven daemon"]);
      await ada
        .getByText(/This is how the cluster was at/)
        .first()
        .waitFor();
      await lab.run(node, ["systemctl", "start", "haven"]);
      // The session is the daemon's that has ended: who was logged in logs in again.
      await ada.getByLabel("User").waitFor();
      await ada.context().close();
      ada = await logIn("ada");
      await lane(ada, node).waitFor();
    },
    3 * minute,
  );

  test(
    "a node dies: the page shows the loss, its fencing, and where the VM is now",
    async () => {
      const at = await other();
      await lab.haven(["vm", "move", vm, "--to", at, "--yes"]);
      await ada.goto(url("/"));
      await block(ada, at).waitFor();
      const { boots } = guestConsole(lab, vm);
      await lab.lab.powerOff(at);
      await lane(ada, at)
        .getByText(/offline|unclean/)
        .first()
        .waitFor();
      await waitFor("the guest to boot", 3 * minute, () => guestConsole(lab, vm).boots.length > boots.length);
      const now = await runs();
      await block(ada, now).waitFor();
      await ada.getByRole("link", { name: "Events" }).click();
      await ada
        .getByText(new RegExp(`Fencing of ${at} .*succeeded`))
        .first()
        .waitFor();
      expectOneWriter(lab, vm);
      await clusterQuiet(lab, { keep: [vm, "wizard"] });
    },
    6 * minute,
  );

  test(
    "a node that only a person can shoot: the page says so above everything, and is told that it is off",
    async () => {
      const at = await other();
      await lab.haven(["vm", "move", vm, "--to", at, "--yes"]);
      await lab.haven(["fence", "add", "manual", "--for", at, "--yes"]);
      for (const { name } of labChassis(lab.lab.state())) {
        await faultDevice(lab.lab.state(), name, { mode: "silent" });
      }
      await ada.goto(url("/"));
      await lab.lab.powerOff(at);
      await ada
        .getByText(/SOMEBODY MUST ACT/)
        .first()
        .waitFor({ timeout: 4 * minute });
      const { boots } = guestConsole(lab, vm);
      await ada
        .getByRole("button", { name: `Confirm that ${at} is off` })
        .first()
        .click();
      await ada.getByLabel(`Type ${at} to go on`).fill(at);
      await ada.getByRole("dialog").getByRole("button", { name: "Confirm that it is off" }).click();
      await waitFor("the guest to boot", 4 * minute, () => guestConsole(lab, vm).boots.length > boots.length);
      expectOneWriter(lab, vm);
      await heal(lab.lab.state());
    },
    10 * minute,
  );
});
