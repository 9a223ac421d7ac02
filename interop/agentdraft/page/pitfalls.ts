// Where an owner could be led astray: by a key, by a list that is too long, by a way that is lost on signing in.
import { AgentDraft, type Approval } from "@x/agentdraft";
import { type LocalAgentDraft, startLocalAgentDraft } from "@x/agentdraft/local";
import type { Browser, Page } from "playwright-core";

const email = "owner@example.com";

interface Stage extends AsyncDisposable {
  readonly server: LocalAgentDraft;
  readonly page: Page;
  readonly client: AgentDraft;
  /** The newest sign-in link of a server that does not show it. */
  readonly link: () => string;
}

async function stage(browser: Browser, options: { dev: boolean; width: number }): Promise<Stage> {
  let newest = "";
  const note = (entry: unknown): void => {
    if (typeof entry === "object" && entry !== null && "signIn" in entry) {
      newest = String(entry.signIn);
    }
  };
  const log = { error: note, warn: note, info: note, debug: note };
  const server = await startLocalAgentDraft({
    port: 0,
    metricsAddr: "off",
    dev: options.dev,
    log,
    arbitrationMs: 0,
  });
  const { apiKey } = await (await server.owner(email)).createAgent({ name: "assistant" });
  const client = new AgentDraft({ apiKey, baseUrl: server.url });
  const context = await browser.newContext({ viewport: { width: options.width, height: 844 } });
  return {
    server,
    page: await context.newPage(),
    client,
    link: () => newest,
    async [Symbol.asyncDispose]() {
      await context.close();
      await client.close();
      await server.close();
    },
  };
}

/** Signs in on the page that is open, with the keyboard. */
async function signIn({ page, link }: Stage): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.keyboard.press("Enter");
  const shown = page.locator("output a");
  await page.locator("output.good").waitFor();
  if ((await shown.count()) > 0) {
    await shown.click();
  } else {
    await page.goto(link());
  }
  await page.locator("nav").first().waitFor();
  await page.waitForLoadState();
}

const hashOf = (url: string): string => new URL(url).hash;

/** Whether the beginning of an element is on the screen, and not behind the header. */
async function isInView(page: Page, id: string): Promise<boolean> {
  const box = await page.locator(`[id="${id}"]`).boundingBox();
  const header = await page.locator("header").boundingBox();
  const height = page.viewportSize()?.height ?? 0;
  const hiddenTo = header === null ? 0 : header.y + header.height;
  return box !== null && box.y >= hiddenTo - 1 && box.y < height;
}

async function ask(client: AgentDraft, count: number): Promise<Approval[]> {
  const asked: Approval[] = [];
  for (let index = 0; index < count; index += 1) {
    // What was asked last ends first.
    asked.push(
      await client.approvals.request("deploy", `number ${index}`, { ttlSeconds: 100_000 - index * 100 }),
    );
  }
  return asked;
}

/** What must hold; each on a server of its own, on a telephone and on a desk. */
const pitfalls: Readonly<Record<string, (browser: Browser, width: number) => Promise<boolean>>> = {
  "a link to a decision leads to it through sign-in": async (browser, width) => {
    await using at = await stage(browser, { dev: true, width });
    const asked = await ask(at.client, 120);
    const [late] = asked;
    await at.page.goto(late?.approvalUrl ?? "");
    await signIn(at);
    return (
      hashOf(at.page.url()) === `#${late?.approvalId}` && (await isInView(at.page, late?.approvalId ?? ""))
    );
  },
  "and through a link of the log, in a tab that knows nothing of it": async (browser, width) => {
    await using at = await stage(browser, { dev: false, width });
    const [asked] = await ask(at.client, 1);
    await at.page.goto(asked?.approvalUrl ?? "");
    await signIn(at);
    await at.page.waitForURL(asked?.approvalUrl ?? "");
    return await isInView(at.page, asked?.approvalId ?? "");
  },
  "Enter in a note decides nothing": async (browser, width) => {
    await using at = await stage(browser, { dev: true, width });
    const [asked] = await ask(at.client, 1);
    await at.page.goto(`${at.server.url}/dashboard`);
    await signIn(at);
    await at.page.locator('input[name="note"]').fill("no, far too expensive");
    await at.page.keyboard.press("Enter");
    await at.page.getByText("Nothing is decided yet").waitFor();
    const before = await at.client.approvals.get(asked?.approvalId ?? "");
    await at.page.getByRole("button", { name: "Deny" }).click();
    const { status, resolution } = await at.client.approvals.wait(asked?.approvalId ?? "", {
      pollIntervalMs: 50,
    });
    return before.status === "pending" && status === "denied" && resolution?.note === "no, far too expensive";
  },
  "of 151 decisions the one that ends first is first, and all can be reached": async (browser, width) => {
    await using at = await stage(browser, { dev: true, width });
    const asked = await ask(at.client, 151);
    await at.page.goto(`${at.server.url}/dashboard`);
    await signIn(at);
    const found: string[] = [];
    for (;;) {
      found.push(
        ...(await at.page.locator("#decisions .card").evaluateAll((cards) => cards.map(({ id }) => id))),
      );
      const later = at.page.locator("#decisions .pages a", { hasText: "later" });
      if ((await later.count()) === 0) {
        break;
      }
      await later.click();
      await at.page.waitForLoadState();
    }
    const expected = asked.map(({ approvalId }) => approvalId).toReversed();
    return (
      (await at.page.locator("header nav").textContent())?.includes("Decisions (151)") === true &&
      found.join() === expected.join()
    );
  },
  "a heading that was asked for is not hidden": async (browser, width) => {
    await using at = await stage(browser, { dev: true, width });
    await at.page.goto(`${at.server.url}/dashboard`);
    await signIn(at);
    for (const id of ["rules", "agents", "audit", "contests"]) {
      await at.page.locator(`nav a[href="#${id}"]`).click();
      if (!(await isInView(at.page, id))) {
        return false;
      }
    }
    return true;
  },
  "a double click marks the whole key and nothing else": async (browser, width) => {
    await using at = await stage(browser, { dev: true, width });
    await at.page.goto(`${at.server.url}/dashboard`);
    await signIn(at);
    await at.page.locator("#agents summary").click();
    await at.page.locator('#agents details input[name="name"]').fill("second");
    await at.page.keyboard.press("Enter");
    await at.page.locator("output.secret").dblclick();
    const marked = await at.page.evaluate<string>("getSelection().toString()");
    return /^avs_live_[0-9A-Za-z]{32}$/.test(marked);
  },
};

export const pitfallCount: number = 2 * Object.keys(pitfalls).length;

/** The titles of those that failed. */
export async function findPitfalls(browser: Browser): Promise<string[]> {
  const failures: string[] = [];
  for (const width of [390, 1_280]) {
    for (const [title, holds] of Object.entries(pitfalls)) {
      const good = await holds(browser, width).catch((error: unknown) => {
        console.error(error);
        return false;
      });
      if (!good) {
        failures.push(`${width} pixels: ${title}`);
      }
    }
  }
  return failures;
}
