// Every exchange that was captured of the official core, in its order, with an agent like the one of the capture.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { waitUntil } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAgent, type TestAgent } from "../agent-server.ts";
import vectors from "../vectors/bindu.json" with { type: "json" };
import { startTestCore, type TestCore } from "./fixture.ts";

/** Where we answer otherwise on purpose (D10, D21). */
const otherwise: Readonly<Record<string, unknown>> = {
  "feedback without rating": {
    result: {
      message: "Feedback submitted successfully",
      task_id: "11111111-0000-4000-8000-000000000001",
    },
  },
  "get failed": "Task execution failed: INTERNAL: handler blew up",
};

/** Ids that agents' messages get, and what runs us: no Python (D28). */
const alwaysOther = ["/result/history/1/message_id", "/result/history/3/message_id", "/system/node_version"];

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A value without what differs from run to run. */
function stable(value: Json, volatile: readonly string[], path = ""): Json {
  const isVolatile = volatile.some((given) => {
    const [pattern = ""] = given.split(" ");
    return new RegExp(`^${pattern.replaceAll("*", "[^/]+")}$`).test(path);
  });
  if (isVolatile) {
    return "volatile";
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => stable(item, volatile, `${path}/${index}`));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, stable(member, volatile, `${path}/${name}`)]),
  );
}

describe("exchanges with the official core", () => {
  let test: TestCore;
  let agent: TestAgent;
  let url = "";
  let directory = "";

  beforeAll(async () => {
    // A directory as the official core leaves it, with the key of the capture: signatures are equal to the byte.
    directory = await mkdtemp(join(tmpdir(), "bindu-"));
    const keys = join(directory, ".bindu", "agents", vectors.registration.config.name, ".bindu");
    await mkdir(keys, { recursive: true, mode: 0o700 });
    await writeFile(join(keys, "private.pem"), vectors.test_key.private_pem, { mode: 0o600 });
    await writeFile(join(keys, "public.pem"), vectors.test_key.public_pem);
    test = await startTestCore({ dataDir: directory });
    agent = await startAgent({
      handleMessages({ messages }) {
        const text = messages.at(-1)?.content ?? "";
        switch (text) {
          case "ask":
            return { state: "input-required", prompt: "Which?" };
          case "login":
            return { state: "auth-required", prompt: "Log in" };
          case "done":
            return { state: "completed", content: "done!" };
          case "boom":
            throw new ConnectError("handler blew up", Code.Internal);
          default:
            return { content: `Echo: ${text}` };
        }
      },
    });
    const { config, reply } = vectors.registration;
    const here = { ...config, deployment: { ...config.deployment, url: "http://localhost:0" } };
    const registered = await test.register(here, agent.address, [
      {
        name: "qa",
        description: "Answers",
        tags: ["t"],
        inputModes: ["text/plain"],
        outputModes: ["text/plain"],
        version: "1.0.0",
        author: "me",
        rawContent: "name: qa\n",
        format: "yaml",
      },
    ]);
    expect(registered).toMatchObject({
      success: reply.success,
      agentId: reply.agent_id,
      did: reply.did,
      error: "",
    });
    url = registered.agentUrl;
  });

  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await agent[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  /** Reads come right behind sends in the capture, where the handler had answered long ago. */
  const isOver = async (id: unknown): Promise<boolean> => {
    const body = { jsonrpc: "2.0", id: crypto.randomUUID(), method: "tasks/get", params: { taskId: id } };
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    const { result } = JSON.parse(await answer.text());
    return result === undefined || !["submitted", "working"].includes(result.status.state);
  };

  it.each(vectors.exchanges.map((exchange) => [exchange.name, exchange] as const))(
    "S22 S37 S38 S39 %s",
    async (name, { request, response, volatile }) => {
      const { body } = request as { readonly body?: Json };
      const params = (body as { readonly params?: { readonly taskId?: string } } | undefined)?.params;
      if (params?.taskId !== undefined) {
        await waitUntil(() => isOver(params.taskId));
      }
      const answer = await fetch(`${url}${request.path}`, {
        method: request.method,
        redirect: "manual",
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      const expected = otherwise[name];
      if (typeof expected === "string") {
        expect(text).toContain(expected);
        return;
      }
      if (typeof expected === "object") {
        expect([answer.status, JSON.parse(text)]).toMatchObject([200, expected]);
        return;
      }
      expect(answer.status).toBe(response.status);
      if (response.content_type !== null) {
        expect(answer.headers.get("content-type")).toBe(response.content_type);
        if (name === "list") {
          expect(JSON.parse(text).result.map(({ id }: { id: string }) => id.slice(-2))).toEqual([
            "01",
            "07",
            "0f",
            "15",
            "1a",
          ]);
          return;
        }
        const ours = stable(JSON.parse(text), [...volatile, ...alwaysOther]);
        const theirs = stable(response.body as Json, [...volatile, ...alwaysOther]);
        if (name === "health") {
          // D28: what runs us is no Python.
          expect(ours).toMatchObject({ ...(theirs as object), system: { node_version: "volatile" } });
        } else {
          expect(ours).toEqual(theirs);
        }
      } else {
        expect(text).toBe(response.body);
      }
    },
  );
});

describe("registrations with the official core", () => {
  it.each(vectors.registration_errors.filter(({ case: name }) => name === "badurl" || name === "noname"))(
    "S22 refuses $case over the wire",
    async ({ config_json, error }) => {
      await using test = await startTestCore();
      const reply = await test.service.registerAgent({ configJson: config_json });
      expect(reply).toMatchObject({ success: false, error, agentId: "", agentUrl: "" });
    },
  );
});
