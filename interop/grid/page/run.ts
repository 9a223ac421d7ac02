// The claim page in a real browser: a human enters the code that an agent shows, and owns the agent.
import assert from "node:assert/strict";
import { GridClient } from "@x/grid";
import { startLocalGrid } from "@x/grid/local";
import { hostile, openBrowser, prepareBrowser, watchPage } from "../../shared/browser.ts";
import { runSteps } from "../../shared/steps.ts";
import type { Counts } from "../../shared/suite.ts";

export { prepareBrowser as prepare };

export async function run(): Promise<Counts> {
  await using server = await startLocalGrid({ metricsAddr: "off" });
  await using agent = new GridClient({
    url: server.url,
    identity: crypto.getRandomValues(new Uint8Array(32)),
  });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(15_000);
    const problems = watchPage(page, server.url);
    const claim = async (code: string): Promise<void> => {
      await page.goto(`${server.url}/claim?code=${code}`);
      await page.getByLabel("Your name").fill("Ann");
      await page.getByRole("button", { name: "Claim" }).click();
    };
    return await runSteps("grid/page", {
      "G137 a human claims an agent by its code": async () => {
        const { nodeId } = await agent.register({
          name: hostile,
          description: "",
          skills: [],
          autonomous: false,
        });
        const { code } = await agent.generateClaimCode();
        await claim(code);
        await page.getByRole("heading", { name: "Claimed" }).waitFor();
        await page.getByText(hostile).waitFor();
        assert.equal((await agent.getNode(nodeId)).isClaimed, true);
        assert.deepEqual(problems(), []);
      },
      "G137 a code that is none is told": async () => {
        await claim("none");
        await page.getByRole("alert").waitFor();
      },
    });
  } finally {
    await browser.close();
  }
}
