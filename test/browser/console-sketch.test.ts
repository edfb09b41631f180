/**
 * What is drawn of the cluster while the console is still loaded, in a browser; what it needs is as for console.test.ts:
 *
 *   make build && bun test ./test/browser/console-sketch.test.ts
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { ConsolePage, lacksConsole, minute } from "./console-page.ts";

const browser = new ConsolePage();
let page: Page;

describe.skipIf(lacksConsole)("the first picture", () => {
  beforeAll(() => browser.start(), minute);
  afterAll(() => browser.stop(), minute);
  beforeEach(async () => {
    page = await browser.reset();
  }, 2 * minute);

  test(
    "the lanes are seen before the console is there, which takes their place",
    async () => {
      await browser.logIn("viewer", "/");
      let goOn = (): void => undefined;
      const held = new Promise<void>((done) => {
        goOn = done;
      });
      await page.route("**/index-*.js", async (route) => {
        await held;
        await route.continue();
      });
      // Not waited for: the page is loaded when its script is.
      const loaded = page.reload();
      const sketch = page.locator(".haven-sketch");
      await sketch.getByText("web1", { exact: true }).waitFor();
      expect(await sketch.getAttribute("aria-hidden")).toBe("true");
      expect(await page.getByRole("link").count()).toBe(0);
      await browser.shot("sketch-light-1280");
      goOn();
      await loaded;
      await page.getByRole("link", { name: /^web1, running/ }).waitFor();
      expect(await sketch.count()).toBe(0);
      expect(browser.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "nothing is drawn of the cluster where nobody is logged in",
    async () => {
      await page.goto(browser.api.url);
      await page.getByLabel("Password").waitFor();
      expect(await page.locator(".haven-sketch").count()).toBe(0);
    },
    2 * minute,
  );
});
