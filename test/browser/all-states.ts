import type { Page } from "playwright-core";
import type { PageToLookAt } from "./all-pages.ts";

/** What a page shows when something on it was chosen. */
export interface StateToLookAt extends PageToLookAt {
  /** Chooses it, on the page. */
  readonly open: (page: Page) => Promise<void>;
}

const tab =
  (name: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole("tab", { name }).click();
  };

const vmTab = (name: string, shows: RegExp): StateToLookAt => ({
  ...{ name: `vm-${name.toLowerCase()}`, path: "/vms/web1", shows, open: tab(name) },
});

/** Goes so many steps on in the wizard for a new VM. */
const step =
  (count: number) =>
  async (page: Page): Promise<void> => {
    await page.getByLabel("Name").first().fill("web3");
    for (let at = 0; at < count; at++) await page.getByRole("button", { name: "Next" }).click();
  };

/** What tabs, steps and buttons of the pages open, as `ConsolePage.reset` leaves the cluster, with a fence device. */
export const allStates: readonly StateToLookAt[] = [
  vmTab("Console", /Connect/),
  vmTab("Screen", /Connect/),
  vmTab("Events", /has started/),
  vmTab("Specification", /See what follows/),
  vmTab("Placement", /node2/),
  vmTab("Differences", /now 1 GiB/),
  vmTab("Versions", /anna/),
  { name: "new-vm-hardware", path: "/new-vm", shows: /or with a unit/, open: step(1) },
  {
    ...{ name: "new-vm-disk", path: "/new-vm", shows: /Called there/ },
    async open(page) {
      await step(2)(page);
      await page.getByRole("button", { name: "Upload an image from this computer" }).click();
    },
  },
  { name: "new-vm-network", path: "/new-vm", shows: /No network/, open: step(3) },
  { name: "new-vm-placement", path: "/new-vm", shows: /Preferred node/, open: step(4) },
  { name: "new-vm-specification", path: "/new-vm", shows: /Do not start it/, open: step(5) },
  {
    ...{ name: "fencing-add-ipmi", path: "/fencing/add", shows: /Servers/ },
    async open(page) {
      await page.getByLabel("Kind").selectOption("ipmi");
      await page.locator("#parameter-password").waitFor();
      await page.locator("#host-node1").check();
    },
  },
  {
    ...{ name: "fencing-levels", path: "/fencing", shows: /Level 1 is tried first/ },
    open: (page) => page.getByRole("button", { name: "Set the levels of node1" }).click(),
  },
  {
    ...{ name: "plan-drain", path: "/plan", shows: /in about/ },
    async open(page) {
      await page.getByRole("checkbox", { name: "node1" }).check();
      await page.getByRole("button", { name: "If they were drained" }).click();
    },
  },
  {
    ...{ name: "settings-edit", path: "/settings", shows: /zones, as YAML|See what follows/ },
    open: (page) => page.getByRole("button", { name: "Edit zones" }).click(),
  },
  {
    ...{ name: "stop", path: "/vms/web1", shows: /web1 stops on node1/ },
    async open(page) {
      await page.getByRole("button", { name: "Actions on web1" }).click();
      await page.getByRole("menuitem", { name: "Stop", exact: true }).click();
    },
  },
];
