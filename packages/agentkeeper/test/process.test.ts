// The daemon as a process: flags, ready line, signals, hostile bytes, the operator's port.
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { AgentKeeperClient } from "../src/index.ts";
import { runDaemon, startDaemon } from "./daemon-process.ts";

const get = async (
  url: string,
  init?: RequestInit,
): Promise<{ status: number; body: string; type: string | null }> => {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.text(), type: response.headers.get("content-type") };
};

describe("the daemon's process", () => {
  it("AK-PROC-1 AK-FLAG-addr prints one ready line with the bound ports, and logs on stderr", async () => {
    await using daemon = await startDaemon([
      "--addr=127.0.0.1:0",
      "--metrics-addr=127.0.0.1:0",
      "--log-level=debug",
    ]);
    expect(daemon.readyLine).toMatch(
      /^agentkeeper ready grpc=127\.0\.0\.1:[1-9]\d* http=127\.0\.0\.1:[1-9]\d* store=memory$/,
    );
    expect(await daemon.stop("SIGTERM")).toBe(0);
    expect(daemon.stdout().trim().split("\n")).toHaveLength(1);
    for (const line of daemon.stderr().trim().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ name: "agentkeeper" });
    }
  });

  it.each([
    ["[::1]:0", /grpc=\[::1\]:\d+/],
    [":0", /grpc=\[::\]:\d+/],
    ["localhost:0", /grpc=127\.0\.0\.1:\d+/],
    ["0.0.0.0:0", /grpc=0\.0\.0\.0:\d+/],
  ])("AK-FLAG-addr listens on %s", async (addr, readyLine) => {
    await using daemon = await startDaemon(["--addr", addr, "--metrics-addr", "off"]);
    expect(daemon.readyLine).toMatch(readyLine);
    await using client = new AgentKeeperClient({
      host: addr.startsWith("[") ? "::1" : "127.0.0.1",
      port: daemon.port,
    });
    expect(await client.find()).toEqual([]);
    expect(daemon.stderr().includes("anyone who can reach this port")).toBe(
      addr === ":0" || addr.startsWith("0.0.0.0"),
    );
  });

  it("AK-FLAG-addr localhost is reachable on both loopbacks", async () => {
    await using daemon = await startDaemon(["--addr=localhost:0", "--metrics-addr=off"]);
    for (const host of ["127.0.0.1", "::1", "[::1]"]) {
      await using client = new AgentKeeperClient({ host, port: daemon.port });
      expect(await client.find()).toEqual([]);
    }
  });

  it("AK-FLAG-metrics-addr off serves no operator's port", async () => {
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
    expect(daemon.readyLine).toMatch(/ http=off /);
  });

  it.each([
    [["--nonsense"], "--nonsense"],
    [["stray"], "stray"],
    [["--addr=nowhere"], "--addr: expected HOST:PORT"],
    [["--addr=127.0.0.1:70000"], "--addr: expected HOST:PORT"],
    [["--metrics-addr=9090"], "--metrics-addr: expected HOST:PORT"],
    [["--dead-retention=-1"], "dead-retention"],
    [["--dead-retention=many"], "--dead-retention: expected a whole number"],
    [["--max-watchers=0"], "--max-watchers: expected a whole number"],
    [["--log-level=loud"], "--log-level: expected silent or error"],
    [["--fsync=sometimes"], "--fsync: expected always or never"],
  ])("AK-FLAG-syntax AK-FLAG-metrics-addr %j says what is wrong and exits with 2", async (args, message) => {
    const { code, stderr, stdout } = await runDaemon(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Try "agentkeeper --help"');
  });

  it("AK-FLAG-version AK-FLAG-help print and exit with 0", async () => {
    expect((await runDaemon(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { code, stdout } = await runDaemon(["--help"]);
    expect(code).toBe(0);
    for (const flag of [
      "--addr=HOST:PORT",
      "--metrics-addr=HOST:PORT",
      "--data-dir=DIR",
      "--fsync=always|never",
      "--unique-names",
      "--dead-retention=N",
      "--event-retention=N",
      "--max-watchers=N",
      "--log-level=",
      "--version",
      "--help",
    ]) {
      expect(stdout).toContain(flag);
    }
  });

  it("AK-FLAG-log-level silent says nothing at all", async () => {
    await using daemon = await startDaemon(["--addr=0.0.0.0:0", "--metrics-addr=off", "--log-level=silent"]);
    await daemon.stop("SIGTERM");
    expect(daemon.stderr()).toBe("");
  });

  it("AK-FLAG-unique-names AK-ERR-NAME_TAKEN refuses a live duplicate only", async () => {
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off", "--unique-names"]);
    await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
    const card = { name: "orchestrator", description: "", version: "" };
    const first = await client.register(card);
    await expect(client.register(card)).rejects.toMatchObject({
      code: "name_taken",
      grpcCode: "ALREADY_EXISTS",
    });
    await first.deregister();
    await client.register(card);
  });

  it("AK-FLAG-dead-retention AK-FLAG-event-retention keep as much as they say", async () => {
    await using daemon = await startDaemon([
      "--addr=127.0.0.1:0",
      "--metrics-addr=off",
      "--dead-retention=1",
      "--event-retention=0",
    ]);
    await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
    const handles = await Promise.all(
      ["a", "b"].map((name) => client.register({ name, description: "", version: "" })),
    );
    for (const handle of handles) {
      await handle.deregister();
    }
    await expect(client.getAgent(handles[0]?.agentId ?? "")).rejects.toMatchObject({
      code: "agent_not_found",
    });
    expect((await client.getAgent(handles[1]?.agentId ?? "")).status).toBe("DEAD");
  });

  it("AK-PROC-2 a default operator's port that is taken moves; one that was asked for is fatal", async () => {
    await using first = await startDaemon(["--addr=127.0.0.1:0"]);
    await using second = await startDaemon(["--addr=127.0.0.1:0"]);
    const ports = [first, second].map((daemon) => /http=127\.0\.0\.1:(\d+)/.exec(daemon.readyLine)?.[1]);
    expect(ports[1]).not.toBe("9090");
    expect(ports[0]).not.toBe(ports[1]);
    expect(second.stderr()).toContain("127.0.0.1:9090 is taken");
    const asked = await runDaemon(["--addr=127.0.0.1:0", `--metrics-addr=127.0.0.1:${ports[1]}`]);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain(`cannot listen on 127.0.0.1:${ports[1]}`);
    const sameGrpc = await runDaemon([`--addr=127.0.0.1:${first.port}`, "--metrics-addr=off"]);
    expect(sameGrpc.code).toBe(1);
    expect(sameGrpc.stderr).toContain(`cannot listen on 127.0.0.1:${first.port}`);
  });

  it("AK-PROC-2 gRPC gets port 9090 when both want it", async () => {
    // Two daemons, of which one may find the default operator's port taken by the gRPC port of the other or by itself.
    await using daemon = await startDaemon(["--addr=127.0.0.1:0"]);
    const clash = await startDaemon([`--addr=127.0.0.2:${daemon.port}`, `--metrics-addr=127.0.0.2:0`]);
    expect(clash.port).toBe(daemon.port);
    await clash.stop("SIGTERM");
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "AK-PROC-3 %s ends streams and waiting claims, exit code 0",
    async (signal) => {
      await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
      await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
      const agent = await client.register({ name: "a", description: "", version: "" });
      const watch = client.watch([], () => undefined, { maxReconnects: 0 });
      await watch.ready;
      const claiming = client.claimTask(agent.agentId);
      await client.find();
      const [code] = await Promise.all([
        daemon.stop(signal),
        expect(claiming).rejects.toMatchObject({ code: "shutting_down", grpcCode: "UNAVAILABLE" }),
      ]);
      expect(code).toBe(0);
      expect(await watch.ended).toMatchObject({ code: "shutting_down", grpcCode: "UNAVAILABLE" });
    },
  );

  it("AK-PROC-4 silence, garbage and HTTP/1 close their connection, and the daemon lives on", async () => {
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
    for (const bytes of [
      "",
      "\u0000\u0001garbage that is no preface at all",
      "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    ]) {
      const socket = connect({ host: "127.0.0.1", port: daemon.port });
      await once(socket, "connect");
      socket.on("error", () => undefined);
      const closed = once(socket, "close");
      if (bytes === "") {
        socket.destroy();
      } else {
        socket.resume();
        socket.write(bytes);
      }
      await closed;
    }
    await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
    expect(await client.find()).toEqual([]);
  });

  it("AK-PROC-5 the process that was started is the one that listens and ends", async () => {
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
    expect(daemon.childProcesses()).toEqual([]);
    expect(await daemon.stop("SIGTERM")).toBe(0);
  });

  it("AK-Z1 AK-L6 every start in memory is a new store, and its tokens are above those of the one before", async () => {
    const tokenOf = async (): Promise<bigint> => {
      await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
      await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
      expect(await client.find()).toEqual([]);
      const agent = await client.register({ name: "a", description: "", version: "" });
      const lease = await client.acquireLease("key", agent.agentId);
      return lease?.lease.token ?? 0n;
    };
    const first = await tokenOf();
    expect(await tokenOf()).toBeGreaterThanOrEqual(first);
  });
});

describe("the operator's port", () => {
  it("AK-HTTP-dashboard AK-HTTP-healthz AK-HTTP-metrics AK-HTTP-other answers what it should and nothing else", async () => {
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0"]);
    await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
    const hostile = `<script>alert(1)</script>"'&`;
    const agent = await client.register({ name: hostile, description: "", version: "", tools: [hostile] });
    await client.acquireLease(hostile, agent.agentId);
    await client.campaign(hostile, agent.agentId);
    const page = await get(`${daemon.http}/`);
    expect(page).toMatchObject({ status: 200, type: "text/html; charset=utf-8" });
    expect(page.body).toContain('<meta http-equiv="refresh" content="5">');
    expect(page.body).toContain('<b id="agents-alive">1</b>');
    expect(page.body).toContain('<b id="leases-active">1</b>');
    expect(page.body).not.toMatch(/<script(?! src="\/)/);
    expect(page.body).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
    // All that it loads and leads to is of this server.
    expect(page.body).not.toMatch(/(src|href|action)="(?!\/(?!\/)|#content")|url\(|@import/);
    expect(await get(`${daemon.http}/healthz`)).toMatchObject({ status: 200, body: "ok" });
    const metrics = await get(`${daemon.http}/metrics`);
    expect(metrics.type).toContain("text/plain; version=0.0.4");
    expect(metrics.body).not.toContain("alert");
    expect(await get(`${daemon.http}/nothing`)).toMatchObject({ status: 404 });
    expect(await get(`${daemon.http}/`, { method: "POST" })).toMatchObject({ status: 405 });
  });

  it("AK-METRIC-agentkeeper_rpc_total AK-METRIC-agentkeeper_rpc_errors_total AK-METRIC-agentkeeper_agents_alive AK-METRIC-agentkeeper_leases_active AK-METRIC-agentkeeper_agents AK-METRIC-agentkeeper_tasks AK-METRIC-agentkeeper_watchers AK-METRIC-agentkeeper_events_total AK-METRIC-agentkeeper_event_sequence AK-METRIC-agentkeeper_store_sync_seconds AK-METRIC-agentkeeper_pauses_total count what happened", async () => {
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0"]);
    await using client = new AgentKeeperClient({ port: daemon.port, host: "127.0.0.1" });
    const read = async (): Promise<Map<string, number>> => {
      const { body } = await get(`${daemon.http}/metrics`);
      const samples = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      for (const name of new Set(
        samples.map((line) => line.split(/[{ ]/)[0]?.replace(/_(bucket|sum|count)$/, "")),
      )) {
        expect(body).toContain(`# HELP ${name} `);
        expect(body).toContain(`# TYPE ${name} `);
      }
      return new Map(
        samples.map((line) => [
          line.slice(0, line.lastIndexOf(" ")),
          Number(line.slice(line.lastIndexOf(" "))),
        ]),
      );
    };
    const before = await read();
    const rpc = (method: string): string => `agentkeeper_rpc_total{method="/agentkeeper.v1.${method}"}`;
    expect(
      [...before.keys()].filter((key) => key.includes('_rpc_total{method="/agentkeeper.v1.')),
    ).toHaveLength(22);
    expect(before.get(rpc("TaskService/ClaimTask"))).toBe(0);
    const agent = await client.register({ name: "a", description: "", version: "", ttlSeconds: 600 });
    await client.acquireLease("key", agent.agentId);
    await client.getAgent("nobody").catch(() => undefined);
    const claiming = client.claimTask(agent.agentId);
    claiming.catch(() => undefined);
    const watch = client.watch([]);
    await watch.ready;
    const after = await read();
    expect(Object.fromEntries(after)).toMatchObject({
      agentkeeper_agents_alive: 1,
      agentkeeper_leases_active: 1,
      'agentkeeper_rpc_total{method="/agentkeeper.ext.v1.RegistryExtService/RegisterAgent"}': 1,
      [rpc("RegistryService/GetAgent")]: 1,
      'agentkeeper_rpc_total{method="/agentkeeper.ext.v1.EventService/Watch"}': 1,
      'agentkeeper_rpc_total{method="/agentkeeper.ext.v1.TaskExtService/ClaimTask"}': 1,
      'agentkeeper_rpc_errors_total{method="/agentkeeper.v1.RegistryService/GetAgent",code="NOT_FOUND"}': 1,
      'agentkeeper_agents{status="ALIVE"}': 1,
      'agentkeeper_agents{status="DEAD"}': 0,
      'agentkeeper_tasks{status="PENDING"}': 0,
      agentkeeper_watchers: 1,
      'agentkeeper_events_total{topic="lease.acquired"}': 1,
      agentkeeper_event_sequence: 2,
      agentkeeper_pauses_total: 0,
    });
    expect(after.get("agentkeeper_store_sync_seconds_count")).toBeGreaterThan(0);
    await client.createTask({ type: "work" });
    await claiming;
    expect((await read()).get("agentkeeper_leases_active")).toBe(2);
    watch.cancel();
  });
});
