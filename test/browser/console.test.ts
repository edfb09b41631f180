/**
 * The web console in a browser, on the real API over a CIB in a file. It needs Debian's chromium and the built console:
 *
 *   apt-get install chromium && make build && bun test ./test/browser/console.test.ts
 *
 * HAVEN_SHOTS=FOLDER leaves pictures of the pages there.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import type { Role } from "../../src/contract/role.ts";
import { ApiOnFile, filePassword } from "../support/api-on-file.ts";
import { ConsolePage, lacksConsole, minute, until } from "./console-page.ts";

const site = new ConsolePage();
const { api } = site;
let page: Page;

const logIn = (role: Role, path?: string): Promise<void> => site.logIn(role, path);
const shot = (name: string): Promise<void> => site.shot(name);

describe.skipIf(lacksConsole)("the console", () => {
  beforeAll(() => site.start(), minute);

  afterAll(() => site.stop(), minute);

  beforeEach(async () => {
    page = await site.reset();
  }, 2 * minute);

  test(
    "who is wrong is told so, who is right sees the cluster",
    async () => {
      await page.goto(api.url);
      await page.getByLabel("User").fill("operator");
      await page.getByLabel("Password").fill("wrong");
      await shot("login-light-1280");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByText("user or password").waitFor();
      await page.getByLabel("Password").fill(filePassword);
      await page.keyboard.press("Enter");
      await page.getByRole("region", { name: "Node node1" }).getByRole("link", { name: /web1/ }).waitFor();
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByLabel("Password").waitFor();
      await page.reload();
      await page.getByLabel("Password").waitFor();
      // A refused login is told by its status, too.
      expect(site.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "a stop shows what would follow, and happens when that is agreed to",
    async () => {
      await logIn("operator", "/vms");
      await page.getByRole("button", { name: "Actions on web1" }).click();
      await page.getByRole("menuitem", { name: "Stop", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("web1 stops on node1").waitFor();
      await shot("stop-light-1280");
      expect(api.file.read().byId("vm-web1")).toBeDefined();
      expect(await (await api.ask("viewer", "GET", "/v1/vms/web1")).body.wanted).toBe("running");
      await dialog.getByRole("button", { name: "Stop" }).click();
      await page.getByText("Done").waitFor();
      expect((await api.ask("viewer", "GET", "/v1/vms/web1")).body.wanted).toBe("stopped");
    },
    2 * minute,
  );

  test(
    "several are stopped at once, after one look at what follows",
    async () => {
      await logIn("operator", "/vms");
      await page.getByRole("checkbox", { name: "Select web1" }).check();
      await page.getByRole("checkbox", { name: "Select web2" }).check();
      await page.getByRole("button", { name: "Actions on the selected VMs" }).click();
      await page.getByRole("menuitem", { name: "Stop" }).click();
      const dialog = page.getByRole("dialog");
      for (const line of ["web1 stops on node1", "web2 stops on node2"])
        await dialog.getByText(line).waitFor();
      await dialog.getByRole("button", { name: "Stop" }).click();
      for (const name of ["web1", "web2"])
        await page.getByRole("heading", { name: `Stop: ${name}` }).waitFor();
      // What went well is not said for long.
      for (const name of ["web1", "web2"])
        await until(
          async () => (await api.ask("viewer", "GET", `/v1/vms/${name}`)).body.wanted === "stopped",
        );
    },
    2 * minute,
  );

  test(
    "a viewer sees every action, disabled, with the reason",
    async () => {
      await logIn("viewer", "/vms/db1");
      await page.getByRole("heading", { name: "db1" }).waitFor();
      await page.getByRole("button", { name: "Actions on db1" }).click();
      const item = page.getByRole("menuitem", { name: /^Stop/ });
      expect(await item.getAttribute("aria-disabled")).toBe("true");
      expect(await item.textContent()).toContain("Needs the role operator; you are viewer");
      await shot("viewer-light-1280");
      await item.click({ force: true });
      expect(await page.getByRole("dialog").count()).toBe(0);
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "Console" }).click();
      await page.getByText("Needs the role operator; you are viewer").waitFor();
    },
    2 * minute,
  );

  test(
    "what is changed elsewhere appears without reload",
    async () => {
      await logIn("viewer");
      await page.getByRole("region", { name: "Node node1" }).getByRole("link", { name: /web1/ }).waitFor();
      api.file.runs({ web1: { node: 2 }, web2: { node: 2 }, db1: { node: 3 } });
      api.tell();
      await page.getByRole("region", { name: "Node node2" }).getByRole("link", { name: /web1/ }).waitFor();
      expect(site.realComplaints).toEqual([]);
    },
    2 * minute,
  );

  test(
    "a console that is not opened says why, and breaks nothing",
    async () => {
      await logIn("operator", "/vms/web1");
      await page.getByRole("tab", { name: "Console" }).click();
      await page.getByRole("button", { name: "Connect" }).click();
      await page.locator(".haven-terminal .xterm-screen").waitFor();
      // The terminal's own styles are refused as what they are, and taken in as sheets of the page.
      await until(() => page.evaluate<boolean>("document.adoptedStyleSheets.length > 0"));
      await page.getByRole("button", { name: "Connect" }).waitFor();
      await shot("console-light-1280");
    },
    2 * minute,
  );

  test(
    "a console shows what the guest prints and the daemon says, and sends what is typed",
    async () => {
      const typed: string[] = [];
      let end: (() => Promise<void>) | undefined;
      await page.routeWebSocket(/\/v1\/vms\/web1\/console$/, (socket) => {
        end = () => socket.close({ code: 4000 });
        socket.onMessage((message) => typed.push(message.toString()));
        socket.send(Buffer.from("Debian GNU/Linux web1 ttyS0\r\n\r\nweb1 login: "));
        socket.send(JSON.stringify({ say: "web1 is on node2 now: connected again" }));
      });
      await logIn("operator", "/vms/web1");
      await page.getByRole("tab", { name: "Console" }).click();
      await page.getByRole("button", { name: "Connect" }).click();
      const rows = page.locator(".haven-terminal .xterm-rows");
      await rows.getByText("web1 login:").waitFor();
      await rows.getByText("web1 is on node2 now: connected again").waitFor();
      await shot("terminal-light-1280");
      await page.keyboard.type("root");
      await until(() => Promise.resolve(typed.join("") === "root"));
      await end?.();
      await page.getByText("The VM is stopped").waitFor();
      expect(await page.locator(".haven-terminal").count()).toBe(1);
    },
    2 * minute,
  );

  test(
    "what is shown is said to be old when the node answers no more",
    async () => {
      const other = new ApiOnFile();
      await other.start();
      await page.goto(other.url);
      await page.getByLabel("User").fill("viewer");
      await page.getByLabel("Password").fill(filePassword);
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("region", { name: "Node node1" }).waitFor();
      await other.stop();
      await page.getByText("This is how the cluster was at").waitFor();
      await page.getByText("Not current").waitFor();
      await shot("stale-light-1280");
    },
    2 * minute,
  );

  test(
    "a person who is waited for is called on every page",
    async () => {
      await page.route("**/v1/status", async (route) => {
        const response = await route.fetch();
        const status: unknown = await response.json();
        const text = "SOMEBODY MUST ACT: the cluster waits for a person to switch node2 off and to say so";
        const problem = { severity: "error", code: "fencing.person", subject: "node2", text };
        const problems = [
          { ...problem, next: "Make sure that node2 is off and stays off, then: haven fence confirm node2" },
        ];
        await route.fulfill({ response, json: Object.assign({}, status, { problems, healthy: false }) });
      });
      await logIn("admin", "/events");
      await page.getByRole("heading", { name: /SOMEBODY MUST ACT/ }).waitFor();
      await page.getByText("haven fence confirm node2").waitFor();
      await shot("person-light-1280");
    },
    2 * minute,
  );

  test(
    "400 VMs are searched and sorted without delay",
    async () => {
      await page.route("**/v1/vms", async (route) => {
        const response = await route.fetch();
        const [vm] = (await response.json()) as readonly object[];
        const vms = Array.from({ length: 400 }, (_, at) => ({
          ...vm,
          ...{ name: `vm${at}`, resource: `vm-vm${at}`, state: "running", wanted: "running", memory: 32 },
          ...{ nodes: [`node${(at % 3) + 1}`], labels: [`group${at % 7}`] },
        }));
        await route.fulfill({ response, json: vms });
      });
      await logIn("operator", "/vms");
      await page.getByText("of 400").first().waitFor();
      const begun = performance.now();
      await page.getByLabel("Search by name, node or label").fill("vm39 node1");
      await page.getByRole("link", { name: "vm399" }).waitFor();
      expect(performance.now() - begun).toBeLessThan(5000);
      await page.getByLabel("Search by name, node or label").fill("");
      await page.getByRole("button", { name: "Name" }).click();
      await page.getByRole("link", { name: "vm399" }).waitFor();
      await shot("vms-400-light-1280");
      await page.getByRole("link", { name: "Cluster", exact: true }).click();
      await page.getByRole("region", { name: "Node node3" }).waitFor();
      await shot("cluster-400-light-1280");
    },
    2 * minute,
  );

  test(
    "pages fit, light and dark, on a phone and on a screen",
    async () => {
      const pages = [
        ["cluster", "/", /web1/],
        ["vms", "/vms", /web1/],
        ["vm", "/vms/web1", /web1/],
        ["nodes", "/nodes", /node1/],
        ["events", "/events", /has started/],
      ] as const;
      for (const width of [1280, 390]) {
        for (const dark of [false, true]) {
          page = await site.open({ width, dark });
          await logIn("admin");
          for (const [name, path, text] of pages) {
            // As a link does it, without loading the console anew.
            await site.goTo(path);
            await page.getByText(text).first().waitFor({ state: "attached" });
            await page.getByRole("heading", { level: 1 }).waitFor();
            await Bun.sleep(300);
            await shot(`${name}-${dark ? "dark" : "light"}-${width}`);
            expect([name, width, await site.isTooWide()]).toEqual([name, width, false]);
          }
        }
      }
      expect(site.realComplaints).toEqual([]);
    },
    3 * 2 * minute,
  );
});
