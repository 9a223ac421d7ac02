import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort, trackLeaks, waitUntil } from "@x/core/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type BindufyOptions, bindufy, CoreUnavailableError } from "../../src/index.ts";
import { startSmallCore } from "../small-core.ts";

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function pidAt(url: string): Promise<number> {
  const answer = await fetch(`${url}/health`, { headers: { connection: "close" } });
  return Number(Object(await answer.json()).pid);
}

const config = { author: "a@b.c", name: "command", deployment: { url: "http://localhost:1" } };
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a core as a process", () => {
  test("is started with a clean environment, started again when it dies, and ended with the agent", async () => {
    vi.stubEnv("PORT", "23977");
    vi.stubEnv("BINDU_HOST", "elsewhere");
    const port = await freePort();
    const options: BindufyOptions = {
      core: { command: [process.execPath, program("core"), `${port}`], env: { CORE_TEST: "yes" } },
      coreAddress: `localhost:${port}`,
      callbackPort: 0,
    };
    const agent = await bindufy(config, () => "", options);
    const told: string[] = [];
    agent.on("error", (error) => told.push(String(error)));
    agent.on("reregistered", () => told.push("reregistered"));
    const first = await pidAt(agent.agentUrl);
    process.kill(first, "SIGKILL");
    await waitUntil(() => told.includes("reregistered"), { withinMs: 10_000, what: () => told.join() });
    expect(told[0]).toContain("The core has ended");
    const second = await pidAt(agent.agentUrl);
    expect(second).not.toBe(first);
    await agent.close();
    expect(isAlive(second)).toBe(false);
  }, 30_000);

  test.each([
    [
      "that ends at once",
      [process.execPath, "-e", "console.error('no such option'); process.exit(3)"],
      /no such option/,
    ],
    ["that ends at once, with its code", [process.execPath, "-e", "process.exit(3)"], /with code 3/],
    ["that is not there", ["/no/such/core"], /could not be started/],
  ])("one %s is told at once", async (_, command, text) => {
    await using leaks = trackLeaks();
    const coreAddress = `localhost:${await freePort()}`;
    const error = await failure(bindufy(config, () => "", { core: { command }, coreAddress }));
    expect(error).toBeInstanceOf(CoreUnavailableError);
    expect(String(error)).toMatch(text);
    await leaks.expectNoLeaks();
  });

  test("one that never answers is ended in time", async () => {
    await using leaks = trackLeaks();
    const command = [process.execPath, "-e", "console.log('thinking'); setInterval(() => {}, 1000)"];
    const coreAddress = `localhost:${await freePort()}`;
    const error = await failure(
      bindufy(config, () => "", { core: { command }, coreAddress, coreTimeoutMs: 3_000 }),
    );
    expect(String(error)).toMatch(/does not answer at .* within 3000 ms.*thinking/s);
    await leaks.expectNoLeaks();
  }, 15_000);

  test("one whose own child holds its output is ended in time", async () => {
    const child = "setTimeout(() => {}, 20_000)";
    const script = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" }); console.error("gone"); setTimeout(() => process.exit(3), 500)`;
    const coreAddress = `localhost:${await freePort()}`;
    const core = { command: [process.execPath, "-e", script] };
    const begun = performance.now();
    const error = await failure(bindufy(config, () => "", { core, coreAddress, coreTimeoutMs: 2_000 }));
    expect(String(error)).toMatch(/gone/);
    expect(performance.now() - begun).toBeLessThan(15_000);
  }, 30_000);

  test("none is started where one answers already", async () => {
    await using core = await startSmallCore();
    const options = { core: { command: [process.execPath, "-e", ""] }, coreAddress: core.address };
    expect(String(await failure(bindufy(config, () => "", options)))).toContain("answers at");
  });
});

describe("an agent as a process", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "S19 closes at %s and ends by itself",
    async (signal) => {
      await using core = await startSmallCore();
      const child = spawn(process.execPath, [program("agent"), core.address, core.url], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      await waitUntil(() => output === "ready\n", { withinMs: 10_000 });
      child.kill(signal);
      const [code] = await once(child, "close");
      expect([code, output]).toEqual([0, "ready\nclosed\n"]);
      expect(core.unregistered).toHaveLength(1);
    },
    20_000,
  );
});
