// The page of a calendar's owner in a real browser, as somebody uses it who has never seen it: signs in, decides what
// agents ask, sees who won a slot and why, and has the audit chain verified; with hostile text in every field.
import { join } from "node:path";
import { AgentDraft, Conflict, ConsentRequired } from "@x/agentdraft";
import { startLocalAgentDraft } from "@x/agentdraft/local";
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
import { findPitfalls, pitfallCount } from "./pitfalls.ts";

const pictures = pictureFolder("page-agentdraft");
const email = "owner@example.com";

/** Signs in through the page, by the link that it shows in development. */
async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/dashboard`);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send a sign-in link" }).click();
  await page.locator("output a").click();
  await page.getByRole("heading", { name: "Waiting for your decision" }).waitFor();
}

/** Makes agents through the browser's session, as the page's own form does. */
async function createAgent(
  page: Page,
  agentName: string,
  priority: number,
  requiresConsent: boolean,
): Promise<string> {
  const scopes = ["availability:read", "bookings:write", "approvals:request", "mailbox:read", "mailbox:send"];
  const body = { name: agentName, priority, scopes, requires_consent: requiresConsent };
  return await page.evaluate(async (sent) => {
    const answer = await fetch("/v1/dashboard/agents", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: sent,
    });
    return ((await answer.json()) as { plaintext_key: string }).plaintext_key;
  }, JSON.stringify(body));
}

interface Asked {
  readonly approvalId: string;
  readonly consentRequestId: string;
  readonly strong: AgentDraft;
}

/** What the owner finds: bookings, a lost slot, holds, mail, and two decisions to make. */
async function fill(page: Page, url: string, day: number, clients: AgentDraft[]): Promise<Asked> {
  const connect = async (agentName: string, priority: number, gated = false): Promise<AgentDraft> => {
    const apiKey = await createAgent(page, agentName, priority, gated);
    const client = new AgentDraft({ apiKey, baseUrl: url });
    clients.push(client);
    return client;
  };
  const strong = await connect("assistant", 1);
  const weak = await connect(hostile, 5);
  const gated = await connect("travel", 3, true);
  const slot = (hour: number): { start: Date; end: Date } => ({
    start: new Date(day + hour * 3_600_000),
    end: new Date(day + (hour + 1) * 3_600_000),
  });
  await weak.bookings.commit({ ...slot(9), title: hostile, invitee: { name: hostile } });
  await weak.bookings.commit({ ...slot(11), title: "Newsletter" });
  await strong.bookings.commit({ ...slot(11), title: "Board meeting" });
  await weak.bookings.commit(slot(11)).catch(onlyA(Conflict));
  await strong.bookings.hold({ ...slot(14), title: "Lunch with Ann" });
  let consentRequestId = "";
  await gated.bookings.commit({ ...slot(16), title: "Flight to Rome" }).catch((error: unknown) => {
    onlyA(ConsentRequired)(error);
    consentRequestId = error instanceof ConsentRequired ? (error.consentRequestId ?? "") : "";
  });
  const { address } = await weak.mailbox.info();
  await strong.mailbox.send({ to: address, subject: hostile, bodyText: hostile });
  const { approvalId } = await strong.approvals.request("deploy.production", "Ship v2.3.0 to production", {
    evidence: { commit: "a1b2c3d", note: hostile },
  });
  return { approvalId, consentRequestId, strong };
}

function onlyA(kind: new (...args: never[]) => Error): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof kind)) {
      throw error;
    }
  };
}

const textOf = async (page: Page, section: string): Promise<string> =>
  (await page.locator(`#${section}`).textContent()) ?? "";

