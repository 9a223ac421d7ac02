// The built executable: flags, ready line, signals, its data directory, metrics, and a kill in the middle of a burst.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alice, bob, runServerProcess, type ServerProcess, startServerProcess } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { Agent, Listener } from "./agent.ts";

const file = fileURLToPath(new URL("../../dist/bin/x-grid.js", import.meta.url));
const anyPort = ["--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=error"];

interface Running extends ServerProcess {
  readonly url: string;
  readonly metrics: string;
}

async function start(...given: (string | Record<string, string>)[]): Promise<Running> {
  const args = given.filter((each) => typeof each === "string");
  const env = Object.assign({}, ...given.filter((each) => typeof each === "object"));
  const started = await startServerProcess(file, [...anyPort, ...args], { env });
  const [, url, metrics] = /http=(\S+) metrics=(\S+)/.exec(started.readyLine) ?? [];
  return Object.assign(started, { url: `http://${url}`, metrics: `http://${metrics}` });
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "grid-"));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe("the executable", () => {
  it.each([
    ["--tune=online_ttl_s=0"],
    ["--tune=nothing_s=1"],
    ["--tune=online_ttl_s"],
    ["--tune=online_ttl_s=1,online_ttl_s=2"],
    ["--rate-limit=0"],
    ["--rate-limit=1.5"],
    ["--no-such-flag"],
    ["--fsync=maybe"],
    ["--admin-token="],
  ])("exit 2 and one line for %s", async (flag) => {
    const { code, stderr } = await runServerProcess(file, [...anyPort, flag]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^x-grid: .*\. Try "x-grid --help"\.\n$/);
  });

  it("tells the URL in its ready line, and takes an empty token in the environment for none", async () => {
    await using server = await start({ X_GRID_ADMIN_TOKEN: "" });
    expect(server.readyLine).toMatch(/^x-grid ready http=(127\.0\.0\.1:\d+) .* url=http:\/\/\1$/);
    expect((await fetch(`${server.url}/admin/nodes`)).status).toBe(200);
  });

  it("tunes, tells its streams of the stop, and exits 0", async () => {
    await using server = await start("--tune=online_ttl_s=0.5,sse_keepalive_s=1", "--rate-limit=100");
    const a = new Agent(server.url, alice);
    await a.register();
    const { expires_at, server_time } = (await a.own("heartbeat")).body;
    expect(Date.parse(expires_at) - Date.parse(server_time)).toBe(500);
    await using listener = new Listener(a);
    await listener.next();
    const ended = server.stop("SIGTERM");
    expect(await listener.next()).toMatchObject({ event: "reconnect", data: { reason: "shutdown" } });
    expect(await ended).toBe(0);
  });

  it("says what it counts, with no id in any label", async () => {
    await using server = await start();
    const [a, b] = [new Agent(server.url, alice), new Agent(server.url, bob)];
    await a.register();
    await b.register();
    await a.send(b.nodeId, "x");
    await a.raw("POST", "/search", "{}");
    const health = await fetch(`${server.metrics}/healthz`);
    expect([health.status, (await health.text()).trim()]).toEqual([200, "ok"]);
    const metrics = await (await fetch(`${server.metrics}/metrics`)).text();
    for (const line of [
      'xgrid_requests_total{route="/nodes",code="201"} 2',
      'xgrid_auth_failures_total{reason="missing_field"} 1',
      'xgrid_nodes{online="true"} 2',
      'xgrid_tasks{state="submitted"} 1',
      'xgrid_rooms{state="open"} 0',
      'xgrid_schedules{status="active"} 0',
      "xgrid_sse_streams 0",
      "xgrid_schedule_fires_total 0",
      "xgrid_sse_dropped_total 0",
      "xgrid_log_bytes 0",
    ]) {
      expect(metrics).toContain(line);
    }
    expect(metrics).not.toContain(a.nodeId);
    for (const page of ["/", "/tasks", "/rooms", "/timetable", "/grids", `/agents/${a.nodeId}`]) {
      const shown = await fetch(`${server.metrics}${page}`);
      expect([page, shown.status]).toEqual([page, 200]);
      expect(await shown.text()).toContain("Grid");
    }
  });

  it("G103 a directory is one server's at a time", async () => {
    await withDirectory(async (directory) => {
      await using server = await start(`--data-dir=${directory}`, "--fsync=off");
      const { code, stderr } = await runServerProcess(file, [...anyPort, `--data-dir=${directory}`]);
      expect(code).toBe(1);
      expect(stderr).toContain("data directory is in use");
      const metrics = await (await fetch(`${server.metrics}/metrics`)).text();
      expect(Number(/^xgrid_log_bytes (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
      expect(await server.stop("SIGTERM")).toBe(0);
      await using again = await start(`--data-dir=${directory}`);
      expect(again.readyLine).toContain("ready");
    });
  });

  it("G60 G102 G132 after a kill in a burst every message is one task", async () => {
    await withDirectory(async (directory) => {
      const answered = new Map<string, string>();
      const ids = Array.from({ length: 120 }, (_, index) => `m${index}`);
      {
        await using server = await start(`--data-dir=${directory}`);
        const [a, b] = [new Agent(server.url, alice), new Agent(server.url, bob)];
        await a.register();
        await b.register();
        const sends = ids.map(async (messageId, index) => {
          const task = await a.send(b.nodeId, "x", {}, { messageId });
          answered.set(messageId, task.id);
          if (index === 40) {
            await server.stop("SIGKILL");
          }
        });
        await Promise.allSettled(sends);
      }
      expect(answered.size).toBeGreaterThan(0);
      await using server = await start(`--data-dir=${directory}`);
      const [a, b] = [new Agent(server.url, alice), new Agent(server.url, bob)];
      for (const messageId of ids) {
        const { id } = await a.send(b.nodeId, "x", {}, { messageId });
        expect(id).toBe(answered.get(messageId) ?? id);
      }
      expect((await a.ok("task/list", { limit: 1 })).total).toBe(ids.length);
    });
  });
});
