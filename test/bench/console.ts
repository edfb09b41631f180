import type { Browser, CDPSession, Page } from "playwright-core";
import { launchBrowser } from "../browser/launch-browser.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { ConsoleServer } from "./console-server.ts";
import { absoluteRow, type BenchRow } from "./row.ts";

/** The console in a browser, with 24 nodes and 400 VMs: how soon it shows them, and what many changes cost. */
export const consoleBench: Bench = {
  name: "console",
  async run(context) {
    const server = new ConsoleServer();
    await server.start();
    const browser = await launchBrowser();
    try {
      return [...(await paints(server, browser, context)), ...(await storm(server, browser, context))];
    } finally {
      await browser.close();
      await server.stop();
    }
  },
};

const title = "24 nodes × 400 VMs";

/** Notes when the first VM is drawn, and every task that has kept the page from answering. */
const watching = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
  globalThis.useful = new Promise((done) => {
    const look = () => {
      if (document.querySelector(".haven-block") === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => done(performance.now()));
    };
    requestAnimationFrame(look);
  });`;

async function open(server: ConsoleServer, browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.addInitScript(watching);
  await page.goto(server.url);
  await page.evaluate("globalThis.useful");
  return page;
}

/** Nothing is cached: each page is of a browser context of its own. */
async function paints(
  server: ConsoleServer,
  browser: Browser,
  { runs, progress }: BenchContext,
): Promise<readonly BenchRow[]> {
  const haven: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const page = await open(server, browser);
    const at = await page.evaluate<number>("useful");
    await page.close();
    progress(`painted after ${at.toFixed(0)} ms`);
    if (run > 0) haven.push(at);
  }
  return [
    absoluteRow({ name: `console: first VMs on the screen, ${title}`, unit: "ms", haven, atMost: 1000 }),
  ];
}

const perSecond = 60;
const seconds = 60;

/** A minute of changes, as when a chassis is drained; every third second it is seen how soon one is on the screen. */
async function storm(
  server: ConsoleServer,
  browser: Browser,
  { progress }: BenchContext,
): Promise<readonly BenchRow[]> {
  const page = await open(server, browser);
  const protocol = await page.context().newCDPSession(page);
  await changeFor(server, 5);
  const before = await heapOf(protocol);
  await page.evaluate("longTasks.length = 0");
  const shown: number[] = [];
  const changing = changeFor(server, seconds);
  for (let at = 0; at < seconds / 3; at++) {
    await Bun.sleep(2500);
    shown.push(await untilShown(server, page, at));
  }
  await changing;
  const tasks = await page.evaluate<readonly number[]>("longTasks");
  const after = await heapOf(protocol);
  progress(`${tasks.length} tasks over 50 ms, the longest ${Math.max(0, ...tasks).toFixed(0)} ms`);
  progress(`heap ${before.toFixed(1)} MiB before, ${after.toFixed(1)} MiB after`);
  await page.close();
  const what = `${perSecond} changes a second`;
  return [
    absoluteRow({
      name: `console: change to the screen, ${what}, ${title}`,
      unit: "ms",
      haven: shown,
      atMost: 500,
    }),
    absoluteRow({
      ...{ name: `console: longest task in a minute, ${what}`, unit: "ms", atMost: 100 },
      haven: [Math.max(0, ...tasks)],
    }),
    absoluteRow({
      ...{ name: `console: memory more after a minute, ${what}`, unit: "MiB", atMost: 3 },
      haven: [Math.max(0, after - before)],
    }),
  ];
}

/** VMs that are none of those that are looked for on the screen. */
async function changeFor(server: ConsoleServer, length: number): Promise<void> {
  const begun = performance.now();
  const states = ["running", "migrating", "stopping", "starting"] as const;
  for (let count = 0; count < length * perSecond; count++) {
    server.change(1 + (count % (server.names.length - 1)), { state: states[count % 4] ?? "running" });
    const wait = begun + ((count + 1) * 1000) / perSecond - performance.now();
    if (wait > 0) await Bun.sleep(wait);
  }
}

/** Milliseconds from a change of the first VM until it is on the screen. */
async function untilShown(server: ConsoleServer, page: Page, at: number): Promise<number> {
  const memory = 300 + at;
  const look = `new Promise((done) => {
    const look = () => {
      const found = document.querySelector('[aria-label^="${server.names[0]}, "][aria-label$=" ${memory} MiB"]');
      if (found === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => done(Date.now()));
    };
    look();
  })`;
  const seen = page.evaluate<number>(look);
  // It is looked for before it is changed.
  await page.evaluate("0");
  const changedAt = Date.now();
  server.change(0, { memory });
  return (await seen) - changedAt;
}

/** MiB, of what is still used. */
async function heapOf(protocol: CDPSession): Promise<number> {
  await protocol.send("HeapProfiler.collectGarbage");
  const { usedSize } = await protocol.send("Runtime.getHeapUsage");
  return usedSize / 2 ** 20;
}