/** What must hold on the page; each counts as one check. */
const checks: Readonly<Record<string, (page: Page, asked: Asked) => Promise<boolean>>> = {
  "two decisions wait, and the title says so": async (page) => (await page.title()).startsWith("(2)"),
  "the week shows who holds what": async (page) =>
    /Board meeting/.test(await textOf(page, "calendar")) &&
    /Lunch with Ann/.test(await textOf(page, "calendar")),
  "who won a slot, and why": async (page) => /assistant \(rank 1\)/.test(await textOf(page, "contests")),
  "agents with their ranks": async (page) => /travel/.test(await textOf(page, "agents")),
  "mail is there": async (page) => /assistant \(rank 1\)/.test(await textOf(page, "mail")),
  "hostile text is shown as text": async (page) =>
    (await page.locator("img").count()) === 0 &&
    (await page.locator("script:not([src])").count()) === 0 &&
    !(await page.title()).includes("broken in") &&
    (await page.getByText(hostile).count()) > 0,
  "the chain is verified in the browser": async (page) => {
    await page.locator("#audit").getByRole("button", { name: /verif/i }).click();
    await page.locator("#audit output.good").waitFor();
    return true;
  },
  "fits a narrow screen": fitsNarrowScreen,
};

/** What the owner does; the agents see it. */
const deeds: Readonly<Record<string, (page: Page, asked: Asked) => Promise<boolean>>> = {
  "an approval is granted, with a note": async (page, { approvalId, strong }) => {
    const asking = page.locator("#decisions form", { has: page.locator('[name="note"]') });
    const one = asking.and(page.locator(`form[action*="${approvalId}"]`));
    await one.locator('[name="note"]').fill("go ahead");
    await one.getByRole("button", { name: "Approve" }).click();
    const { status, resolution, receipt } = await strong.approvals.wait(approvalId, { pollIntervalMs: 50 });
    return status === "approved" && resolution?.note === "go ahead" && receipt !== null;
  },
  "a parked booking is denied": async (page, { consentRequestId }) => {
    await page.waitForLoadState("networkidle");
    const one = page.locator(`#decisions form[action*="${consentRequestId}"]`);
    await one.getByRole("button", { name: "Deny" }).click();
    await page.waitForLoadState("networkidle");
    await page.getByText(consentRequestId).first().waitFor();
    return !(await page.title()).startsWith("(");
  },
  "signing out leaves nothing to see": async (page) => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Email").waitFor();
    return !(await page.content()).includes("Board meeting");
  },
};

async function look(browser: Browser, colorScheme: "light" | "dark"): Promise<string[]> {
  const failures: string[] = [];
  const clients: AgentDraft[] = [];
  await using server = await startLocalAgentDraft({
    port: 0,
    metricsAddr: "off",
    dev: true,
    arbitrationMs: 0,
    holdTtlSeconds: 900,
  });
  const context = await browser.newContext({ colorScheme, viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  const problems = watchPage(page, server.url);
  try {
    await signIn(page, server.url);
    // Tomorrow may belong to the next week.
    const day = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
    const asked = await fill(page, server.url, day, clients);
    await page.goto(`${server.url}/dashboard?week=${new Date(day).toISOString().slice(0, 10)}`);
    await page.screenshot({ path: join(pictures, `${colorScheme}.png`), fullPage: true });
    for (const [title, check] of Object.entries({ ...checks, ...deeds })) {
      const good = await check(page, asked).catch((error: unknown) => {
        console.error(error);
        return false;
      });
      if (!good) {
        failures.push(`${colorScheme}: ${title}`);
      }
    }
    if (problems().length > 0) {
      failures.push(`${colorScheme}: asks for nothing elsewhere (${problems().join("; ")})`);
    }
  } finally {
    await context.close();
    await Promise.all(clients.map((client) => client.close()));
  }
  return failures;
}

export { prepareBrowser as prepare };

export async function run(): Promise<Counts> {
  const browser = await openBrowser();
  try {
    const failures = [
      ...(await look(browser, "light")),
      ...(await look(browser, "dark")),
      ...(await findPitfalls(browser)),
    ];
    for (const failure of failures) {
      console.error(`agentdraft/page: FAILED ${failure}`);
    }
    const total = 2 * (Object.keys(checks).length + Object.keys(deeds).length + 1) + pitfallCount;
    return { passed: total - failures.length, failed: failures.length };
  } finally {
    await browser.close();
  }
}
