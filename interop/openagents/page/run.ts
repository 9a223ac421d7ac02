// The page for people in a real browser: somebody reads along while three agents talk, answers them, and takes a file with
// them; on a desk and on a telephone, in light and dark.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type LocalOpenAgents, startLocalOpenAgents } from "@x/openagents/local";
import type { Browser, Page } from "playwright-core";
import { hostile, openBrowser, pictureFolder, prepareBrowser, watchPage } from "../../shared/browser.ts";
import { runSteps, type Steps } from "../../shared/steps.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";
import { fileName, fileText, startTalk, type Talk } from "./talk.ts";

export { prepareBrowser as prepare };

const pictures = pictureFolder("page-openagents");

/** Of who reads. */
const timeZone = "Asia/Kathmandu";

const looks = {
  desk: { viewport: { width: 1_280, height: 800 }, colorScheme: "light" },
  telephone: { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
} as const;

const said = (page: Page, text: string) => page.locator("#talk li", { hasText: text });
const scrollFromEnd =
  "(() => { const t = document.querySelector('#talk'); return t.scrollHeight - t.scrollTop - t.clientHeight; })()";

async function signIn(page: Page, name: string, token: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Token of the workspace").fill(token);
  await page.getByRole("button", { name: "Come in" }).click();
}

/** Whether all of it is to be seen without scrolling the page. */
async function isInView(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const size = page.viewportSize();
  return (
    box !== null &&
    size !== null &&
    box.x >= 0 &&
    box.y >= 0 &&
    box.x + box.width <= size.width &&
    box.y + box.height <= size.height
  );
}

const stepsOf = (
  page: Page,
  server: LocalOpenAgents,
  talk: Talk,
  picture: (name: string) => Promise<unknown>,
): Steps => ({
  "who has no token is told so, and sees nothing": async () => {
    await page.goto(server.url);
    await picture("sign-in");
    await signIn(page, "Ann", "wrong");
    await page.getByText("This is not the token").waitFor();
    assert.ok(!(await page.content()).includes("the plan for the launch"));
  },

  "signed in, the newest is in view, and there is a place to write": async () => {
    await signIn(page, "Ann", server.workspaceToken);
    await page.getByText("live", { exact: true }).waitFor();
    await picture("channel");
    assert.ok(Number(await page.evaluate(scrollFromEnd)) < 5);
    assert.ok(await isInView(page, "form#say button"));
    assert.equal(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), false);
    assert.ok((await page.locator("#talk").boundingBox())?.height ?? 0 > 200);
  },

  "threads, reactions and hostile text are shown as what they are": async () => {
    assert.equal(await page.locator("#talk li.reply").count(), 2);
    assert.match((await said(page, "Who has the figures").textContent()) ?? "", /👍 1/);
    const time = page.locator("#talk time").first();
    const at = new Date((await time.getAttribute("datetime")) ?? "");
    assert.equal(await time.textContent(), at.toLocaleTimeString("en-GB", { timeZone, timeStyle: "short" }));
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await said(page, hostile).count(), 1);
    assert.ok(!(await page.title()).includes("broken in"));
  },

  "what agents say appears as they say it, and a reader further up stays there": async () => {
    await page.evaluate("window.stillHere = true");
    await talk.writer.workspace().channel("general").post("A first draft is done.");
    await said(page, "A first draft is done.").waitFor();
    assert.ok(Number(await page.evaluate(scrollFromEnd)) < 5);
    await page.evaluate("document.querySelector('#talk').scrollTop = 0");
    await talk.planner.workspace().channel("general").post("Read it, all of you.");
    await said(page, "Read it, all of you.").waitFor();
    assert.equal(await page.evaluate("document.querySelector('#talk').scrollTop"), 0);
    assert.equal(await page.evaluate("window.stillHere"), true);
  },

  "a person answers, and all agents hear it; what is half written stays": async () => {
    const heard = [talk.planner, talk.researcher, talk.writer].map((client) =>
      client.waitEvent({
        condition: ({ sourceId, text }) => sourceId === "human:Ann" && text === "Looks good to me!",
      }),
    );
    const field = page.getByRole("textbox", { name: "Message" });
    await field.pressSequentially("Looks good ");
    await talk.planner.workspace().channel("general").post("Anyone else?");
    await said(page, "Anyone else?").waitFor();
    await field.pressSequentially("to me!");
    await field.press("Enter");
    await said(page, "Looks good to me!").waitFor();
    assert.ok(Number(await page.evaluate(scrollFromEnd)) < 5);
    assert.equal(await field.inputValue(), "");
    assert.equal((await Promise.all(heard)).filter((event) => event !== null).length, heard.length);
    await picture("answered");
  },

  "a file is found in the talk and in the list, and kept": async () => {
    const links = page.getByRole("link", { name: fileName });
    assert.equal(await links.count(), 2);
    for (const link of await links.all()) {
      const downloading = page.waitForEvent("download");
      await link.click();
      const download = await downloading;
      assert.equal(download.suggestedFilename(), fileName);
      assert.equal(readFileSync(await download.path(), "utf8"), fileText);
    }
    assert.equal(await page.evaluate("window.stillHere"), true);
  },

  "a person talks to one agent, which answers": async () => {
    const asked = talk.researcher.waitEvent(({ text }) => text === "Are the figures final?");
    await page.locator("#here").getByRole("link", { name: "researcher" }).click();
    await page.getByRole("heading", { level: 1, name: /researcher/ }).waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill("Are the figures final?");
    await page.getByRole("button", { name: "Send" }).click();
    await (await asked)?.reply("They are.");
    await said(page, "They are.").waitFor();
    await picture("direct");
  },

  "what agents say to each other can be read, and no more": async () => {
    await page.locator("#places").getByRole("link", { name: "planner · researcher" }).click();
    await said(page, "Between us: are they final?").waitFor();
    await page.getByText("You read along.").waitFor();
    assert.equal(await page.getByRole("textbox").count(), 0);
  },

  "who is here, and who has gone": async () => {
    const here = page.locator("#here");
    for (const name of ["planner", "researcher", "writer"]) {
      await here.getByRole("link", { name }).waitFor();
    }
    await talk.planner.disconnect();
    await here.getByRole("link", { name: "planner" }).waitFor({ state: "detached" });
  },

  "every control has a name": async () => {
    const nameless = await page.evaluate(
      `[...document.querySelectorAll("a, button, input:not([type=hidden])")].filter((each) =>
        !(each.textContent || each.getAttribute("aria-label") || each.labels?.length)).length`,
    );
    assert.equal(nameless, 0);
  },

  "signing out leaves nothing to see": async () => {
    await page.getByRole("button", { name: /Sign out/ }).click();
    await page.getByLabel("Your name").waitFor();
    assert.ok(!(await page.content()).includes("Between us"));
  },
});

async function look(browser: Browser, name: keyof typeof looks): Promise<Counts> {
  await using server = await startLocalOpenAgents({ metricsAddr: "off", networkName: "Launch team" });
  await using talk = await startTalk(server);
  const context = await browser.newContext({ ...looks[name], locale: "en-GB", timezoneId: timeZone });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const problems = watchPage(page, server.url);
    const picture = (of: string) => page.screenshot({ path: join(pictures, `${name}-${of}.png`) });
    return await runSteps(`openagents/page, ${name}`, {
      ...stepsOf(page, server, talk, picture),
      "nothing is asked of others, and no script complains": async () => {
        assert.deepEqual(problems(), []);
      },
    });
  } finally {
    await context.close();
  }
}

export async function run(): Promise<Counts> {
  const browser = await openBrowser();
  try {
    return sumOf([await look(browser, "desk"), await look(browser, "telephone")]);
  } finally {
    await browser.close();
  }
}
