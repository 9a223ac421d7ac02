// A daemon that is killed while somebody looks, and comes back at the same address: the page says so, and goes on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AgentKeeperClient } from "@x/agentkeeper";
import { type ServerProcess, startServerProcess } from "@x/core/testing";
import type { Browser } from "playwright-core";

const daemonFile = fileURLToPath(
  import.meta.resolve("@x/agentkeeper/local").replace("local/index.js", "bin/agentkeeper.js"),
);

/** Where a ready line says that the two ports are. */
function portsOf({ readyLine }: ServerProcess): { readonly grpc: number; readonly http: number } {
  const [, grpc, http] = /grpc=\S*:(\d+) http=\S*:(\d+) /.exec(readyLine) ?? [];
  return { grpc: Number(grpc), http: Number(http) };
}

export async function outlives(browser: Browser): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), "dashboard-"));
  const start = (ports: { readonly grpc: number; readonly http: number }): Promise<ServerProcess> =>
    startServerProcess(daemonFile, [
      `--addr=127.0.0.1:${ports.grpc}`,
      `--metrics-addr=127.0.0.1:${ports.http}`,
      `--data-dir=${directory}`,
    ]);
  let daemon = await start({ grpc: 0, http: 0 });
  const page = await browser.newPage();
  try {
    const ports = portsOf(daemon);
    await using client = new AgentKeeperClient({ host: "127.0.0.1", port: ports.grpc });
    const agent = await client.register({ name: "survivor", description: "", version: "1", ttlSeconds: 600 });
    await page.goto(`http://127.0.0.1:${ports.http}/agents?status=all`);
    await page.locator("#live.good").waitFor();
    await page.locator("tbody code").selectText();
    await page.evaluate("window.stillHere = true");

    await daemon.stop("SIGKILL");
    await page.getByRole("alert").filter({ hasText: "The server does not answer" }).waitFor();
    const said = await page.getByText("not live").isVisible();
    const kept = await page.getByRole("link", { name: "survivor" }).isVisible();

    daemon = await start(ports);
    await page.locator("#live.good").waitFor();
    await client.acquireLease("after", agent.agentId);
    await page.locator("#menu").getByText("Leases 1").waitFor();
    const recovered = await page.getByRole("alert").isHidden();
    const same = (await page.evaluate("window.stillHere")) === true;
    const marked = (await page.evaluate("window.getSelection().toString()")) === agent.agentId;

    // A daemon that is stopped answers nothing either, though its sockets are open.
    process.kill(daemon.pid, "SIGSTOP");
    await page.getByRole("alert").filter({ hasText: "The server does not answer" }).waitFor();
    process.kill(daemon.pid, "SIGCONT");
    await page.locator("#live.good").waitFor();
    return said && kept && recovered && same && marked;
  } finally {
    await page.close();
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
}
