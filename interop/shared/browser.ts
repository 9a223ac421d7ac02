// Pages in a real browser: Debian's Chromium, watched for whatever it asks of others and whatever goes wrong in it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { workFolder } from "./suite.ts";

const chromiumPath = "/usr/bin/chromium";

/** Without these, the browser asks its maker for this and that, and is refused. */
const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Text that breaks in wherever it is taken for markup. */
export const hostile = `<img src=x onerror="document.title='broken in'"><script>document.title='broken in'</script>`;

/** Installs Chromium where it is missing. */
export function prepareBrowser(): void {
  if (!existsSync(chromiumPath)) {
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit" });
    execFileSync("apt-get", ["install", "-y", "-qq", "chromium"], { stdio: "inherit" });
  }
}

/** Starts Chromium, which is installed where it is missing. */
export async function openBrowser(): Promise<Browser> {
  prepareBrowser();
  return await chromium.launch({ executablePath: chromiumPath, args: browserFlags });
}

/** Where a suite's pictures go: an ignored folder. */
export function pictureFolder(name: string): string {
  const folder = workFolder(name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Notes what a page asks of other hosts, and what its console and its scripts complain about. */
export function watchPage(page: Page, url: string): () => readonly string[] {
  const problems: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) {
      problems.push(`asks for ${request.url()}`);
    }
  });
  // A browser asks for an icon by itself; that is all that may be missing.
  page.on("console", (message) => {
    if (!/favicon|404/.test(message.text())) {
      problems.push(message.text());
    }
  });
  page.on("pageerror", (error) => problems.push(error.message));
  return () => problems;
}

/** Whether a page fits the width of a telephone. */
export async function fitsNarrowScreen(page: Page): Promise<boolean> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth");
  if (before !== null) {
    await page.setViewportSize(before);
  }
  return overflow === false;
}
