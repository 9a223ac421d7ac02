// Our client outside of Node: in Chromium, behind the page's own origin, in Bun and in Deno, without files in all of them.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startLocalGrid } from "@x/grid/local";
import { rolldown } from "rolldown";
import { openBrowser, prepareBrowser, watchPage } from "../../shared/browser.ts";
import { type Counts, workFolder } from "../../shared/suite.ts";
import { openOrigin } from "./origin.ts";
import type { Told } from "./story.ts";

const here: string = import.meta.dirname;
const work = workFolder("interop-grid-runtimes");
const longestMs = 60_000;

/** Runtimes as npm packages of whole versions, and how each runs a program that may do no more than reach the server. */
const runtimes = {
  bun: { version: "1.4.5", flags: ["run"] },
  deno: { version: "2.9.6", flags: ["run", "--no-prompt", "--no-remote", "--allow-net=127.0.0.1"] },
} as const;
type Runtime = keyof typeof runtimes;
const names = Object.keys(runtimes) as Runtime[];

export function prepare(): void {
  prepareBrowser();
  names.forEach(install);
}

/** The executable of a runtime, from an ignored folder. */
function install(name: Runtime): string {
  const { version } = runtimes[name];
  const folder = join(work, `${name}-${version}`);
  const executable = join(folder, "node_modules", ".bin", name);
  if (!existsSync(executable)) {
    mkdirSync(folder, { recursive: true });
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, `${name}@${version}`], {
      stdio: "inherit",
    });
  }
  return executable;
}

/** A program that does not end by itself has failed. */
async function tellIn(name: Runtime, url: string): Promise<Told> {
  const { stdout } = await promisify(execFile)(
    install(name),
    [...runtimes[name].flags, join(here, "main.ts"), url],
    { timeout: longestMs, env: { ...process.env, DENO_DIR: join(work, "deno"), NO_COLOR: "1" } },
  );
  return JSON.parse(stdout);
}

/** What a bundler of pages makes of the story. */
async function bundle(): Promise<string> {
  const built = await rolldown({ input: join(here, "story.ts"), platform: "browser" });
  const { output } = await built.generate({ format: "es", codeSplitting: false });
  await built.close();
  return output[0].code;
}

async function tellInPage(serverUrl: string): Promise<Told> {
  await using origin = await openOrigin(serverUrl, {
    "/": { type: "text/html", body: "<!doctype html><title>An agent</title>" },
    "/story.js": { type: "text/javascript", body: await bundle() },
  });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    const problems = watchPage(page, origin.url);
    await page.goto(origin.url);
    const told: Told = await page.evaluate(`import("/story.js").then(({ tell }) => tell(location.origin))`);
    const lacksFiles: boolean = await page.evaluate(
      `import("/story.js").then(({ lacksFiles }) => lacksFiles(location.origin))`,
    );
    const complaints = [...problems()];
    if (complaints.length > 0) {
      console.error(complaints.join("\n"));
    }
    const isKeptOut: boolean = await page.evaluate(
      `import("/story.js").then(({ isKeptOut }) => isKeptOut(${JSON.stringify(serverUrl)}))`,
    );
    return {
      ...told,
      "says that a page has no files": lacksFiles,
      "asks for nothing elsewhere, and complains of nothing": complaints.length === 0,
      "is kept out of another origin, and says so": isKeptOut,
    };
  } finally {
    await browser.close();
  }
}

export async function run(): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  const count = (where: string, what: string, good: boolean): void => {
    counts[good ? "passed" : "failed"] += 1;
    if (!good) {
      console.error(`grid/runtimes: FAILED in ${where}: ${what}`);
    }
  };
  await using server = await startLocalGrid({ metricsAddr: "off" });
  const stories: Readonly<Record<string, () => Promise<Told>>> = {
    bun: () => tellIn("bun", server.url),
    deno: () => tellIn("deno", server.url),
    chromium: () => tellInPage(server.url),
  };
  for (const [where, story] of Object.entries(stories)) {
    const told = await story().catch((error: unknown) => {
      console.error(error);
      return { "tells its story": false };
    });
    for (const [what, good] of Object.entries(told)) {
      count(where, what, good);
    }
  }
  return counts;
}
