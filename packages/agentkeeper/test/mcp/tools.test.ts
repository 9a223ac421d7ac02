import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { startServerProcess, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { daemonFile, runDaemon } from "../daemon-process.ts";
import { type Keeper, startKeeper } from "../fixture.ts";

type Answer = Awaited<ReturnType<Client["callTool"]>>;

interface Host extends AsyncDisposable {
  readonly mcp: Client;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
}

/** An MCP host that has started the executable beside a daemon. */
async function startHost({ server }: Keeper, ...flags: readonly string[]): Promise<Host> {
  const mcp = new Client({ name: "host", version: "1" });
  const args = [daemonFile, "mcp", `--host=${server.host}`, `--port=${server.port}`, ...flags];
  await mcp.connect(new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }));
  return {
    mcp,
    call: (name, given = {}) => mcp.callTool({ name, arguments: given }),
    [Symbol.asyncDispose]: () => mcp.close(),
  };
}

/** What a successful call has answered, the same as text and as structure. */
function told({ content, structuredContent, isError }: Answer): Record<string, unknown> {
  const [text] = content;
  expect(isError, text?.type === "text" ? text.text : "").toBeUndefined();
  expect(text?.type === "text" && JSON.parse(text.text)).toEqual(structuredContent);
  return structuredContent as Record<string, unknown>;
}

const codeOf = ({ isError, structuredContent }: Answer): unknown =>
  isError === true && (structuredContent as { error: { code: string } }).error.code;

const looking = ["check_policy", "create_task", "find_agents", "get_election", "get_task", "recent_events"];
const acting = ["acquire_lease", "claim_task", "complete_task", "fail_task", "release_lease", "renew_lease"];

