/**
 * Seeing ahead in the web console, in a browser; what it needs is as for console.test.ts:
 *
 *   make build && bun test ./test/browser/console-plan.test.ts
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { ConsolePage, lacksConsole, minute } from "./console-page.ts";

const browser = new ConsolePage();
let page: Page;

describe.skipIf(lacksConsole || Bun.which("crm_simulate") === null)("seeing ahead", () => {
  beforeAll(() => browser.start(), minute);
  afterAll(() => browser.stop(), minute);
  beforeEach(async () => {
    page = await browser.reset();
  }, 2 * minute);

  test(
    "the loss of each node, by sums and as the scheduler says",
    async () => {
      await browser.logIn("viewer", "/plan");
      await page.getByText(/losses would be survived/).waitFor();
      await page.getByRole("button", { name: "Ask the scheduler" }).click();
      await page.getByText(/losses would be survived/).waitFor();
      expect(await page.getByRole("button", { name: "Ask the scheduler" }).getAttribute("aria-pressed")).toBe(
        "true",
      );
      expect(await page.getByRole("grid", { name: "Losses" }).getByRole("row").count()).toBeGreaterThan(1);
      expect(browser.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "what follows when a node fails, and when it is drained; nothing is asked before one is chosen",
    async () => {
      await browser.logIn("viewer", "/plan");
      const fail = page.getByRole("button", { name: "If they failed now" });
      expect(await fail.getAttribute("aria-disabled")).toBe("true");
      await page.getByRole("checkbox", { name: "node1" }).check();
      await fail.click();
      await page.getByText("node1 would be fenced first.").waitFor();
      await page
        .getByText(/is started again on/)
        .first()
        .waitFor();
      await browser.shot("plan-fail-light-1280");
      await page.getByRole("button", { name: "If they were drained" }).click();
      await page.getByText(/in about/).waitFor();
      await page.getByRole("grid", { name: "Waves" }).getByText("migrates live").first().waitFor();
      await browser.shot("plan-drain-light-1280");
      expect(browser.realComplaints).toEqual([]);
    },
    2 * minute,
  );
});
