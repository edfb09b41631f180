import { type Browser, chromium } from "playwright-core";

/** Debian's. */
export const chromiumPath = "/usr/bin/chromium";

/** A browser that asks nobody for anything by itself. @param more Words of its command line */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: chromiumPath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
      ...["--disable-background-networking", "--disable-component-update"],
      ...more,
    ],
  });
}
