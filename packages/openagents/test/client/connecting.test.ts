import { createServer } from "node:net";
import { sha256Hex } from "@x/core";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentClient, type ConnectOptions } from "../../src/index.ts";
import { answer, TestNetwork } from "./network.ts";

/** A fetch that answers by URL, and writes down what it was asked. */
function scriptedFetch(answers: Readonly<Record<string, object>>) {
  const asked: string[] = [];
  return {
    asked,
    async fetch(url: string): Promise<Response> {
      asked.push(url);
      const found = answers[url.replace(/\?.*/, "")];
      return found === undefined
        ? new Response("404: Not Found", { status: 404 })
        : new Response(JSON.stringify(found), { headers: { "content-type": "application/json" } });
    },
  };
}

const joined = { code: 0, message: "ok", data: { network_id: "ws1", session_id: "s1", agent_name: "a" } };
const events = { code: 0, message: "ok", data: { events: [], has_more: false } };
const hosted = "https://workspace-endpoint.openagents.org";

async function reason(client: AgentClient, options: ConnectOptions): Promise<string | undefined> {
  expect(await client.connectToServer(options)).toBe(false);
  return client.lastError?.code;
}

describe("connecting", () => {
  it("OA-47 a closed port is false at once, with the reason", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const startMs = performance.now();
    for (const transport of [undefined, "http", "grpc"] as const) {
      const client = new AgentClient();
      expect(await reason(client, { host: "127.0.0.1", port, transport })).toBe("connection_refused");
    }
    expect(performance.now() - startMs).toBeLessThan(6_000);
    await expect(
      new AgentClient().connectToServer("127.0.0.1", port, { throwOnError: true }),
    ).rejects.toMatchObject({ name: "ConnectionRefused" });
  });

  it("OA-47 another service is not taken for one of ours", async () => {
    const { fetch } = scriptedFetch({ "http://host:8700/": {} });
    expect(await reason(new AgentClient({ fetch }), { host: "host" })).toBe("not_an_openagents_server");
    expect(await reason(new AgentClient({ fetch }), {})).toBe("not_an_openagents_server");
  });

  it("OA-47 a network that does not answer ends with the caller's signal", async () => {
    await using network = await TestNetwork.start();
    network.intercept = () => true;
    const stop = new AbortController();
    const connecting = new AgentClient().connectToServer("127.0.0.1", network.port, { signal: stop.signal });
    await waitUntil(() => network.requests.length === 3);
    stop.abort(new Error("enough"));
    await expect(connecting).rejects.toThrow("enough");
  });

  it("OA-45 what a network advertises for all its addresses is not dialled, but the host that was given", async () => {
    for (const host of ["0.0.0.0", "::", ""]) {
      await using network = await TestNetwork.start({
        transports: [{ type: "grpc", config: { host, port: 1 } }],
      });
      const client = network.client({ agentId: "a" });
      expect(await client.connectToServer("127.0.0.1", network.port)).toBe(false);
      expect(client.lastError?.message).toContain("127.0.0.1");
    }
  });

  it("OA-45 asked for a transport that is not offered", async () => {
    await using network = await TestNetwork.start();
    const client = network.client();
    for (const transport of ["grpc", "websocket"] as const) {
      expect(
        await client.connectToServer("127.0.0.1", network.port, { transport: transport as "grpc" }),
      ).toBe(false);
      expect(client.lastError).toMatchObject({ name: "TransportNotSupported" });
      expect(client.lastError?.message).toBe(
        `The network does not support enforced transport type: ${transport}`,
      );
    }
  });

  it("OA-5 a token goes as the password's hash, a password as its SHA-256, and the registration has both names", async () => {
    await using network = await TestNetwork.start({ password: "hash" });
    expect(await reason(network.client(), { host: "127.0.0.1", port: network.port })).toBe("token_required");
    expect(await reason(network.client(), { host: "127.0.0.1", port: network.port, token: "no" })).toBe(
      "invalid_token",
    );
    const client = network.client({ agentId: "a" });
    const options = { metadata: { name: "A", capabilities: ["x"] }, agentGroup: "workers" };
    expect(await client.connectToServer("127.0.0.1", network.port, { token: "hash", ...options })).toBe(true);
    const sent = () => network.requests.filter(({ path }) => path === "/api/register").at(-1)?.body;
    expect(sent()).toEqual({
      agent_id: "a",
      metadata: { name: "A", capabilities: ["x"] },
      password_hash: "hash",
      agent_group: "workers",
    });
    await client.connectToServer("127.0.0.1", network.port, { token: "t", password: "admin" });
    expect(sent()?.password_hash).toBe(sha256Hex(new TextEncoder().encode("admin")));
  });

  it.each([
    ["Registration failed: Invalid credentials for group 'nope'", "InvalidGroup", undefined],
    [
      "Registration failed: Agent a was recently kicked. Please wait 42 seconds before re-registering.",
      "RecentlyKicked",
      42_000,
    ],
    ["Invalid agent_id", "InvalidAgentId", undefined],
    ["something else", "OpenAgentsError", undefined],
  ])("OA-5 '%s' is %s", async (error_message, name, retryAfterMs) => {
    await using network = await TestNetwork.start();
    network.intercept = ({ path }, response) => {
      if (path === "/api/register") {
        answer(response, 500, { success: false, error_message });
      }
      return path === "/api/register";
    };
    const client = network.client();
    expect(await client.connectToServer("127.0.0.1", network.port)).toBe(false);
    expect(client.lastError).toMatchObject({ name, reason: error_message });
    expect(client.lastError?.retryAfterMs).toBe(retryAfterMs);
  });

  it("OA-56 the hosted service is a workspace by its name, and without a token fails before anything is sent", async () => {
    const { fetch, asked } = scriptedFetch({
      [`${hosted}/v1/token/resolve`]: { code: 0, data: { workspace_id: "ws1" } },
      [`${hosted}/v1/join`]: joined,
      [`${hosted}/v1/events`]: events,
      [`${hosted}/v1/leave`]: { code: 0, data: {} },
    });
    await using client = new AgentClient({ agentId: "a", fetch });
    expect(await reason(client, { host: "workspace-endpoint.openagents.org", port: 443 })).toBe(
      "token_required",
    );
    expect(client.lastError?.message).toContain("workspace token required");
    expect(asked).toEqual([]);
    expect(await client.connectToServer("workspace-endpoint.openagents.org", 443, { token: "t" })).toBe(true);
    expect(asked.slice(0, 2)).toEqual([`${hosted}/v1/token/resolve`, `${hosted}/v1/join`]);
    expect(client.connector).toMatchObject({ transport: "workspace", port: 443, url: hosted });
  });

  it("OA-56 a share link has all that is needed", async () => {
    const { fetch, asked } = scriptedFetch({
      [`${hosted}/v1/join`]: joined,
      [`${hosted}/v1/events`]: events,
      [`${hosted}/v1/leave`]: { code: 0, data: {} },
    });
    await using client = new AgentClient({ fetch });
    expect(await client.connectToServer({ url: "https://workspace.openagents.org/abc?token=t" })).toBe(true);
    expect(asked[0]).toBe(`${hosted}/v1/join`);
  });

  it("OA-56 a workspace elsewhere is known by what it says of itself; its address there is not dialled", async () => {
    const base = "https://ws.example:8443";
    const { fetch, asked } = scriptedFetch({
      [`${base}/.well-known/openagents.json`]: {
        onm_version: "1.0",
        transports: [{ type: "http", url: "http://0.0.0.0:8000/v1" }],
      },
      [`${base}/v1/token/resolve`]: { code: 0, data: { workspace_id: "ws1" } },
      [`${base}/v1/join`]: joined,
      [`${base}/v1/events`]: events,
      [`${base}/v1/leave`]: { code: 0, data: {} },
    });
    await using client = new AgentClient({ fetch });
    expect(await client.connectToServer({ url: base, token: "t" })).toBe(true);
    expect(asked.every((url) => url.startsWith(base))).toBe(true);
  });

  it("OA-56 where both answer, a workspace token decides", async () => {
    await using network = await TestNetwork.start();
    const resolved: unknown[] = [];
    network.intercept = ({ path, body }, response) => {
      switch (path) {
        case "/.well-known/openagents.json":
          answer(response, 200, { onm_version: "1.0" });
          return true;
        case "/v1/token/resolve":
          resolved.push(body.token);
          answer(response, body.token === "ws" ? 200 : 404, {
            code: body.token === "ws" ? 0 : 404,
            message: "Invalid or expired token",
            data: body.token === "ws" ? { workspace_id: "ws1" } : null,
          });
          return true;
        case "/v1/join":
          answer(response, 200, joined);
          return true;
        case "/v1/events":
          answer(response, 200, events);
          return true;
        default:
          return false;
      }
    };
    const transportFor = async (token: string | undefined): Promise<string | undefined> => {
      const client = network.client();
      await client.connectToServer("127.0.0.1", network.port, { token });
      return client.connector?.transport;
    };
    expect(await transportFor(undefined)).toBe("http");
    expect(await transportFor("group password")).toBe("http");
    expect(await transportFor("ws")).toBe("workspace");
    expect(resolved).toEqual(["group password", "ws", "ws"]);
  });

  it("OA-56 a network by its id in the directory", async () => {
    const { fetch, asked } = scriptedFetch({
      "https://endpoint.openagents.org/v1/networks/net-1": {
        data: { profile: { host: "openagents://found.example", port: 8800 } },
      },
    });
    expect(await reason(new AgentClient({ fetch }), { networkId: "net-1" })).toBe("not_an_openagents_server");
    expect(asked).toContain("http://found.example:8800/api/health");
  });

  it("OA-56 options are checked before anything is sent, and no secret stands in what is said", async () => {
    expect(() => new AgentClient({ agentID: "a" } as never)).toThrow("did you mean agentId?");
    expect(() => new AgentClient({ agentId: "" })).toThrow("1 to 128 characters");
    expect(new AgentClient().agentId).toMatch(/^Agent-[0-9a-f]{8}$/);
    const client = new AgentClient();
    await expect(client.connectToServer("h", 0)).rejects.toThrow("a port from 1 to 65535");
    await expect(client.connectToServer("h", 1, { pollInterval: 5 } as never)).rejects.toThrow(
      "did you mean pollIntervalMs?",
    );
    await expect(client.connectToServer("h", 1, { token: 5 as never })).rejects.toThrow(
      /token must be a string\.$/,
    );
    await expect(client.waitEvent({ timeout: -1 })).rejects.toThrow("a number of seconds");
  });
});
