// What somebody does on the pages while the daemon works.
import type { AgentKeeperClient } from "@x/agentkeeper";
import type { Page } from "playwright-core";

export type Check = (page: Page, url: string, client: AgentKeeperClient) => Promise<boolean>;

const card = { description: "", version: "1.0.0", ttlSeconds: 600 };
const rows = (page: Page) => page.locator("tbody tr[data-key]");

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator("#live.good").waitFor();
}

/** The texts of a list of elements, once there are as many. */
async function namesOf(page: Page): Promise<string[]> {
  return await page.locator("tbody td:first-child").allInnerTexts();
}

/** What is marked, as the browser has it. */
const selection = (page: Page): Promise<unknown> => page.evaluate("window.getSelection().toString()");

async function select(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().selectText();
}

export const deeds: Readonly<Record<"nothing" | "little" | "much", Readonly<Record<string, Check>>>> = {
  nothing: {
    "an empty page says how to begin, and fills by itself": async (page, url, client) => {
      await open(page, `${url}agents`);
      await page.getByText("No agent has registered yet").waitFor();
      await page.getByText("new AgentKeeperClient(").waitFor();
      await client.register({ ...card, name: "first" });
      await rows(page).getByText("first").waitFor();
      return (await rows(page).count()) === 1;
    },
  },

  little: {
    "what happens appears while a text stays marked and the page stays where it was scrolled to": async (
      page,
      url,
      client,
    ) => {
      await page.setViewportSize({ width: 1_280, height: 300 });
      await open(page, `${url}agents?status=all`);
      await select(page, "tr[data-key]:has-text('analyst-1') code");
      const marked = await selection(page);
      await page.evaluate("window.scrollTo(0, 60)");
      await client.register({ ...card, name: "newcomer" });
      await rows(page).getByText("newcomer").waitFor();
      return (
        marked !== "" && (await selection(page)) === marked && (await page.evaluate("window.scrollY")) === 60
      );
    },
    "what is typed survives updates": async (page, url, client) => {
      await open(page, `${url}policies`);
      const field = (label: string) => page.getByRole("textbox", { name: label, exact: true });
      await field("May").pressSequentially("agent:x");
      await client.setPolicy({ id: "later", subject: "a", action: "b", resource: "c", effect: "DENY" });
      await rows(page).getByText("later").waitFor();
      const typed = await field("May").inputValue();
      const focused = await page.evaluate("document.activeElement.name");
      await field("do").fill("read");
      await field("on").fill("db");
      await page.getByRole("status").filter({ hasText: "allowed by" }).waitFor();
      return typed === "agent:x" && focused === "subject" && page.url().includes("subject=agent%3Ax");
    },
    "a row that is focused keeps the focus when its list changes around it": async (page, url, client) => {
      await open(page, `${url}agents?sort=name`);
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      const focused = (): Promise<unknown> => page.evaluate("document.activeElement.dataset.key");
      const before = await focused();
      await client.register({ ...card, name: "0-comes-first" });
      await rows(page).getByText("0-comes-first").waitFor();
      return before !== undefined && (await focused()) === before;
    },
    "the focus goes to the next row when its row goes": async (page, url, client) => {
      const leaver = await client.register({ ...card, name: "1-leaves" });
      await open(page, `${url}agents?sort=name&q=-`);
      await page.locator(`tr[data-key="${leaver.agentId}"]`).focus();
      await leaver.deregister();
      await page.locator(`tr[data-key="${leaver.agentId}"]`).waitFor({ state: "detached" });
      return (await page.evaluate("document.activeElement.matches('tbody tr')")) === true;
    },
    "a search narrows the list while it is typed, stands in the address, and goes back": async (
      page,
      url,
    ) => {
      await open(page, `${url}agents`);
      await page.keyboard.press("/");
      await page.keyboard.type("scraper");
      await page.waitForURL(/q=scraper/);
      await rows(page).nth(1).waitFor({ state: "detached" });
      const found = await namesOf(page);
      await page.keyboard.press("Escape");
      await rows(page).nth(1).waitFor();
      return found.join() === "scraper-1" && !page.url().includes("q=");
    },
    "tabs change the list and the address without loading the page anew": async (page, url) => {
      await open(page, `${url}agents`);
      await page.evaluate("window.stillHere = true");
      await page.getByRole("link", { name: /^Dead/ }).click();
      await rows(page).getByText("short-lived").waitFor();
      const there = page.url().endsWith("?status=dead");
      await page.goBack();
      await rows(page).getByText("scraper-1").waitFor();
      return there && (await page.evaluate("window.stillHere")) === true;
    },
    "by keyboard to an agent and back": async (page, url) => {
      await open(page, `${url}agents?sort=name&q=scraper`);
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "scraper-1" }).waitFor();
      const there = /\/agents\/[\w-]+$/.test(page.url());
      await page.keyboard.press("Escape");
      await page.waitForURL(/\/agents$/);
      return there;
    },
    "events stand still while they are paused, and go on": async (page, url, client) => {
      await open(page, `${url}events`);
      await page.keyboard.press("p");
      await page.getByText(/^paused at/).waitFor();
      const before = await namesOf(page);
      await client.setPolicy({ id: "unseen", subject: "a", action: "b", resource: "c", effect: "DENY" });
      // Another page that is live has it, so this one could have it too.
      const other = await page.context().newPage();
      await open(other, `${url}events`);
      await rows(other).getByText("unseen").waitFor();
      await other.close();
      const after = await namesOf(page);
      await page.getByRole("button", { name: "Go on" }).click();
      await rows(page).getByText("unseen").waitFor();
      return before.join() === after.join();
    },
    "whoever wants no motion sees none": async (page, url) => {
      const animation = (): Promise<unknown> =>
        page.evaluate("getComputedStyle(document.getElementById('live'), '::before').animationName");
      await open(page, url);
      const moving = await animation();
      await page.emulateMedia({ reducedMotion: "reduce" });
      return moving !== "none" && (await animation()) === "none";
    },
  },

  much: {
    "3,000 agents are read in pages of fifty": async (page, url) => {
      await open(page, `${url}agents`);
      await page.getByText("1 to 50 of 3,000 agents").waitFor();
      const first = await namesOf(page);
      await page.getByRole("link", { name: "Next ›" }).click();
      await page.getByText("51 to 100 of 3,000 agents").waitFor();
      const second = await namesOf(page);
      return first.length === 50 && second.length === 50 && !second.some((each) => first.includes(each));
    },
    "one of 3,000 is found by typing its name": async (page, url) => {
      await open(page, `${url}agents`);
      await page.getByRole("searchbox").fill("agent-2718");
      await page.getByText("1 agent", { exact: true }).waitFor();
      return (await namesOf(page)).join() === "agent-2718";
    },
    "many changes at once do not flood the page": async (page, url, client) => {
      await open(page, `${url}leases?sort=-token`);
      await page.evaluate(`window.changes = 0;
        new MutationObserver(() => { window.changes += 1; }).observe(document.getElementById("leases"), { subtree: true, childList: true, characterData: true })`);
      const agent = await client.register({ ...card, name: "busy" });
      const startedAt = performance.now();
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            client.acquireLease(`burst-${round}-${index}`, agent.agentId),
          ),
        );
      }
      await rows(page).getByText("burst-19-99").waitFor();
      const seconds = (performance.now() - startedAt) / 1_000;
      const changes = Number(await page.evaluate("window.changes"));
      return changes > 0 && changes <= seconds + 2;
    },
  },
};
