/**
 * `make screenshots`: a picture of every page of the console, light and dark, on a phone, a laptop and a large screen, into
 * docs/screenshots. They are WebP, and small.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { allPages } from "../test/browser/all-pages.ts";
import { ConsolePage } from "../test/browser/console-page.ts";

const folder = "docs/screenshots";
const sizes = [
  [390, 844],
  [1280, 900],
  [1920, 1080],
] as const;

/** A cluster that is well: the file that stands for it has neither a coordinator nor votes. */
async function wellAgain(page: Page): Promise<void> {
  await page.route("**/v1/status", async (route) => {
    const response = await route.fetch({ timeout: 0 });
    const status = (await response.json()) as { readonly cluster: object; readonly nodes: readonly object[] };
    const votes = { total: 3, expected: 3, needed: 2 };
    const cluster = { ...status.cluster, name: "haven", dc: "node1", version: "3.0.0", quorum: true, votes };
    const nodes = status.nodes.map((node, at) => ({ ...node, dc: at === 0 }));
    const links = ["node2", "node3"].map((node) => ({ link: 0, node, address: "10.0.0.1", up: true }));
    await route.fulfill({
      response,
      json: { ...status, cluster, nodes, links, healthy: true, problems: [] },
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
  const { data } = await protocol.send("Page.captureScreenshot", { format: "webp", quality: 60 });
  writeFileSync(`${folder}/${name}.webp`, Buffer.from(data, "base64"));
  await protocol.detach();
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const browser = new ConsolePage();
await browser.start();
try {
  await browser.reset();
  await furnish(browser);
  for (const [width, height] of sizes) {
    for (const dark of [false, true]) {
      const page = await browser.open({ width, dark });
      await page.setViewportSize({ width, height });
      page.setDefaultTimeout(120_000);
      await wellAgain(page);
      await browser.logIn("admin");
      for (const { name, path, shows } of allPages) {
        await browser.goTo(path);
        await page.getByText(shows).first().waitFor({ state: "attached" });
        await Bun.sleep(500);
        await picture(page, `${name}-${dark ? "dark" : "light"}-${width}`);
      }
    }
  }
} finally {
  await browser.stop();
}
const files = readdirSync(folder);
const bytes = files.reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0);
console.log(`${files.length} pictures, ${(bytes / 1024).toFixed(0)} KiB, in ${folder}`);
