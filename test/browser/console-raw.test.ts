/**
 * The raw configuration in the web console, in a browser; what it needs is as for console.test.ts:
 *
 *   make build && bun test ./test/browser/console-raw.test.ts
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { rawAdd } from "../../src/ops/raw-add.ts";
import { rawList } from "../../src/ops/raw-list.ts";
import { fileEnvironment } from "../support/file-environment.ts";
import { axeFaults } from "./axe-faults.ts";
import { ConsolePage, lacksConsole, minute, until } from "./console-page.ts";

const browser = new ConsolePage();
const { api } = browser;
let page: Page;

const some = `{type: primitive, id: address, agent: "ocf:pacemaker:Dummy"}
---
{type: primitive, id: proxy, agent: "ocf:pacemaker:Dummy"}
---
{type: group, id: front, members: [address]}
---
{type: location, id: near, resource: front, node: node2, score: 100}
---
{type: tag, id: site, objects: [front, proxy]}
`;

describe.skipIf(lacksConsole || Bun.which("crm_resource") === null)("the raw configuration", () => {
  beforeAll(() => browser.start(), minute);
  afterAll(() => browser.stop(), minute);
  beforeEach(async () => {
    page = await browser.reset();
    await rawAdd(fileEnvironment(api.file.path), { texts: [{ file: "some", text: some }] });
  }, 2 * minute);

  const menu = (id: string) => page.getByRole("button", { name: `Actions on ${id}` });
  const item = (name: RegExp) => page.getByRole("menuitem", { name });
  const dialog = () => page.getByRole("dialog");
  const raw = () => rawList(fileEnvironment(api.file.path));

  test(
    "resources are unmanaged and removed after a look at what follows, each by who may",
    async () => {
      await browser.logIn("operator", "/raw");
      await page.getByText("rsc=front node=node2 score=100").waitFor();
      await page.getByText("Needs the role admin; you are operator").first().waitFor();
      await menu("front").click();
      expect(await item(/Remove/).textContent()).toContain("Needs the role admin");
      expect(await axeFaults(page)).toEqual([]);
      await item(/Unmanage/).click();
      await dialog().getByRole("button", { name: "Unmanage" }).click();
      await page.getByText("Done").waitFor();
      api.tell();
      await page.getByText("unmanaged", { exact: true }).waitFor();
      await browser.shot("raw-light-1280");
      page = await browser.open();
      await browser.logIn("admin", "/raw");
      await menu("front").click();
      await item(/Remove/).click();
      await dialog().getByText("- primitive address (ocf:pacemaker:Dummy)").waitFor();
      await dialog().getByText("~ tag site: without front").waitFor();
      await browser.shot("raw-remove-light-1280");
      await dialog().getByRole("button", { name: "Remove" }).click();
      await until(async () => (await raw()).resources.length === 1);
      expect((await raw()).tags).toEqual([{ id: "site", objects: ["proxy"] }]);
      expect(browser.realComplaints).toEqual([]);
    },
    3 * minute,
  );

  const field = (name: string) => page.locator(`#field-${name}`);
  const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
  const begin = async (type: string, id: string) => {
    await field("type").selectOption(type);
    await field("id").fill(id);
    await next();
  };
  const add = async () => {
    await page.getByRole("button", { name: "See what follows" }).click();
    await dialog().getByRole("button", { name: "Add" }).click();
    await page.getByRole("heading", { name: "Raw configuration", exact: true, level: 1 }).waitFor();
  };

  test(
    "a resource is added with its agent's parameters, and a constraint with a rule",
    async () => {
      await browser.logIn("admin", "/new-raw");
      await begin("primitive", "shared-address");
      await field("resource-agent").fill("ocf:heartbeat:IPaddr2");
      await page.getByText("It needs ip").waitFor();
      expect(await page.getByRole("button", { name: "Next", exact: true }).isDisabled()).toBe(true);
      await field("ip").fill("192.0.2.7");
      await page.getByRole("button", { name: /Other parameters/ }).click();
      await field("cidr_netmask").fill("24");
      expect(await axeFaults(page)).toEqual([]);
      await browser.shot("new-raw-details-light-1280");
      await next();
      const text = page.getByLabel("The definition, as YAML");
      expect(await text.inputValue()).toContain("agent: ocf:heartbeat:IPaddr2\nparams:\n  ip: 192.0.2.7\n");
      await text.fill(`${await text.inputValue()}colour: red\n`);
      await page.getByRole("button", { name: "See what follows" }).click();
      await dialog()
        .getByText(/colour: expected one of/)
        .waitFor();
      await dialog().getByRole("button", { name: "Cancel" }).click();
      await text.fill((await text.inputValue()).replace("colour: red\n", ""));
      await page.getByRole("button", { name: "See what follows" }).click();
      await dialog()
        .getByText(/shared-address starts on node/)
        .waitFor();
      await browser.shot("new-raw-dialog-light-1280");
      await dialog().getByRole("button", { name: "Add" }).click();
      await page.getByRole("heading", { name: "Raw configuration", exact: true, level: 1 }).waitFor();
      await browser.goTo("/new-raw");
      await begin("location", "reach");
      await field("resource").selectOption("shared-address");
      await field("where").selectOption("rule");
      await field("rule").fill("not_defined pingd or pingd lt 1");
      await field("score").fill("-INFINITY");
      await next();
      await add();
      const { constraints } = await raw();
      expect(constraints.find(({ id }) => id === "reach")?.text).toContain("boolean-op=or");
      expect(browser.realComplaints).toEqual([]);
    },
    4 * minute,
  );

  test(
    "an order between sets is added; options are set by admins, and shown to all",
    async () => {
      await browser.logIn("admin", "/new-raw");
      await begin("order", "in-sets");
      await page.getByLabel("Between sets of resources, not between two").check();
      await field("set-1").selectOption("address");
      await field("set-2").selectOption("proxy");
      expect(await axeFaults(page)).toEqual([]);
      await next();
      await add();
      expect((await raw()).constraints.some(({ id }) => id === "in-sets")).toBe(true);
      await browser.goTo("/settings");
      await page.getByLabel("Show also what Pacemaker has as it is by itself").check();
      await page.getByRole("button", { name: "Edit batch-limit" }).click();
      await page.getByLabel("batch-limit, its value").fill("many");
      await page.getByRole("button", { name: "See what follows" }).click();
      await dialog()
        .getByText(/expected a whole number, found many/)
        .waitFor();
      await dialog().getByRole("button", { name: "Cancel" }).click();
      await page.getByLabel("batch-limit, its value").fill("7");
      expect(await axeFaults(page)).toEqual([]);
      await browser.shot("options-light-1280");
      await page.getByRole("button", { name: "See what follows" }).click();
      await dialog().getByText("+ batch-limit = 7").waitFor();
      await dialog().getByRole("button", { name: "Set" }).click();
      await until(() => Promise.resolve(api.file.read().property("batch-limit") === "7"));
      page = await browser.open({ width: 390 });
      await browser.logIn("viewer", "/settings");
      await page.getByText("batch-limit").waitFor();
      const edit = page.getByRole("button", { name: "Edit batch-limit" });
      expect(await edit.getAttribute("aria-disabled")).toBe("true");
      expect(await browser.isTooWide()).toBe(false);
      expect(browser.realComplaints).toEqual([]);
    },
    4 * minute,
  );
});
