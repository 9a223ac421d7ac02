import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startFaultProxy, trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentClient } from "../../src/index.ts";
import { bodiesOf } from "../../src/wire/body.ts";
import { answer, TestNetwork } from "./network.ts";

const ours = [
  "long_poll",
  "poll_limit",
  "ack_poll",
  "bearer_secret",
  "sse",
  "idempotent_send",
  "preserve_fields",
];

/** Numbers that events of one name brought. */
function collect(client: AgentClient): unknown[] {
  const seen: unknown[] = [];
  client.registerEventHandler(({ payload }) => void seen.push(payload.n), ["ab.cd"]);
  return seen;
}

const numbered = (n: number) => ({ event_name: "ab.cd", source_id: "b", payload: { n } });

describe("OA-44 a server that restarts", () => {
  it("OA-44 and remembers nothing: the client registers anew, narrows again, and goes on", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const told: string[] = [];
    a.on("reconnecting", ({ error }) => told.push(error.name));
    a.on("reconnected", () => told.push("reconnected"));
    const seen = collect(a);
    const subscribed = await a.subscribeEvents(["channel.message.*", "ab.*"]);
    expect(network.sent("system.subscribe_events")[0]?.payload).toMatchObject({
      event_patterns: [
        "channel.message.*",
        "thread.channel_message.notification",
        "thread.reply.notification",
        "ab.*",
      ],
    });
    await network.stop();
    await waitUntil(() => told.length === 1);
    expect(a.connector?.isConnected).toBe(false);
    expect(await a.sendEvent({ eventName: "ab.ef" })).toMatchObject({
      success: false,
      message: "Agent is not connected to HTTP network",
    });
    await network.listen();
    await waitUntil(() => network.agents.has("a") && told.includes("reconnected"), { withinMs: 20_000 });
    network.deliver("a", numbered(1));
    await waitUntil(() => seen.length === 1);
    expect(told).toEqual(["ConnectionRefused", "reconnected"]);
    expect(network.sent("system.subscribe_events")).toHaveLength(2);
    const id = String(subscribed?.data?.subscription_id);
    await a.unsubscribeEvents(id);
    expect(network.sent("system.unsubscribe_events")[0]?.payload).not.toMatchObject({ subscription_id: id });
  });

  it("OA-44 and remembers nothing, and falls silent once more while the client narrows again: it narrows all the same", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const seen = collect(a);
    await a.subscribeEvents(["ab.*"]);
    await network.stop();
    let narrowed = 0;
    network.intercept = ({ body }, response) => {
      const narrows = body.event_name === "system.subscribe_events";
      narrowed += narrows ? 1 : 0;
      if (narrows && narrowed === 1) {
        response.destroy();
      }
      return response.destroyed;
    };
    await network.listen();
    await waitUntil(() => narrowed === 2, { withinMs: 20_000 });
    await waitUntil(() => a.connector?.isConnected === true, { withinMs: 20_000 });
    network.deliver("a", numbered(1));
    await waitUntil(() => seen.length === 1);
  });

  it("OA-44 and remembers all: the old secret goes on", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const seen = collect(a);
    await network.stop("everything");
    network.deliver("a", numbered(1));
    await network.listen();
    await waitUntil(() => seen.length === 1, { withinMs: 20_000 });
    expect(network.registrations).toBe(1);
  });

  it("OA-44 while a handler is busy: what had come is handled, what comes later too, each once", async () => {
    await using network = await TestNetwork.start({ features: ours });
    const a = await network.join("a");
    const gate = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    a.registerEventHandler(
      async ({ payload }) => {
        await gate.promise;
        seen.push(payload.n);
      },
      ["ab.cd"],
    );
    for (let n = 0; n < 20; n += 1) {
      network.deliver("a", numbered(n));
    }
    await waitUntil(() => network.polls() > 0);
    await network.stop("everything");
    for (let n = 20; n < 40; n += 1) {
      network.deliver("a", numbered(n));
    }
    await network.listen();
    gate.resolve();
    await waitUntil(() => seen.length === 40, { withinMs: 20_000 });
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it("OA-44 a send that finds out first registers anew and goes out once", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a", { pollIntervalMs: 60_000 });
    await waitUntil(() => network.polls() === 1);
    network.agents.clear();
    expect(await a.sendEvent({ eventName: "ab.cd" })).toMatchObject({ success: true });
    expect(network.registrations).toBe(2);
    expect(network.sent("ab.cd")).toHaveLength(2);
  });

  it("OA-44 with queueWhileOffline a send waits for the end of the outage", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a", { queueWhileOffline: true });
    const outage = Promise.withResolvers<void>();
    a.on("reconnecting", () => outage.resolve());
    await network.stop();
    await outage.promise;
    const sending = a.sendEvent({ eventName: "ab.cd" });
    await network.listen();
    expect(await sending).toMatchObject({ success: true });
  });

  it("OA-44 without reconnect the first break is the end", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a", { reconnect: false });
    const ended = Promise.withResolvers<unknown>();
    a.on("disconnected", (reason) => ended.resolve(reason));
    await network.stop();
    expect(await ended.promise).toMatchObject({ code: "connection_refused" });
    expect(a.connector?.isConnected).toBe(false);
  });

  it("OA-44 an id that another takes again and again is given up", async () => {
    await using network = await TestNetwork.start();
    const errors: string[] = [];
    const a = await network.join("a", {}, { onError: ({ code }) => errors.push(code) });
    const ended = Promise.withResolvers<void>();
    a.on("disconnected", () => ended.resolve());
    network.intercept = ({ path }, response) => {
      if (path === "/api/poll") {
        answer(response, 200, {
          success: false,
          messages: [],
          error_message: "Authentication failed: Invalid or missing secret",
        });
      }
      return path === "/api/poll";
    };
    await ended.promise;
    expect(errors).toEqual(["id_taken_over"]);
    expect(a.lastError).toMatchObject({ name: "IdTakenOver" });
    expect(network.registrations).toBe(4);
  });

  it("OA-44 a poll that hangs before a socket exists ends with the client, and leaves nothing behind", async () => {
    await using leaks = trackLeaks();
    let polls = 0;
    const client = new AgentClient({
      agentId: "a",
      // As a proxy or a resolver may: it takes the request and never calls back, whatever the signal says.
      fetch(url) {
        if (url.includes("/api/poll")) {
          polls += 1;
          return new Promise(() => undefined);
        }
        const body = url.endsWith("/api/health")
          ? { success: true, data: { transports: [{ type: "http", config: {} }] } }
          : { success: true, secret: "s".repeat(64) };
        return Promise.resolve(new Response(JSON.stringify(body)));
      },
    });
    expect(await client.connectToServer("host", 1)).toBe(true);
    await waitUntil(() => polls === 1);
    await client.disconnect();
    await leaks.expectNoLeaks();
  });

  it("OA-44 a poll over a path that swallows everything ends in time, and the next one comes through", async () => {
    await using network = await TestNetwork.start();
    await using proxy = await startFaultProxy({ port: network.port });
    await using a = new AgentClient({ agentId: "a" });
    await a.connectToServer("127.0.0.1", proxy.port, { pollIntervalMs: 10, requestTimeoutMs: 200 });
    const seen = collect(a);
    proxy.setFault({ kind: "half-open" });
    await waitUntil(() => a.connector?.isConnected === false, { withinMs: 20_000 });
    proxy.cutAll();
    proxy.setFault({ kind: "none" });
    network.deliver("a", numbered(1));
    await waitUntil(() => seen.length === 1, { withinMs: 20_000 });
  });
});

