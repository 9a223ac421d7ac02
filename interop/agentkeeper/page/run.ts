// The dashboard in a real browser: what a person on call sees, in light and dark, with hostile names in every field.
import { join } from "node:path";
import { AgentKeeperClient } from "@x/agentkeeper";
import { startLocalAgentKeeper } from "@x/agentkeeper/local";
import type { Browser, Page } from "playwright-core";
import {
  fitsNarrowScreen,
  hostile,
  openBrowser,
  pictureFolder,
  prepareBrowser,
  watchPage,
} from "../../shared/browser.ts";
import type { Counts } from "../../shared/suite.ts";

const pictures = pictureFolder("page-agentkeeper");

/** Fills a daemon with everything that the page shows. */
async function fill(client: AgentKeeperClient): Promise<void> {
  const card = { description: "", version: "1.0.0", ttlSeconds: 600 };
  const scraper = await client.register({ ...card, name: "scraper-1", tools: ["browser", "http_client"] });
  const analyst = await client.register({ ...card, name: "analyst-1", tools: ["sql_runner", "pdf_reader"] });
  const intruder = await client.register({ ...card, name: hostile, tools: [hostile] });
  await (await client.register({ ...card, name: "short-lived" })).deregister();
  await client.acquireLease("task:invoice-42", scraper.agentId, { ttlSeconds: 120 });
  await client.acquireLease(hostile, intruder.agentId, { ttlSeconds: 3_600 });
  for (const { agentId } of [scraper, analyst, intruder]) {
    await client.campaign("orchestrator:pipeline-A", agentId);
    await client.campaign(hostile, agentId);
  }
  await client.createTask({ type: hostile });
  await client.createTask({ type: "parse", requiredTools: ["nobody-has-this"] });
  await client.claimTask(analyst.agentId);
  await client.setPolicy({ id: hostile, subject: "*", action: "*", resource: "*", effect: "ALLOW" });
}

type Check = (page: Page, url: string) => Promise<boolean>;

/** What must hold on the page; each counts as one check. */
const checks: Readonly<Record<string, Check>> = {
  "agents alive": async (page) => (await page.locator("#agents-alive").textContent()) === "3",
  "leases active, claims included": async (page) =>
    (await page.locator("#leases-active").textContent()) === "3",
  "every agent with status and age": async (page) => {
    const row = page.locator("tr", { hasText: "scraper-1" }).first();
    return (
      (await row.textContent())?.includes("ALIVE") === true &&
      (await row.textContent())?.includes(" s") === true
    );
  },
  "a lease with holder and time left": async (page) => {
    const text = (await page.locator("section", { hasText: "Leases" }).last().textContent()) ?? "";
    return /task:invoice-42.*scraper-1.*min/s.test(text);
  },
  "a group with leader and term": async (page) => {
    const row = await page.locator("tr", { hasText: "orchestrator:pipeline-A" }).first().textContent();
    return row?.includes("scraper-1") === true;
  },
  "tasks by state": async (page) =>
    /pending\s*1.*claimed\s*1/s.test((await page.locator("main").textContent()) ?? ""),
  "the last events": async (page) => (await page.locator("tr", { hasText: "agent.died" }).count()) > 0,
  "hostile text is shown as text": async (page) =>
    (await page.locator("img, script").count()) === 0 &&
    (await page.title()) === "AgentKeeper" &&
    (await page.getByText(hostile, { exact: true }).count()) > 0,
  "fits a narrow screen": fitsNarrowScreen,
};

async function look(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<string[]> {
  const failures: string[] = [];
  const page = await browser.newPage({ colorScheme, viewport: { width: 1_280, height: 900 } });
  const problems = watchPage(page, url);
  await page.goto(url);
  await page.screenshot({ path: join(pictures, `${colorScheme}.png`), fullPage: true });
  for (const [title, check] of Object.entries(checks)) {
    if (!(await check(page, url).catch(() => false))) {
      failures.push(`${colorScheme}: ${title}`);
    }
  }
  if (problems().length > 0) {
    failures.push(`${colorScheme}: asks for nothing elsewhere (${problems().join("; ")})`);
  }
  await page.close();
  return failures;
}

export { prepareBrowser as prepare };

export async function run(): Promise<Counts> {
  await using server = await startLocalAgentKeeper();
  await using client = new AgentKeeperClient({ host: server.host, port: server.port });
  await fill(client);
  const url = server.dashboardUrl ?? "";
  const browser = await openBrowser();
  try {
    const failures = [...(await look(browser, url, "light")), ...(await look(browser, url, "dark"))];
    for (const failure of failures) {
      console.error(`agentkeeper/page: FAILED ${failure}`);
    }
    const total = 2 * (Object.keys(checks).length + 1);
    return { passed: total - failures.length, failed: failures.length };
  } finally {
    await browser.close();
  }
}
