import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { runServerProcess, startServerProcess, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { type AgentClient, type ClientFixture, startClients } from "../client/fixture.ts";
import { at } from "../http/fixture.ts";

const executable = fileURLToPath(new URL("../../dist/bin/x-agentdraft.js", import.meta.url));
const answerChars = 25_000;

type Answer = Awaited<ReturnType<Client["callTool"]>>;

interface Host extends AsyncDisposable {
  readonly mcp: Client;
  call(name: string, args?: Record<string, unknown>): Promise<Answer>;
}

/** An MCP host that has started the executable for an agent. */
async function startHost(clients: ClientFixture, { agent }: AgentClient): Promise<Host> {
  const mcp = new Client({ name: "host", version: "1" });
  const env = { AGENTDRAFT_API_KEY: agent.key, AGENTDRAFT_BASE_URL: clients.draft.url };
  await mcp.connect(
    new StdioClientTransport({ command: process.execPath, args: [executable, "mcp"], env, stderr: "ignore" }),
  );
  return {
    mcp,
    call: (name, args = {}) => mcp.callTool({ name, arguments: args }),
    [Symbol.asyncDispose]: () => mcp.close(),
  };
}

/** What a successful call has answered, the same as text and as structure. */
function told({ content, structuredContent, isError }: Answer): Record<string, unknown> {
  const [text] = content;
  expect(isError).toBeUndefined();
  expect(text?.type === "text" && JSON.parse(text.text)).toEqual(structuredContent);
  expect(text?.type === "text" && text.text.length).toBeLessThanOrEqual(answerChars);
  return structuredContent as Record<string, unknown>;
}

/** All items of a list, part by part. */
async function allOf(
  host: Host,
  tool: string,
  args: Record<string, unknown>,
  { list, argument = "cursor", member = "next_cursor" }: { list: string; argument?: string; member?: string },
): Promise<{ readonly items: unknown[]; readonly parts: number }> {
  const items: unknown[] = [];
  for (let parts = 1, more: Record<string, unknown> = {}; ; parts += 1) {
    const part = told(await host.call(tool, { ...args, ...more }));
    items.push(...(part[list] as unknown[]));
    const next = part[member] ?? undefined;
    if (next === undefined) {
      return { items, parts };
    }
    expect(part.more).toContain(JSON.stringify(next));
    more = { [argument]: next };
  }
}

describe("x-agentdraft mcp", () => {
  it("answers a wrong argument with an error, and a lost slot with who won it", async () => {
    await using clients = await startClients();
    const [winner, loser] = [await clients.agent(1), await clients.agent(5)];
    const slot = { start: at("10:00"), end: at("10:30") };
    const { bookingId } = await winner.client.bookings.commit(slot);
    await using host = await startHost(clients, loser);

    expect(told(await host.call("commit_booking", slot))).toMatchObject({
      error: "outranked",
      winning_booking_id: bookingId,
    });
    expect(told(await host.call("cancel_booking", { booking_id: bookingId }))).toMatchObject({
      error: "AuthError",
      detail: { error: "not_owner" },
    });

    const wrong: readonly [string, Record<string, unknown>, object][] = [
      ["commit_booking", { ...slot, start: "2030-01-07T10:00:00" }, { code: "invalid_time" }],
      ["commit_booking", { ...slot, end: slot.start }, { code: "invalid_request" }],
      [
        "commit_booking",
        { ...slot, titel: "x" },
        { message: expect.stringContaining("did you mean title?") },
      ],
      ["get_availability", { start: slot.start }, { code: "invalid_argument" }],
      ["release_hold", { hold_id: "bkg_nothing" }, { code: "not_found" }],
      ["list_audit", { limit: 0 }, { code: "invalid_argument" }],
      ["wait_approval", { approval_id: "apr_nothing" }, { code: "not_found" }],
    ];
    for (const [tool, args, error] of wrong) {
      const answer = await host.call(tool, args);
      expect(answer, `${tool} ${JSON.stringify(args)}`).toMatchObject({
        isError: true,
        structuredContent: { error },
      });
    }
  });

  it("tells of a call that is not allowed or fails as of an error", async () => {
    await using clients = await startClients();
    const agent = await clients.agent(1, { scopes: ["bookings:write"] });
    await using host = await startHost(clients, agent);
    expect(await host.call("list_messages")).toMatchObject({ isError: true });
    await clients.draft.server.close();
    expect(await host.call("whoami")).toMatchObject({
      isError: true,
      structuredContent: { error: { retryable: true } },
    });
  });

  it("leads through a month of free slots in parts that a model can read", async () => {
    await using clients = await startClients();
    const agent = await clients.agent();
    await using host = await startHost(clients, agent);
    const month = { start: at("00:00", 30), end: at("00:00", 60) };
    const free = (await agent.client.availability.list(month)).map(({ start, end }) => [+start, +end]);
    expect(free.length).toBeGreaterThan(900);
    const { items, parts } = await allOf(host, "get_availability", month, { list: "slots" });
    expect(parts).toBeGreaterThan(2);
    const instants = (items as { start: string; end: string }[]).map(({ start, end }) => [
      Date.parse(start),
      Date.parse(end),
    ]);
    expect(instants).toEqual(free);
    const few = told(await host.call("get_availability", { ...month, limit: 3 }));
    expect(few.slots).toEqual(items.slice(0, 3));
    expect(few.next_cursor).toBe((items[3] as { start: string }).start);
  });

  it("leads through the audit trail, and checks it", async () => {
    await using clients = await startClients();
    const agent = await clients.agent();
    for (let index = 0; index < 60; index += 1) {
      const { bookingId } = await agent.client.bookings.hold({ start: at("10:00"), end: at("10:30") });
      await agent.client.bookings.release(bookingId);
    }
    await using host = await startHost(clients, agent);
    const events = [];
    for await (const event of agent.client.audit.export()) {
      events.push(event);
    }
    const where = { list: "events", argument: "after", member: "next_after" };
    const { items, parts } = await allOf(host, "list_audit", { limit: 1_000 }, where);
    expect(parts).toBeGreaterThan(1);
    expect(items).toEqual(JSON.parse(JSON.stringify(events)));
    expect(told(await host.call("verify_audit"))).toMatchObject({ ok: true, checked: events.length });
  });

  it("leads through mail that is longer than an answer may be", async () => {
    await using clients = await startClients();
    const [reader, writer] = [await clients.agent(1), await clients.agent(2)];
    const { address } = await reader.client.mailbox.info();
    for (let index = 0; index < 7; index += 1) {
      const bodyText = `${index} ${"long ".repeat(1_500)}`;
      await writer.client.mailbox.send({ to: address, subject: `mail ${index}`, bodyText });
    }
    await using host = await startHost(clients, reader);
    const { items, parts } = await allOf(host, "list_messages", { limit: 5 }, { list: "messages" });
    expect(parts).toBeGreaterThan(2);
    expect(items.map((mail) => (mail as { subject: string }).subject)).toEqual(
      [6, 5, 4, 3, 2, 1, 0].map((index) => `mail ${index}`),
    );
  });

  it("waits for a person with signs of life, and says when nobody has decided", async () => {
    await using clients = await startClients();
    const agent = await clients.agent();
    await using host = await startHost(clients, agent);
    const asked = told(await host.call("request_approval", { action_type: "deploy", summary: "Ship it?" }));
    const id = asked.approval_id;
    expect(asked.expires_at).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(told(await host.call("wait_approval", { approval_id: id, timeout_seconds: 0.1 }))).toEqual({
      approval_id: id,
      status: "pending",
      note: null,
      receipt: null,
    });

    const notes: unknown[] = [];
    const cancel = new AbortController();
    const waiting = host.mcp.callTool(
      { name: "wait_approval", arguments: { approval_id: id } },
      { onprogress: (note) => notes.push(note), signal: cancel.signal },
    );
    const cancelled = expect(waiting).rejects.toThrow();
    await waitUntil(() => notes.length > 0);
    expect(notes[0]).toMatchObject({ message: "waiting for the owner's decision", total: 60 });
    cancel.abort();
    await cancelled;

    await clients.owner.post(`/v1/dashboard/approvals/${id}/resolve`, { decision: "approved" });
    expect(told(await host.call("wait_approval", { approval_id: id }))).toMatchObject({ status: "approved" });
  });

  it("serves many hosts over HTTP, for the key in a file", async () => {
    await using clients = await startClients();
    const { agent } = await clients.agent();
    const directory = await mkdtemp(join(tmpdir(), "x-agentdraft-mcp-"));
    const file = join(directory, "key");
    await writeFile(file, `${agent.key}\n`);
    await using server = await startServerProcess(executable, [
      "mcp",
      "--http=127.0.0.1:0",
      `--url=${clients.draft.url}`,
      `--key-file=${file}`,
    ]);
    const url = new URL(/ready http=(\S+)/.exec(server.readyLine)?.[1] ?? "");
    const [one, other] = [new Client({ name: "a", version: "1" }), new Client({ name: "b", version: "1" })];
    await one.connect(new StreamableHTTPClientTransport(url));
    await other.connect(new StreamableHTTPClientTransport(url));
    for (const host of [one, other]) {
      expect(told(await host.callTool({ name: "whoami" }))).toMatchObject({ agent_id: agent.agentId });
      await host.close();
    }
    expect(await server.stop("SIGTERM")).toBe(0);
    await rm(directory, { recursive: true });
  });

  it("says in one line that it has no key", async () => {
    const { code, stdout, stderr } = await runServerProcess(executable, ["mcp"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^.*AGENTDRAFT_API_KEY.*\. Try "x-agentdraft mcp --help"\.\n$/);
  });
});
