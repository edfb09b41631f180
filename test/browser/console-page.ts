import { existsSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Role } from "../../src/contract/role.ts";
import { vmAdd } from "../../src/ops/vm-add.ts";
import { ApiOnFile, filePassword } from "../support/api-on-file.ts";
import { fileEnvironment } from "../support/file-environment.ts";
import { chromiumPath, launchBrowser } from "./launch-browser.ts";

const shots = process.env.HAVEN_SHOTS;

/** Debian's chromium, Pacemaker's tools or the built console are not there. */
export const lacksConsole =
  !existsSync(chromiumPath) ||
  Bun.which("crm_simulate") === null ||
  !existsSync("dist/console/index.html.gz");

export const minute = 60_000;

const specifications = [
  "name: web1\nmemory: 1024\nlabels: [shop]",
  "name: web2\nmemory: 512\nlabels: [shop]",
  "name: db1\nmemory: 2048",
  "name: spare\nmemory: 256",
];

/** The console in a browser, on the real API over a CIB in a file with three nodes and four VMs. */
export class ConsolePage {
  readonly api = new ApiOnFile();
  /** What the browser complains about. */
  readonly complaints: string[] = [];
  #browser: Browser | undefined;
  #context: BrowserContext | undefined;
  #page: Page | undefined;

  async start(): Promise<void> {
    await this.api.start();
    this.#browser = await launchBrowser();
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.api.stop();
  }

  /** The cluster as it is at first, and an empty page of a browser that nobody has logged in with. */
  async reset(): Promise<Page> {
    const { api, complaints } = this;
    await api.reset();
    const texts = [{ file: "vms", text: specifications.join("\n---\n") }];
    await vmAdd(fileEnvironment(api.file.path), { texts });
    api.file.runs({ web1: { node: 1 }, web2: { node: 2 }, db1: { node: 3 } });
    api.events.splice(0, api.events.length, {
      ...{ id: 1, key: "a", time: 1_790_000_000_000, node: "node1", kind: "vm.started", vm: "web1" },
      ...{ text: "web1 has started", severity: "info", from: ["node1"] },
    });
    complaints.length = 0;
    return await this.open();
  }

  async open(options: { readonly width?: number; readonly dark?: boolean } = {}): Promise<Page> {
    const { width = 1280, dark = false } = options;
    const { api, complaints } = this;
    await this.#context?.close();
    if (this.#browser === undefined) throw new Error("The browser was not started");
    this.#context = await this.#browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width, height: 800 },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
    });
    const page = await this.#context.newPage();
    this.#page = page;
    page.setDefaultTimeout(40_000);
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(api.url))
        complaints.push(`asked ${request.url()}`);
    });
    return page;
  }

  async logIn(role: Role, path = "/"): Promise<void> {
    const page = this.#open;
    await page.goto(`${this.api.url}${path}`);
    await page.getByLabel("User").fill(role);
    await page.getByLabel("Password").fill(filePassword);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
  }

  /** Goes to another page as a link does, without loading the console anew. */
  async goTo(path: string): Promise<void> {
    await this.#open.evaluate(
      `history.pushState(null, "", "${path}"); dispatchEvent(new PopStateEvent("popstate"))`,
    );
  }

  /** Leaves a picture in the folder of HAVEN_SHOTS. */
  async shot(name: string): Promise<void> {
    if (shots !== undefined) await this.#open.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  }

  /** What the browser complains about, but that nobody was logged in at first. */
  get realComplaints(): readonly string[] {
    return this.complaints.filter((text) => !text.includes("401"));
  }

  /** Whether something reaches beyond the page's right edge. */
  async isTooWide(): Promise<boolean> {
    return await this.#open.evaluate<boolean>(
      "document.documentElement.scrollWidth > document.documentElement.clientWidth",
    );
  }

  get #open(): Page {
    if (this.#page === undefined) throw new Error("No page is open");
    return this.#page;
  }
}

export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await Bun.sleep(100);
  }
  throw new Error("It did not become so");
}
