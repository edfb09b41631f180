/**
 * `make screenshots`: pictures of every page of the console and of what is opened on them, light and dark, on a phone, a laptop
 * and a large screen, into docs/screenshots. They are WebP, and small. `--to FOLDER` puts them elsewhere, `--only WORD` takes
 * those whose names contain the word.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { allPages, type PageToLookAt } from "../test/browser/all-pages.ts";
import { allStates } from "../test/browser/all-states.ts";
import { ConsolePage } from "../test/browser/console-page.ts";
import { tellHistory } from "../test/browser/tell-history.ts";

const { values: words } = parseArgs({
  options: { to: { type: "string", default: "docs/screenshots" }, only: { type: "string", default: "" } },
});
const folder = words.to;
const looks = [
  { width: 390, height: 844, dark: false },
  { width: 1280, height: 900, dark: false },
  { width: 1280, height: 900, dark: true },
  { width: 1920, height: 1080, dark: true },
] as const;

/** A node that only a person can say is off. */
const waitedFor = {
  ...{ severity: "error", code: "fencing.person", subject: "node2" },
  text: "SOMEBODY MUST ACT: the cluster waits for a person to switch node2 off and to say so",
  next: "Make sure that node2 is off and stays off, then: haven fence confirm node2",
};
let isWaitedFor = false;

const person: PageToLookAt = { name: "person", path: "/", shows: /SOMEBODY MUST ACT/ };

/** A cluster that is well: the file that stands for it has neither a coordinator nor votes. */
async function wellAgain(page: Page): Promise<void> {
  await page.route("**/v1/status", async (route) => {
    const response = await route.fetch({ timeout: 0 });
    // Before somebody has logged in there is none.
    if (!response.ok()) return await route.fulfill({ response });
    const status = (await response.json()) as { readonly cluster: object; readonly nodes: readonly object[] };
    const votes = { total: 3, expected: 3, needed: 2 };
    const cluster = { ...status.cluster, name: "haven", dc: "node1", version: "3.0.0", quorum: true, votes };
    const nodes = status.nodes.map((node, at) => ({ ...node, dc: at === 0 }));
    const links = ["node2", "node3"].map((node) => ({ link: 0, node, address: "10.0.0.1", up: true }));
    await route.fulfill({
      response,
      json: {
        ...{ ...status, cluster, nodes, links, healthy: !isWaitedFor },
        problems: isWaitedFor ? [waitedFor] : [],
      },
    });
  });
}

async function furnish({ api }: ConsolePage): Promise<void> {
  for (const node of ["node1", "node2", "node3"]) {
    const values = { ip: `192.0.2.1${node.at(-1)}`, username: "haven" };
    const body = { kind: "ipmi", hosts: [{ node }], values, secrets: { password: "secret" }, yes: true };
    await api.job("admin", "POST", "/v1/fence/devices", body);
  }
  const zones = { lan: { bridge: "br0", description: "Servers that are seen from outside" } };
  const settings = { zones, storage: ["/srv/vms"], defaults: { memory: "1 GiB" } };
  await api.job("admin", "PUT", "/v1/settings", { settings, yes: true }, { "if-match": "*" });
}

async function picture(page: Page, name: string): Promise<void> {
  const protocol = await page.context().newCDPSession(page);
  const { data } = await protocol.send("Page.captureScreenshot", { format: "webp", quality: 50 });
  writeFileSync(`${folder}/${name}.webp`, Buffer.from(data, "base64"));
  await protocol.detach();
}

if (words.only === "") rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const browser = new ConsolePage();
await browser.start();
try {
  await browser.reset();
  await furnish(browser);
  for (const { width, height, dark } of looks) {
    const page = await browser.open({ width, dark });
    await page.setViewportSize({ width, height });
    page.setDefaultTimeout(120_000);
    await wellAgain(page);
    await tellHistory(page);
    await browser.logIn("admin");
    const take = async ({ name, path, shows }: PageToLookAt, open?: (page: Page) => Promise<void>) => {
      if (!name.includes(words.only)) return;
      const file = `${name}-${dark ? "dark" : "light"}-${width}`;
      try {
        // What was chosen on the page before is chosen no more.
        await browser.goTo("/events");
        await browser.goTo(path);
        await open?.(page);
        await page.getByText(shows).first().waitFor({ state: "attached" });
        await Bun.sleep(500);
        await picture(page, file);
        if (await browser.isTooWide()) console.error(`${file} is wider than the screen`);
      } catch (error) {
        throw new Error(`${file} could not be taken`, { cause: error });
      }
      if (name === "stop") await page.keyboard.press("Escape");
    };
    for (const one of allPages) await take(one);
    for (const one of allStates) await take(one, one.open);
    isWaitedFor = true;
    browser.api.tell();
    await take(person);
    isWaitedFor = false;
  }
} finally {
  await browser.stop();
}
const files = readdirSync(folder);
const bytes = files.reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0);
console.log(`${files.length} pictures, ${(bytes / 1024).toFixed(0)} KiB, in ${folder}`);
