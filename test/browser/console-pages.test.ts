/**
 * The pages of the web console beside those of VMs, in a browser; what it needs is as for console.test.ts:
 *
 *   make build && bun test ./test/browser/console-pages.test.ts
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { powerTestAttribute, reachTestAttribute } from "../../src/ops/fence-test-record.ts";
import { changeCib } from "../../src/pacemaker/change-cib.ts";
import { livePacemaker } from "../../src/pacemaker/live.ts";
import { allPages } from "./all-pages.ts";
import { axeFaults } from "./axe-faults.ts";
import { ConsolePage, lacksConsole, minute, until } from "./console-page.ts";

const browser = new ConsolePage();
const { api } = browser;
let page: Page;

describe.skipIf(lacksConsole)("the console's pages", () => {
  beforeAll(() => browser.start(), minute);
  afterAll(() => browser.stop(), minute);
  beforeEach(async () => {
    page = await browser.reset();
  }, 2 * minute);

  const lane = (node: string) => page.getByRole("region", { name: `Node ${node}` });

  test(
    "a VM that is dragged to another lane is moved, after a look at what follows",
    async () => {
      await browser.logIn("operator");
      const web1 = lane("node1").getByRole("link", { name: /web1/ });
      await web1.waitFor();
      await lane("node1").getByText("must stay so").waitFor();
      await web1.dragTo(lane("node2").locator(".haven-track"));
      const dialog = page.getByRole("dialog");
      await dialog.getByText("web1 migrates live from node1 to node2").waitFor();
      await dialog.getByRole("button", { name: "Cancel" }).click();
      expect(await page.locator(".haven-why").count()).toBe(0);
    },
    2 * minute,
  );

  test(
    "lanes that a VM cannot be dropped on say why, and open nothing",
    async () => {
      await changeCib({ pacemaker: livePacemaker({ cibFile: api.file.path }) }, (editor) =>
        editor.setNodeAttributes("node2", { standby: "on" }),
      );
      await browser.logIn("operator");
      const web1 = lane("node1").getByRole("link", { name: /web1/ });
      await web1.hover();
      await page.mouse.down();
      await lane("node2").locator(".haven-track").hover();
      await lane("node2").locator(".haven-track").hover();
      await lane("node2").getByText("node2 is standby, not online").waitFor();
      await lane("node1").getByText("web1 is on node1 already").waitFor();
      await browser.shot("drag-light-1280");
      await page.mouse.up();
      await until(async () => (await page.locator(".haven-why").count()) === 0);
      expect(await page.getByRole("dialog").count()).toBe(0);
    },
    2 * minute,
  );

  test(
    "a drag has ended also where its VM has gone meanwhile",
    async () => {
      await browser.logIn("operator");
      const web1 = lane("node1").getByRole("link", { name: /web1/ });
      await web1.hover();
      await page.mouse.down();
      await lane("node2").locator(".haven-track").hover();
      await lane("node2").locator(".haven-track").hover();
      await lane("node1").getByText("web1 is on node1 already").waitFor();
      api.file.runs({ web2: { node: 2 }, db1: { node: 3 } });
      api.tell();
      await web1.waitFor({ state: "detached" });
      await page.mouse.up();
      await page.mouse.move(5, 5);
      await until(async () => (await page.locator(".haven-why").count()) === 0);
    },
    2 * minute,
  );

  test(
    "a node is drained from its page, after a look at what follows",
    async () => {
      await browser.logIn("operator", "/nodes/node1");
      await page.getByRole("heading", { name: "node1", exact: true, level: 1 }).waitFor();
      await page.getByRole("link", { name: "web1" }).first().waitFor();
      await page.getByLabel("Health of node1").getByText("software").first().waitFor();
      await page.getByRole("button", { name: "Actions on node1" }).click();
      const power = page.getByRole("menuitem", { name: /Test by cutting its power/ });
      expect(await power.textContent()).toContain("Needs the role admin");
      await browser.shot("node-menu-light-1280");
      await page.getByRole("menuitem", { name: "Drain (standby)" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("web1 migrates live from node1").waitFor();
      await dialog.getByRole("button", { name: "Drain" }).click();
      await page.getByText("Done").waitFor();
      expect(api.file.read().node("node1")?.attributes.get("standby")).toBe("on");
    },
    2 * minute,
  );

  test(
    "that a node is off is confirmed by its name, and the refusal is shown",
    async () => {
      await page.route("**/v1/status", async (route) => {
        const response = await route.fetch();
        const status = (await response.json()) as object;
        const text = "SOMEBODY MUST ACT: the cluster waits for a person to switch node2 off and to say so";
        const problems = [{ severity: "error", code: "fencing.person", subject: "node2", text }];
        await route.fulfill({ response, json: { ...status, problems, healthy: false } });
      });
      await browser.logIn("admin", "/fencing");
      await page.getByRole("button", { name: "Confirm that node2 is off" }).click();
      const dialog = page.getByRole("dialog");
      const go = dialog.getByRole("button", { name: "Confirm that it is off" });
      expect(await go.isDisabled()).toBe(true);
      await dialog.getByLabel("Type node2 to go on").fill("node1");
      expect(await go.isDisabled()).toBe(true);
      await dialog.getByLabel("Type node2 to go on").fill("node2");
      await browser.shot("confirm-light-1280");
      await go.click();
      // It is a member of the cluster, as the file has it.
      await page.locator(".pf-v6-c-alert-group .pf-m-danger").waitFor();
      await browser.shot("confirm-refused-light-1280");
    },
    2 * minute,
  );

  test(
    "fencing shows devices, levels and the last tests",
    async () => {
      await api.job("admin", "POST", "/v1/fence/devices", {
        ...{
          kind: "ipmi",
          hosts: [{ node: "node1" }],
          values: { ip: "192.0.2.1", username: "haven" },
          yes: true,
        },
        secrets: { password: "secret" },
      });
      await changeCib({ pacemaker: livePacemaker({ cibFile: api.file.path }) }, (editor) =>
        editor.setNodeAttributes("node1", {
          [powerTestAttribute]: "2026-11-27T20:45:54Z ok off=3.4 whole=80.0 device=fence-node1 from=node2",
          [reachTestAttribute]: "2026-11-27T20:45:54Z fence-node1=node2,!node3",
        }),
      );
      await browser.logIn("admin", "/fencing");
      await page.getByText("off after 3.4 s, back after 80 s").waitFor();
      await page.getByText("but not node3").waitFor();
      await page.getByRole("button", { name: "fence-node1", exact: true }).click();
      await page.getByRole("grid", { name: "Parameters of fence-node1" }).getByText("192.0.2.1").waitFor();
      await browser.shot("fencing-details-light-1280");
    },
    2 * minute,
  );

  test(
    "a fence device is added, put into levels and removed, each after a look at what follows",
    async () => {
      await browser.logIn("admin", "/fencing");
      await page.getByRole("button", { name: "Add a device" }).click();
      await page.getByLabel("Kind").selectOption("ipmi");
      await page.locator("#parameter-username").waitFor();
      await page.locator("#host-node1").check();
      await page.locator("#parameter-ip").fill("192.0.2.1");
      await page.locator("#parameter-username").fill("haven");
      const secret = page.locator("#parameter-password");
      expect(await secret.getAttribute("type")).toBe("password");
      await secret.fill("hush hush");
      await browser.shot("fencing-add-light-1280");
      expect(await axeFaults(page)).toEqual([]);
      await page.getByRole("button", { name: "See what follows" }).click();
      const dialog = page.getByRole("dialog");
      await dialog
        .getByText(/fence-node1/)
        .first()
        .waitFor();
      await browser.shot("fencing-add-dialog-light-1280");
      await dialog.getByRole("button", { name: "Add" }).click();
      await page.getByRole("button", { name: "Set the levels of node1" }).click();
      expect(
        (await api.ask("viewer", "GET", "/v1/fence/devices/fence-node1")).body.parameters,
      ).toContainEqual(expect.objectContaining({ name: "ip", value: "192.0.2.1" }));
      expect(await page.content()).not.toContain("hush hush");
      await page.locator("#level-node1-fence-node1").selectOption("1");
      expect(await axeFaults(page)).toEqual([]);
      await browser.shot("fencing-levels-light-1280");
      await page.getByRole("button", { name: "See what follows" }).click();
      await dialog.getByText("node1: level 1 is fence-node1").waitFor();
      await dialog.getByRole("button", { name: "Set" }).click();
      await page.getByRole("button", { name: "Set the levels of node1" }).waitFor();
      expect((await api.ask("viewer", "GET", "/v1/fence")).body.nodes[0].levels).toEqual([
        { index: 1, devices: ["fence-node1"] },
      ]);
      await page.getByRole("button", { name: "Actions on fence-node1" }).click();
      await page.getByRole("menuitem", { name: "Remove" }).click();
      await dialog
        .getByText(/fence-node1/)
        .first()
        .waitFor();
      await browser.shot("fencing-remove-light-1280");
    },
    4 * minute,
  );

  test(
    "settings are changed after a look at what follows, and what is wrong is said",
    async () => {
      await browser.logIn("admin", "/settings");
      await page.getByRole("button", { name: "Edit zones" }).click();
      const text = page.getByLabel("zones, as YAML");
      await text.fill("lan:\n  bridge: 7");
      await page.getByRole("button", { name: "See what follows" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("not possible").waitFor();
      await browser.shot("settings-refused-light-1280");
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await text.fill("lan:\n  bridge: br0\n  description: For the office");
      await page.getByRole("button", { name: "See what follows" }).click();
      await dialog.getByText(/zones/).nth(1).waitFor();
      await browser.shot("settings-dialog-light-1280");
      await dialog.getByRole("button", { name: "Apply" }).click();
      await page.getByText("Done").waitFor();
      await page.getByText("description: For the office").waitFor();
      expect((await api.ask("viewer", "GET", "/v1/settings")).body.zones.lan.bridge).toBe("br0");
    },
    2 * minute,
  );

  test(
    "a token is told once, and taken away",
    async () => {
      await browser.logIn("admin", "/tokens");
      await page.getByLabel("Name").fill("grafana");
      await page.getByRole("button", { name: "Make a token" }).click();
      const told = await page.locator(".pf-v6-c-clipboard-copy input").inputValue();
      expect(told).toMatch(/^haven_/);
      await browser.shot("token-light-1280");
      expect(readFileSync(api.file.path, "utf8")).not.toContain(told);
      await page.getByRole("button", { name: "Take away grafana" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Take away" }).click();
      await until(async () => (await page.getByRole("button", { name: "Take away grafana" }).count()) === 0);
      expect((await api.ask("admin", "GET", "/v1/tokens")).body.tokens).not.toContainEqual(
        expect.objectContaining({ name: "grafana" }),
      );
    },
    2 * minute,
  );

  test(
    "what others have made is shown",
    async () => {
      await changeCib({ pacemaker: livePacemaker({ cibFile: api.file.path }) }, (editor) => {
        editor.setProperties({ "cluster-recheck-interval": "5min" });
      });
      await browser.logIn("viewer", "/raw");
      await page.getByText("There are none but Haven's.").first().waitFor();
      await page.getByRole("link", { name: "Settings", exact: true }).click();
      await page.getByText("cluster-recheck-interval").waitFor();
      expect(await page.getByRole("button", { name: "Edit mail" }).getAttribute("aria-disabled")).toBe(
        "true",
      );
      await page.getByRole("link", { name: "Tokens", exact: true }).click();
      await page.getByText("Needs the role admin; you are viewer").waitFor();
      expect(browser.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "no page has a serious fault for people who cannot see or use a mouse, and all fit",
    async () => {
      const faults: string[] = [];
      for (const { width, dark } of [
        { width: 1280, dark: false },
        { width: 1280, dark: true },
        { width: 390, dark: false },
      ]) {
        page = await browser.open({ width, dark });
        await browser.logIn("admin");
        for (const { name, path, shows } of allPages) {
          await browser.goTo(path);
          await page.getByText(shows).first().waitFor({ state: "attached" });
          await Bun.sleep(300);
          await browser.shot(`${name}-${dark ? "dark" : "light"}-${width}`);
          if (await browser.isTooWide()) faults.push(`${name} is wider than ${width}`);
          for (const fault of await axeFaults(page))
            faults.push(`${name}, ${dark ? "dark" : "light"}: ${fault}`);
        }
      }
      expect(faults).toEqual([]);
      expect(browser.realComplaints).toEqual([]);
    },
    6 * 2 * minute,
  );
});
