// What must be seen on the pages, and pictures of all of them for whoever wants to look.
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { fitsNarrowScreen, hostile, pictureFolder, watchPage } from "../../shared/browser.ts";

export type Look = (page: Page, url: string) => Promise<boolean>;

const paths = ["", "agents", "agents?status=dead", "leases", "elections", "tasks", "policies", "events"];

const textOf = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).first().textContent()) ?? "";

async function rowOf(page: Page, path: string, text: string): Promise<string> {
  await page.goto(path);
  return textOf(page, `tr[data-key]:has-text(${JSON.stringify(text)})`);
}

/** What must hold; each counts as one check. */
export const looks: Readonly<Record<string, Look>> = {
  "agents alive, leases active with claims": async (page, url) => {
    await page.goto(url);
    return (await textOf(page, "#agents-alive")) === "3" && (await textOf(page, "#leases-active")) === "3";
  },
  "every agent with status and age": async (page, url) =>
    /ALIVE\d+ (s|min)/.test(await rowOf(page, `${url}agents`, "scraper-1")),
  "dead agents with their cause": async (page, url) =>
    /DEAD deregistered/.test(await rowOf(page, `${url}agents?status=dead`, "short-lived")),
  "a lease with holder and time left": async (page, url) =>
    /scraper-1.*min/.test(await rowOf(page, `${url}leases`, "task:invoice-42")),
  "a group with leader and successors": async (page, url) =>
    /scraper-11.*analyst-1/.test(await rowOf(page, `${url}elections`, "orchestrator:pipeline-A")),
  "a task with state, attempts and error": async (page, url) =>
    /PENDING.*0 of/.test(await rowOf(page, `${url}tasks`, "parse")),
  "the last events": async (page, url) => (await rowOf(page, `${url}events`, "agent.died")) !== "",
  "charts with words for those who do not see them": async (page, url) => {
    await page.goto(url);
    return (await page.getByRole("img", { name: /last 5 minutes: now/ }).count()) === 6;
  },
  "hostile text is shown as text, on every page": async (page, url) => {
    let shown = 0;
    for (const path of paths) {
      await page.goto(url + path);
      if (
        (await page.locator("img, script:not([src^='/_/'])").count()) > 0 ||
        /broken in/.test(await page.title())
      ) {
        return false;
      }
      shown += await page.getByText(hostile).count();
    }
    return shown >= 6;
  },
  "nothing is asked of others, and no script complains": async (page, url) => {
    const problems = watchPage(page, url);
    for (const path of paths) {
      await page.goto(url + path);
      await page.locator("#live.good").waitFor();
    }
    if (problems().length > 0) {
      console.error(problems().join("; "));
    }
    return problems().length === 0;
  },
  "every page fits a narrow screen": async (page, url) => {
    for (const path of paths) {
      await page.goto(url + path);
      if (!(await fitsNarrowScreen(page))) {
        console.error(`too wide: ${path}`);
        return false;
      }
    }
    return true;
  },
  "every control has a name, every page a heading": async (page, url) => {
    for (const path of paths) {
      await page.goto(url + path);
      const nameless = await page.evaluate(
        `[...document.querySelectorAll("a, button, input:not([type=hidden])")].filter((each) =>
          !(each.textContent || each.getAttribute("aria-label") || each.labels?.length)).length`,
      );
      if (nameless !== 0 || (await page.getByRole("heading", { level: 1 }).count()) !== 1) {
        return false;
      }
    }
    return true;
  },
};

const screens = { desktop: { width: 1_280, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** Pictures of all pages, for the eye; nothing is checked. */
export async function takePictures(browser: Browser, url: string, size: string): Promise<void> {
  const folder = pictureFolder("page-agentkeeper");
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [screen, viewport] of Object.entries(screens)) {
      const page = await browser.newPage({ colorScheme, viewport });
      for (const path of paths) {
        await page.goto(url + path);
        await page.locator("#live.good").waitFor();
        const file = `${size}-${screen}-${colorScheme}-${path.replaceAll(/\W+/g, "-") || "overview"}.png`;
        await page.screenshot({ path: join(folder, file) });
      }
      await page.close();
    }
  }
}