describe("OA-66 a server that can do more", () => {
  it("OA-66 pushes: events come over the stream, and are acknowledged", async () => {
    await using network = await TestNetwork.start({ features: ours });
    const a = await network.join("a", { pollIntervalMs: 60_000 });
    const seen = collect(a);
    await waitUntil(() => network.requests.some(({ path }) => path === "/api/stream"));
    for (let n = 0; n < 100; n += 1) {
      network.deliver("a", numbered(n));
    }
    await waitUntil(() => seen.length === 100);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n));
    await waitUntil(() => network.queues.get("a")?.length === 0, { what: "the acknowledgement" });
    const stream = network.requests.find(({ path }) => path === "/api/stream");
    expect(stream?.headers.authorization).toMatch(/^Bearer secret/);
    expect(stream?.query.has("secret")).toBe(false);
  });

  it("OA-66 long polls: what was not acknowledged comes again, and is told once", async () => {
    await using network = await TestNetwork.start({ features: ["long_poll", "ack_poll"] });
    const a = await network.join("a");
    const seen = collect(a);
    let lost = 0;
    network.intercept = ({ path }, response) => {
      // The answer is lost on its way once it has been made.
      if (path === "/api/poll" && lost < 1) {
        lost += 1;
        response.destroy();
        return true;
      }
      return false;
    };
    network.deliver("a", numbered(1));
    await waitUntil(() => seen.length === 1, { withinMs: 20_000 });
    network.deliver("a", numbered(2));
    await waitUntil(() => seen.length === 2);
    expect(seen).toEqual([1, 2]);
    const acks = network.requests
      .filter(({ path }) => path === "/api/poll")
      .map(({ query }) => query.get("ack"));
    expect(acks[0]).toBe("");
    expect(Number(acks.at(-1))).toBeGreaterThan(0);
  });

  it("OA-66 a proxy that keeps the stream to itself is noticed: polls bring what it holds back", async () => {
    await using network = await TestNetwork.start({ features: ours });
    // Passes everything on, save that answers of streams come when they are whole.
    const proxy = createServer((request, response) => {
      const body: Buffer[] = [];
      request.on("data", (chunk: Buffer) => body.push(chunk));
      request.on("end", async () => {
        try {
          const passed = await fetch(`http://127.0.0.1:${network.port}${request.url}`, {
            method: request.method ?? "GET",
            headers: { authorization: request.headers.authorization ?? "" },
            ...(body.length === 0 ? {} : { body: Buffer.concat(body) }),
          });
          response.writeHead(passed.status, { "content-type": passed.headers.get("content-type") ?? "" });
          response.flushHeaders();
          response.end(await passed.text());
        } catch {
          response.destroy();
        }
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const a = network.client({ agentId: "a" });
    await a.connectToServer("127.0.0.1", (proxy.address() as AddressInfo).port, { pollIntervalMs: 20 });
    const seen = collect(a);
    await waitUntil(() => network.requests.some(({ path }) => path === "/api/stream"));
    network.deliver("a", numbered(1));
    await waitUntil(() => seen.length === 1);
    await waitUntil(() => network.requests.some(({ query }) => query.has("wait")));
    network.deliver("a", numbered(2));
    await waitUntil(() => seen.length === 2);
    expect(seen).toEqual([1, 2]);
    expect(network.requests.filter(({ path }) => path === "/api/stream")).toHaveLength(1);
    await a.disconnect();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });

  it("OA-66 an answer that is no stream is none, and a stream that breaks is opened again", async () => {
    await using network = await TestNetwork.start({ features: ours });
    network.intercept = ({ path }, response) => {
      if (path === "/api/stream") {
        answer(response, 200, {});
      }
      return path === "/api/stream";
    };
    const a = await network.join("a");
    await waitUntil(() => network.requests.some(({ query }) => query.has("wait")));
    await a.disconnect();
    network.intercept = undefined;
    const b = await network.join("b");
    const seen = collect(b);
    const streams = () => network.requests.filter(({ path }) => path === "/api/stream").length;
    const before = streams();
    await waitUntil(() => streams() === before + 1 || streams() === 2);
    network.deliver("b", numbered(1));
    await waitUntil(() => seen.length === 1);
    await network.stop("everything");
    await network.listen();
    network.deliver("b", numbered(2));
    await waitUntil(() => seen.length === 2, { withinMs: 20_000 });
    expect(seen).toEqual([1, 2]);
  });

  it("OA-66 only a server that keeps the other fields gets them, and only it gets a send twice", async () => {
    await using network = await TestNetwork.start({ features: ours });
    const a = await network.join("a");
    let broken = 0;
    network.intercept = ({ path }, response) => {
      if (path === "/api/send_event" && broken < 1) {
        broken += 1;
        response.destroy();
        return true;
      }
      return false;
    };
    const event = { eventName: "ab.cd", threadName: "t", requiresResponse: true, allowedAgents: ["b"] };
    expect(await a.sendEvent(event)).toMatchObject({ success: true });
    const [first, second] = network.sent("ab.cd");
    expect(second).toEqual(first);
    expect(first).toMatchObject({ thread_name: "t", requires_response: true, allowed_agents: ["b"] });

    await using real = await TestNetwork.start();
    const b = await real.join("b");
    real.intercept = ({ path }, response) => {
      if (path === "/api/send_event") {
        response.destroy();
      }
      return path === "/api/send_event";
    };
    expect(await b.sendEvent(event)).toMatchObject({ success: false });
    expect(real.sent("ab.cd")).toHaveLength(1);
  });

  it("OA-66 sends that come at once go together, in order, each with its own answer", async () => {
    await using network = await TestNetwork.start({ features: ["batch", "idempotent_send"] });
    const a = await network.join("a");
    const b = await network.join("b");
    const seen = collect(b);
    const answers = await Promise.all(
      Array.from({ length: 250 }, (_, n) =>
        a.sendEvent({ eventName: "ab.cd", destinationId: "b", payload: { n, bad: n === 7 } }),
      ),
    );
    expect(answers.flatMap((answer, n) => (answer?.success ? [] : [[n, answer?.message]]))).toEqual([
      [7, "bad"],
    ]);
    const sizes = network.requests.flatMap(({ path, body }) =>
      path === "/api/send_events" ? [bodiesOf(body.events).length] : path === "/api/send_event" ? [1] : [],
    );
    expect(sizes).toEqual([1, 100, 100, 49]);
    await waitUntil(() => seen.length === 249);
    expect(seen).toEqual(Array.from({ length: 250 }, (_, n) => n).filter((n) => n !== 7));
    await expect(a.sendEvent({ eventName: "ab.cd", payload: { n: 1n } })).rejects.toMatchObject({
      name: "InvalidEvent",
    });
  });

  it("OA-66 a batch that breaks is answered as such, and what is large goes alone", async () => {
    await using network = await TestNetwork.start({ features: ["batch"] });
    const a = await network.join("a");
    const large = { eventName: "ab.cd", payload: { x: "x".repeat(600_000) } };
    expect((await Promise.all([large, large, large].map((event) => a.sendEvent(event)))).every(Boolean)).toBe(
      true,
    );
    expect(network.requests.some(({ path }) => path === "/api/send_events")).toBe(false);
    network.intercept = ({ path }, response) => {
      if (path === "/api/send_events") {
        response.destroy();
      }
      return path === "/api/send_events";
    };
    const events = [1, 2, 3].map((n) => a.sendEvent({ eventName: "ab.cd", payload: { n } }));
    expect((await Promise.all(events)).map((answer) => answer?.success)).toEqual([true, false, false]);
    expect(a.lastError).toMatchObject({ code: "connection_refused" });
  });

  it("OA-51 an overflow is told of, besides being an event", async () => {
    await using network = await TestNetwork.start();
    const a = await network.join("a");
    const told: unknown[] = [];
    a.on("overflow", (info) => told.push(info));
    const event = a.waitEvent({
      condition: ({ eventName }) => eventName === "system.queue.overflow",
      timeout: 10,
    });
    network.deliver("a", { event_name: "system.queue.overflow", source_id: "liar", payload: { dropped: 7 } });
    network.deliver("a", {
      event_name: "system.queue.overflow",
      source_id: "system",
      payload: { dropped: 3 },
    });
    await event;
    await waitUntil(() => told.length === 1);
    expect(told).toEqual([{ dropped: 3 }]);
  });
});
