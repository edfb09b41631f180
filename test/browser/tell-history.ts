import type { Page } from "playwright-core";

const versions = [
  {
    ...{ id: "12", written: "2026-11-28T12:00:00.000Z", origin: "node1", user: "anna", kind: "changed" },
    ...{ current: true, changes: [{ field: "memory", from: 512, to: 1024 }], domain: [] },
  },
  { ...{ id: "7", kind: "first", current: false, changes: [], domain: [] } },
];
const difference = { name: "web1", state: "differs", changes: [], drift: [], pending: [] };

/** Has a page told of two versions of web1, and of what waits for its restart: a file that stands for a cluster has neither. */
export async function tellHistory(page: Page): Promise<void> {
  const answers: Readonly<Record<string, unknown>> = {
    versions: [{ name: "web1", versions }],
    "versions/7": { name: "web1", id: "7", definition: {}, yaml: "name: web1\nmemory: 512 MiB\n" },
    "diff?version=7": [{ ...difference, changes: [{ field: "memory", from: 1024, to: 512 }] }],
    diff: [{ ...difference, pending: ["memory: 512 MiB, now 1 GiB"] }],
  };
  for (const [path, json] of Object.entries(answers))
    await page.route(`**/v1/vms/web1/${path}`, (route) => route.fulfill({ json }));
}