describe("agentkeeper mcp", () => {
  it("registers an agent while it runs, finds it and others, and releases all that it holds at its end", async () => {
    await using keeper = await startKeeper();
    const other = await keeper.agent("scraper", ["browser"]);
    const host = await startHost(
      keeper,
      "--agent-name=writer",
      "--agent-tools=pen,paper",
      "--agent-ttl-seconds=2",
    );
    const { tools } = await host.mcp.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([...looking, ...acting].sort());
    expect(tools.find(({ name }) => name === "find_agents")?.annotations).toMatchObject({
      readOnlyHint: true,
    });
    expect(tools.find(({ name }) => name === "fail_task")?.annotations).toMatchObject({
      destructiveHint: true,
    });

    const [writer] = await keeper.client.find({ tools: ["pen"] });
    expect(host.mcp.getInstructions()).toContain(writer?.agentId);
    expect(told(await host.call("find_agents", { query: "scraper", limit: 1 }))).toMatchObject({
      agents: [{ agent_id: other, name: "scraper", tools: ["browser"], status: "ALIVE" }],
      next_cursor: 1,
    });
    expect(told(await host.call("find_agents", { query: "scraper", cursor: 1 }))).toMatchObject({
      agents: [{ agent_id: writer?.agentId, name: "writer" }],
      next_cursor: null,
    });

    told(await host.call("acquire_lease", { key: "report" }));
    const { id } = await keeper.client.createTask({ type: "write" });
    expect(told(await host.call("claim_task"))).toMatchObject({ task: { task_id: id }, claim_is_kept: true });
    await host.mcp.close();

    await waitUntil(async () => (await keeper.client.find({ tools: ["pen"] })).length === 0);
    const died = [];
    for await (const agent of keeper.client.listAgents({ statuses: ["DEAD"] })) {
      died.push(agent.deathCause);
    }
    expect(died).toEqual(["DEREGISTERED"]);
    expect(await keeper.client.acquireLease("report", other)).not.toBeNull();
    expect((await keeper.client.getTask(id)).status).toBe("PENDING");
  });

  it("holds a lease against others, says who has it, waits in line, renews and releases it", async () => {
    await using keeper = await startKeeper();
    const other = await keeper.agent("other");
    await using host = await startHost(keeper, "--agent-name=writer");
    const first = told(await host.call("acquire_lease", { key: "report", ttl_seconds: 60 }));
    expect(first).toMatchObject({ acquired: true, key: "report", token: expect.stringMatching(/^\d+$/) });
    expect(await keeper.client.acquireLease("report", other)).toBeNull();
    const renewed = told(await host.call("renew_lease", { key: "report", ttl_seconds: 600 }));
    expect(renewed.token).toBe(first.token);
    expect(Date.parse(String(renewed.expires_at))).toBeGreaterThan(
      Date.parse(String(first.expires_at)) + 500_000,
    );
    expect(told(await host.call("release_lease", { key: "report" }))).toEqual({
      released: true,
      key: "report",
    });
    expect(codeOf(await host.call("release_lease", { key: "report" }))).toBe("lease_not_held");
    expect(codeOf(await host.call("renew_lease", { key: "never" }))).toBe("lease_not_held");

    const theirs = await keeper.client.acquireLease("report", other);
    expect(told(await host.call("acquire_lease", { key: "report" }))).toMatchObject({
      acquired: false,
      holder_agent_id: other,
    });
    const notes: unknown[] = [];
    const waiting = host.mcp.callTool(
      { name: "acquire_lease", arguments: { key: "report", wait_seconds: 30 } },
      { onprogress: (note) => notes.push(note) },
    );
    await waitUntil(async () => (await keeper.client.getLease("report")).waiters === 1);
    expect(notes).toMatchObject([{ message: "waiting in line for report", total: 30 }]);
    await theirs?.release();
    expect(told(await waiting)).toMatchObject({ acquired: true });
  });

  it("works through tasks: creates, claims with a wait, completes and fails them", async () => {
    await using keeper = await startKeeper();
    await using host = await startHost(keeper, "--agent-name=writer", "--agent-tools=pen");
    expect(told(await host.call("claim_task"))).toEqual({ task: null });

    const notes: unknown[] = [];
    const waiting = host.mcp.callTool(
      { name: "claim_task", arguments: { types: ["write"], wait_seconds: 30 } },
      { onprogress: (note) => notes.push(note) },
    );
    await waitUntil(() => notes.length > 0);
    const made = told(
      await host.call("create_task", {
        type: "write",
        input: "a poem",
        required_tools: ["pen"],
        max_retries: 1,
      }),
    );
    const { task } = told(await waiting);
    expect(task).toMatchObject({
      task_id: made.task_id,
      status: "CLAIMED",
      input: "a poem",
      retries: "0 of 1",
    });

    const id = made.task_id;
    told(await host.call("fail_task", { task_id: id, reason: "no rhyme" }));
    expect(told(await host.call("get_task", { task_id: id }))).toMatchObject({
      status: "PENDING",
      retries: "1 of 1",
    });
    told(await host.call("claim_task"));
    told(await host.call("complete_task", { task_id: id, output: "a rhyme" }));
    expect(told(await host.call("get_task", { task_id: id }))).toMatchObject({
      status: "COMPLETED",
      output: "a rhyme",
    });
    expect(codeOf(await host.call("fail_task", { task_id: id }))).toBe("task_not_claimed");
    expect(codeOf(await host.call("get_task", { task_id: "nothing" }))).toBe("task_not_found");

    const binary = await keeper.client.createTask({ type: "bytes", input: new Uint8Array([0xff, 0xfe]) });
    expect(told(await host.call("get_task", { task_id: binary.id }))).toMatchObject({ input_base64: "//4=" });
    const large = await keeper.client.createTask({ type: "large", input: "x".repeat(1_000_000) });
    const shown = told(await host.call("get_task", { task_id: large.id }));
    expect(shown).toMatchObject({
      task_id: large.id,
      input: expect.stringContaining("(cut, 1000000 characters)"),
    });
  });

  it("gives a wait up when its caller cancels, and claims nothing for nobody", async () => {
    await using keeper = await startKeeper();
    await using host = await startHost(keeper, "--agent-name=writer");
    const cancel = new AbortController();
    const notes: unknown[] = [];
    const waiting = host.mcp.callTool(
      { name: "claim_task", arguments: { wait_seconds: 60 } },
      { signal: cancel.signal, onprogress: (note) => notes.push(note) },
    );
    const cancelled = expect(waiting).rejects.toThrow();
    await waitUntil(() => notes.length > 0);
    cancel.abort();
    await cancelled;
    // The answer to this call shows that the cancellation was read before it.
    await host.call("find_agents");
    const { id } = await keeper.client.createTask({ type: "write" });
    expect((await keeper.client.getTask(id)).status).toBe("PENDING");
  });

  it("keeps a claim beyond its time while the model works", async () => {
    await using keeper = await startKeeper();
    await using host = await startHost(keeper, "--agent-name=writer");
    const { id } = await keeper.client.createTask({ type: "write", ttlSeconds: 1 });
    const events = keeper.client.watch(["lease.renewed"]);
    await events.ready;
    told(await host.call("claim_task"));
    let renewals = 0;
    for await (const _ of events) {
      renewals += 1;
      if (renewals === 5) {
        break;
      }
    }
    expect((await keeper.client.getTask(id)).status).toBe("CLAIMED");
  });

  it("tells who leads, and what is allowed", async () => {
    await using keeper = await startKeeper();
    const leader = await keeper.agent("leader");
    const second = await keeper.agent("second");
    await keeper.client.campaign("pipeline", leader);
    await keeper.client.campaign("pipeline", second);
    await keeper.client.setPolicy({
      id: "p1",
      subject: "writer",
      action: "*",
      resource: "db/*",
      effect: "ALLOW",
    });
    await using host = await startHost(keeper);
    expect((await host.mcp.listTools()).tools.map(({ name }) => name).sort()).toEqual(looking);
    expect(host.mcp.getInstructions()).toContain("--agent-name");
    expect(told(await host.call("get_election", { group: "pipeline" }))).toMatchObject({
      leader_agent_id: leader,
      term: "1",
      candidate_agent_ids: [second],
    });
    expect(codeOf(await host.call("get_election", { group: "none" }))).toBe("election_not_found");
    const check = { subject: "writer", action: "write", resource: "db/orders" };
    expect(told(await host.call("check_policy", check))).toMatchObject({ allowed: true });
    expect(told(await host.call("check_policy", { ...check, resource: "mail" }))).toMatchObject({
      allowed: false,
    });
  });

  it("lists recent events, leads on from a cursor without a gap, and waits for the next", async () => {
    await using keeper = await startKeeper({ eventRetention: 300 });
    const agent = await keeper.agent();
    for (let index = 0; index < 40; index += 1) {
      await keeper.client.createTask({ type: `t${index}`, input: "x".repeat(2_000) });
    }
    await using host = await startHost(keeper);
    const newest = told(await host.call("recent_events", { limit: 3 }));
    expect(newest.events).toMatchObject([37, 38, 39].map((index) => ({ task: { type: `t${index}` } })));
    const topics = ["agent."];
    expect(told(await host.call("recent_events", { topics })).events).toMatchObject([
      { topic: "agent.registered", sequence: "1", agent: { agent_id: agent } },
    ]);

    const { logId } = await keeper.client.getServerInfo();
    const sequences: unknown[] = [];
    for (let cursor: unknown = `0@${logId}`; cursor !== `41@${logId}`; ) {
      const part = told(await host.call("recent_events", { cursor, limit: 500 }));
      sequences.push(...(part.events as { sequence: string }[]).map(({ sequence }) => sequence));
      expect(JSON.stringify(part).length).toBeLessThanOrEqual(25_000);
      cursor = part.next_cursor;
    }
    expect(sequences).toEqual(Array.from({ length: 41 }, (_, index) => String(index + 1)));

    const notes: unknown[] = [];
    const waiting = host.mcp.callTool(
      {
        name: "recent_events",
        arguments: { topics: ["lease."], cursor: newest.next_cursor, wait_seconds: 30 },
      },
      { onprogress: (note) => notes.push(note) },
    );
    await waitUntil(() => notes.length > 0);
    await keeper.client.createTask({ type: "not waited for" });
    await keeper.client.acquireLease("report", agent);
    expect(told(await waiting)).toMatchObject({
      events: [{ topic: "lease.acquired", lease: { key: "report" } }],
      next_cursor: `43@${logId}`,
    });
    expect(
      told(await host.call("recent_events", { cursor: `43@${logId}`, wait_seconds: 0.1 })),
    ).toMatchObject({ events: [], next_cursor: `43@${logId}` });

    expect(codeOf(await host.call("recent_events", { cursor: "yesterday" }))).toBe("invalid_argument");
    expect(codeOf(await host.call("recent_events", { cursor: "43@another-store" }))).toBe("resume_gap");
    for (let index = 0; index < 300; index += 1) {
      await keeper.client.createTask({ type: "more" });
    }
    expect(codeOf(await host.call("recent_events", { cursor: `1@${logId}` }))).toBe("resume_gap");
  });

  it("registers a lost agent anew, and says so once", async () => {
    await using keeper = await startKeeper();
    await using host = await startHost(keeper, "--agent-name=writer", "--agent-ttl-seconds=2");
    told(await host.call("acquire_lease", { key: "report" }));
    await keeper.client.register({
      name: "writer",
      description: "",
      version: "1",
      replace: true,
      ttlSeconds: 600,
    });
    await waitUntil(async () => codeOf(await host.call("release_lease", { key: "report" })) === "agent_lost");
    const agents = await keeper.client.find({ query: "writer" });
    expect(agents).toHaveLength(2);
    expect(codeOf(await host.call("renew_lease", { key: "report" }))).toBe("lease_not_held");
    expect(told(await host.call("acquire_lease", { key: "report" }))).toMatchObject({ acquired: true });
  });

  it("speaks with a daemon that asks for a token, over HTTP with its hosts", async () => {
    await using keeper = await startKeeper({ token: "open-sesame", client: { token: "open-sesame" } });
    const { server } = keeper;
    const flags = ["mcp", "--http=127.0.0.1:0", `--host=${server.host}`, `--port=${server.port}`];
    await using running = await startServerProcess(daemonFile, [
      ...flags,
      "--agent-name=writer",
      `--daemon-token-file=${new URL("token", import.meta.url).pathname}`,
    ]);
    const mcp = new Client({ name: "host", version: "1" });
    await mcp.connect(
      new StreamableHTTPClientTransport(new URL(/ready http=(\S+)/.exec(running.readyLine)?.[1] ?? "")),
    );
    expect(told(await mcp.callTool({ name: "acquire_lease", arguments: { key: "k" } }))).toMatchObject({
      acquired: true,
    });
    await mcp.close();
    expect(await running.stop("SIGTERM")).toBe(0);
    expect(await keeper.client.find()).toEqual([]);
  });

  it("says in one line that there is no daemon", async () => {
    const { code, stdout, stderr } = await runDaemon(["mcp", "--port=1", "--agent-name=writer"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^agentkeeper mcp: cannot register writer at localhost:1: .*\n$/);
  });
});
