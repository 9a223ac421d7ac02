// The pages of a daemon in a real browser: what a person on call sees and does, at nothing, little and much, on a desk and
// on a telephone, in light and dark, with hostile names in every field, while the daemon works, stops and comes back.
import { AgentKeeperClient } from "@x/agentkeeper";
import { startLocalAgentKeeper } from "@x/agentkeeper/local";
import type { Browser, Page } from "playwright-core";
import { openBrowser, prepareBrowser } from "../../shared/browser.ts";
import type { Counts } from "../../shared/suite.ts";
import { type Check, deeds } from "./deeds.ts";
import { fill, fillWith } from "./fill.ts";
import { looks, takePictures } from "./looks.ts";
import { outlives } from "./outage.ts";

export { prepareBrowser as prepare };

interface Tally {
  passed: number;
  failed: number;
}

async function inPage(browser: Browser, check: (page: Page) => Promise<boolean>): Promise<boolean> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  try {
    return await check(await context.newPage());
  } finally {
    await context.close();
  }
}

async function count(title: string, check: () => Promise<boolean>, counts: Tally): Promise<void> {
  const passed = await check().catch((error: unknown) => {
    console.error(error);
    return false;
  });
  if (passed) {
    counts.passed += 1;
  } else {
    counts.failed += 1;
    console.error(`agentkeeper/page: FAILED ${title}`);
  }
}

/** Runs with a daemon of its own; with PICTURES set, all its pages are taken down for the eye. */
async function withDaemon(
  browser: Browser,
  size: string,
  prepare: (client: AgentKeeperClient) => Promise<void>,
  use: (url: string, client: AgentKeeperClient) => Promise<void>,
): Promise<void> {
  await using server = await startLocalAgentKeeper();
  await using client = new AgentKeeperClient({ host: server.host, port: server.port });
  const url = server.dashboardUrl ?? "";
  await prepare(client);
  if (process.env.PICTURES !== undefined) {
    await takePictures(browser, url, size);
  }
  await use(url, client);
}

export async function run(): Promise<Counts> {
  const counts: Tally = { passed: 0, failed: 0 };
  const browser = await openBrowser();
  const doAll = (all: Readonly<Record<string, Check>>, url: string, client: AgentKeeperClient) =>
    Object.entries(all).reduce(
      (before, [title, check]) =>
        before.then(() => count(title, () => inPage(browser, (page) => check(page, url, client)), counts)),
      Promise.resolve(),
    );
  try {
    await withDaemon(
      browser,
      "0",
      async () => {},
      async (url, client) => {
        await doAll(deeds.nothing, url, client);
      },
    );
    await withDaemon(browser, "3", fill, async (url, client) => {
      await doAll({ ...looks, ...deeds.little }, url, client);
    });
    await withDaemon(
      browser,
      "3000",
      (client) => fillWith(client, 3_000),
      async (url, client) => {
        await doAll(deeds.much, url, client);
      },
    );
    await count("a daemon that is killed and comes back", () => outlives(browser), counts);
    return counts;
  } finally {
    await browser.close();
  }
}
