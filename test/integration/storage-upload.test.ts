import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser } from "../browser/launch-browser.ts";
import { imagePath } from "./harness/add-vm.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { addLabUsers, labPassword, removeLabUsers } from "./harness/lab-users.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const users = { ada: "haclient" } as const;
/** The images of the lab's VMs are below it: what they need cannot be taken out of the settings. */
const store = "/srv/shared";
const names = ["tools.iso", "large.raw", "haven-lab-upload.raw", "cut.raw"];

/** Images that are put into the shared storage, by the command and in a browser. */
describeLab("uploads into the storage", () => {
  let lab: TestLab;
  let node = "";
  let folder = "";
  let before = "";

  beforeAll(async () => {
    lab = await quietLab();
    for (const name of lab.names) await lab.run(name, ["systemctl", "restart", "haven"]);
    [node = ""] = lab.names;
    // The same folder, as this machine sees it.
    folder = dirname(dirname(imagePath(lab, "x")));
    clear();
    before = await lab.haven(["settings", "show"], { on: node });
    await apply(`storage: [${store}]\n`);
    await addLabUsers(lab, node, users);
  }, 8 * minute);

  afterAll(async () => {
    await removeLabUsers(lab, node, users);
    await apply(before);
    clear();
  }, 3 * minute);

  const here = (): readonly string[] =>
    readdirSync(folder).filter((one) => names.some((name) => one.includes(name)));

  function clear(): void {
    for (const name of here()) rmSync(`${folder}/${name}`, { recursive: true });
  }

  async function apply(yaml: string): Promise<void> {
    await lab.haven(["settings", "apply", "--yes", "-"], { on: node, input: yaml });
  }

  test(
    "a file of a node is uploaded, listed on another one, and not written over",
    async () => {
      await lab.run(node, ["dd", "if=/dev/urandom", "of=/root/tools.iso", "bs=1M", "count=8", "status=none"]);
      const words = ["storage", "upload", "/root/tools.iso", "--to", store];
      const done = JSON.parse(await lab.haven([...words, "--json"], { on: node }));
      const [digest] = (await lab.run(node, ["sha256sum", "/root/tools.iso"])).split(" ");
      expect(done).toMatchObject({ path: `${store}/tools.iso`, sha256: digest });
      const [, second = node] = lab.names;
      const { locations } = JSON.parse(await lab.haven(["storage", "list", "--json"], { on: second }));
      expect(locations[0].files).toContainEqual(
        expect.objectContaining({ path: `${store}/tools.iso`, kind: "iso", vms: [] }),
      );
      const again = await lab.tryHaven(words, { on: node });
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("it exists already")]);
      expect(await lab.haven(["audit", "--since", "10m"], { on: node })).toContain("haven storage upload");
    },
    4 * minute,
  );

  test(
    "an upload whose command is killed leaves nothing under its name",
    async () => {
      await lab.run(node, ["sh", "-c", "truncate -s 2G /root/large.raw"]);
      const command = `timeout -s INT 1 haven storage upload /root/large.raw --to ${store}; true`;
      await lab.run(node, ["sh", "-c", command]);
      expect(here()).toEqual(["tools.iso"]);
      await lab.run(node, ["rm", "-f", "/root/large.raw"]);
    },
    3 * minute,
  );

  test.skipIf(!existsSync(chromiumPath))(
    "a browser uploads an image, and what it does not send to the end is not kept",
    async () => {
      const browser = await launchBrowser();
      try {
        const page = await diskStep(browser);
        const local = "/tmp/haven-lab-upload.raw";
        writeFileSync(local, Buffer.alloc(64 * 1024 * 1024, "haven "));
        await page.locator("#upload-file").setInputFiles(local);
        await page.getByRole("button", { name: "Upload", exact: true }).click();
        await page.getByText(`${store}/haven-lab-upload.raw is there`).waitFor();
        expect(readFileSync(`${folder}/haven-lab-upload.raw`).equals(readFileSync(local))).toBe(true);
        expect(statSync(`${folder}/haven-lab-upload.raw`).mode & 0o777).toBe(0o600);
        await page.getByLabel("Called there").fill("cut.raw");
        await page.getByRole("button", { name: "Upload", exact: true }).click();
        await page.getByText("are written").waitFor();
        await page.close();
        await waitFor("nothing to be left", minute, () =>
          Promise.resolve(here().every((name) => !name.includes("cut")) || undefined),
        );
        rmSync(local);
      } finally {
        await browser.close();
      }
    },
    6 * minute,
  );

  async function diskStep(browser: Browser): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(minute);
    const url = `https://${lab.lab.find(node).address}:8470/new-vm`;
    await waitFor("the page", minute, async () => (await page.goto(url))?.ok());
    await page.getByLabel("User").fill("ada");
    await page.getByLabel("Password").fill(labPassword);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByLabel("Name").first().fill("uploaded");
    for (let step = 0; step < 2; step++) await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("button", { name: "Upload an image from this computer" }).click();
    return page;
  }
});
