import { randomUUID } from "node:crypto";
import { freePort, trackLeaks, waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import {
  type BindufyOptions,
  bindufy,
  type Handler,
  RegistrationError,
  type RunningAgent,
  verifyArtifact,
} from "../../src/index.ts";

async function start(
  handler: Handler,
  options: BindufyOptions = {},
  name = "embedded",
): Promise<RunningAgent> {
  const url = `http://localhost:${await freePort()}`;
  const config = { author: "a@b.c", name, deployment: { url } };
  return bindufy(config, handler, {
    core: "embedded",
    coreAddress: "localhost:0",
    callbackPort: 0,
    ...options,
  });
}

interface Part {
  readonly kind: string;
  readonly text?: string;
  readonly data?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface Task {
  readonly id: string;
  readonly status: { readonly state: string };
  readonly history: readonly { readonly role: string; readonly parts: readonly Part[] }[];
  readonly artifacts?: readonly { readonly parts: readonly Part[] }[];
}

async function rpc(url: string, method: string, params: object): Promise<Task> {
  const response = await fetch(url, {
    method: "POST",
    headers: { connection: "close" },
    body: JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method, params }),
  });
  const body = Object(await response.json());
  if (body.error !== undefined) {
    throw new Error(JSON.stringify(body.error));
  }
  return body.result;
}

/** Sends a message, and waits for what comes of it. */
function ask(url: string, text: string): Promise<Task> {
  const ids = { messageId: randomUUID(), contextId: randomUUID(), taskId: randomUUID() };
  const message = { role: "user", kind: "message", ...ids, parts: [{ kind: "text", text }] };
  return rpc(url, "message/send", {
    message,
    configuration: { acceptedOutputModes: ["text/plain"], blocking: true },
  });
}

async function keyOf(url: string, did: string): Promise<string> {
  const response = await fetch(`${url}/did/resolve?did=${encodeURIComponent(did)}`, {
    headers: { connection: "close" },
  });
  return Object(await response.json()).authentication[0].publicKeyBase58;
}

test("S21 a handler is an agent in one process: called over HTTP, answered, signed", async () => {
  // The first core of a process loads the logger, which keeps a listener of its own.
  await (await start(() => "")).close();
  await using leaks = trackLeaks();
  const agent = await start(
    (_, { lastUserMessage, taskId, agent: { did } }) => `${lastUserMessage} ${taskId?.length} ${did}`,
  );
  const { status, artifacts } = await ask(agent.agentUrl, "Hi");
  expect(status.state).toBe("completed");
  const [part] = artifacts?.[0]?.parts ?? [];
  expect(part?.text).toBe(`Hi 36 ${agent.did}`);
  const key = await keyOf(agent.agentUrl, agent.did);
  expect(part !== undefined && verifyArtifact(part, key)).toBe(true);
  expect(part !== undefined && verifyArtifact({ ...part, text: "Ho" }, key)).toBe(false);
  await agent.close();
  await leaks.expectNoLeaks({ withinMs: 8_000 });
}, 20_000);

test("S17 what handlers give is what tasks become", async () => {
  const results: Record<string, () => unknown> = {
    text: () => "Paris.",
    empty: () => "",
    question: () => ({ state: "input-required", prompt: "Which?" }),
    login: () => ({ state: "auth-required" }),
    more: () => ({ state: "input-required", content: "say more" }),
    done: () => ({ state: "completed", content: "done!" }),
    failed: () => ({ state: "failed", prompt: "no {x}" }),
    data: () => ({ a: 1 }),
    pieces: () => ["a", "b"].values(),
    throws: () => {
      throw new Error("boom {1}");
    },
  };
  await using agent = await start((_, { lastUserMessage = "" }) => results[lastUserMessage]?.() as string);
  const seen = await Promise.all(
    Object.keys(results).map(async (name) => {
      const { status, history, artifacts } = await ask(agent.agentUrl, name);
      const answer = history.findLast(({ role }) => role === "agent")?.parts[0]?.text;
      return [name, status.state, answer, artifacts?.[0]?.parts[0]?.text];
    }),
  );
  expect(seen).toEqual([
    ["text", "completed", "Paris.", "Paris."],
    ["empty", "completed", "", ""],
    ["question", "input-required", "Which?", undefined],
    ["login", "auth-required", "Sign-in is needed.", undefined],
    ["more", "input-required", "say more", undefined],
    ["done", "completed", "done!", "done!"],
    ["failed", "failed", "Task execution failed: INTERNAL: no (x)", undefined],
    ["data", "completed", '{"a":1}', '{"a":1}'],
    ["pieces", "completed", "ab", "ab"],
    ["throws", "failed", "Task execution failed: INTERNAL: boom (1)", undefined],
  ]);
});

test("auto starts a core once: the next agent finds it, and both are called", async () => {
  const coreAddress = `localhost:${await freePort()}`;
  await using first = await start(() => "first", { core: "auto", coreAddress }, "first");
  await using second = await start(() => "second", { core: "auto", coreAddress }, "second");
  expect([first.coreAddress, second.coreAddress].map((address) => address.split(":")[1])).toEqual(
    Array(2).fill(coreAddress.split(":")[1]),
  );
  for (const [agent, text] of [
    [first, "first"],
    [second, "second"],
  ] as const) {
    expect((await ask(agent.agentUrl, "x")).artifacts?.[0]?.parts[0]?.text).toBe(text);
  }
});

test("a refusal of the core is its text, and ends what was started", async () => {
  await using leaks = trackLeaks();
  const config = { author: "a:b", name: "colon", deployment: { url: "http://localhost:1" } };
  const error: unknown = await bindufy(config, () => "", {
    core: "embedded",
    coreAddress: "localhost:0",
  }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(RegistrationError);
  expect(error).toMatchObject({ reply: expect.stringContaining("bindu DID must have format") });
  await leaks.expectNoLeaks({ withinMs: 8_000 });
}, 20_000);

test("S19 a closed agent is called no more", async () => {
  const coreAddress = `localhost:${await freePort()}`;
  await using first = await start(() => "first", { core: "auto", coreAddress }, "first");
  const second = await start(() => "second", { core: "attach", coreAddress }, "second");
  await second.close();
  const isServed = (url: string): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await waitUntil(async () => !(await isServed(`${second.agentUrl}/health`)), { withinMs: 8_000 });
  expect(await isServed(`${first.agentUrl}/health`)).toBe(true);
}, 20_000);
