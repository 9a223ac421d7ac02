// What becomes of requests when their client goes or the server stops.
import { connect } from "node:net";
import { expect, test } from "vitest";
import { z } from "zod";
import { defineRoute, type HttpRoute, json } from "../../../src/service/http/index.ts";
import { encodeSse, type SseEvent } from "../../../src/service/http/sse.ts";
import { trackLeaks, waitUntil } from "../../../src/testing/index.ts";
import { startKit } from "./fixture.ts";

const doc = { operationId: "test", summary: "A route of a test", answers: {} };

/** A route that is open until it is told to answer, and says when its signal aborts. */
function waiting(): {
  readonly route: HttpRoute;
  readonly entered: () => number;
  readonly aborted: () => number;
  release(): void;
} {
  const gate = Promise.withResolvers<void>();
  let entered = 0;
  let aborted = 0;
  const route = defineRoute({
    method: "GET",
    path: "/wait",
    doc,
    admit: () => undefined,
    async handle({ request }) {
      entered++;
      request.signal.addEventListener("abort", () => aborted++, { once: true });
      await gate.promise;
      return json(200, { done: true });
    },
  });
  return { route, entered: () => entered, aborted: () => aborted, release: gate.resolve };
}

test("the signal aborts when the client goes", async () => {
  await using _leaks = trackLeaks();
  const held = waiting();
  await using kit = await startKit([held.route]);
  const socket = connect(kit.server.port, "127.0.0.1");
  socket.write("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  await waitUntil(() => held.entered() === 1);
  expect(held.aborted()).toBe(0);
  socket.destroy();
  await waitUntil(() => held.aborted() === 1);
  held.release();
  await waitUntil(() => kit.server.openRequests === 0);
});

test("a client that goes within its body is no fault and gets no answer", async () => {
  const seen: unknown[] = [];
  const reading = defineRoute({
    method: "POST",
    path: "/read",
    doc,
    admit: () => undefined,
    body: z.object({}),
    handle: () => json(200, {}),
  });
  await using kit = await startKit([reading], { onAnswer: (answered) => seen.push(answered) });
  const socket = connect(kit.server.port, "127.0.0.1");
  socket.write("POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  await waitUntil(() => kit.server.openRequests === 1);
  socket.destroy();
  await waitUntil(() => kit.server.openRequests === 0);
  expect([seen, kit.faults]).toEqual([[], []]);
});

test("a stop lets running requests finish, tells them, and takes no new ones", async () => {
  await using _leaks = trackLeaks();
  const held = waiting();
  await using kit = await startKit([held.route]);
  const answer = fetch(`${kit.url}/wait`);
  await waitUntil(() => held.entered() === 1);
  const closed = kit.server.close({ graceMs: 10_000 });
  await waitUntil(() => held.aborted() === 1);
  await expect(fetch(`${kit.url}/wait`)).rejects.toThrow();
  held.release();
  expect(await (await answer).json()).toEqual({ done: true });
  await closed;
});

test("what has not finished when the bound is over is cut", async () => {
  await using _leaks = trackLeaks();
  const held = waiting();
  await using kit = await startKit([held.route]);
  const answer = fetch(`${kit.url}/wait`);
  const cut = expect(answer).rejects.toThrow();
  await waitUntil(() => held.entered() === 1);
  await kit.server.close({ graceMs: 20 });
  await cut;
  held.release();
});

test("idle connections do not hold up a stop", async () => {
  await using _leaks = trackLeaks();
  await using kit = await startKit([]);
  const socket = connect(kit.server.port, "127.0.0.1");
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  await kit.server.close({ graceMs: 60_000 });
  await ended;
});

function eventRoute(open: (signal: AbortSignal) => AsyncIterable<SseEvent>): HttpRoute {
  return defineRoute({
    method: "GET",
    path: "/events",
    doc,
    admit: () => undefined,
    handle: () => ({ kind: "events", stream: { open } }),
  });
}

test("events are sent as they come, and the stream ends with its source", async () => {
  await using kit = await startKit([
    eventRoute(async function* () {
      yield { id: "1", event: "first", data: "a\nb" };
      yield { data: "c" };
    }),
  ]);
  const answer = await fetch(`${kit.url}/events`);
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(await answer.text()).toBe("id: 1\nevent: first\ndata: a\ndata: b\n\ndata: c\n\n");
});

test("a reader that stops reading stops the source; one that goes returns it", async () => {
  await using _leaks = trackLeaks();
  let taken = 0;
  let returned = false;
  const data = "x".repeat(64 * 1024);
  await using kit = await startKit([
    eventRoute(async function* () {
      try {
        for (;;) {
          taken++;
          yield { data };
        }
      } finally {
        returned = true;
      }
    }),
  ]);
  const socket = connect(kit.server.port, "127.0.0.1");
  socket.pause();
  socket.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  // The source rests when the socket's buffers are full: it was asked equally often on two looks a while apart.
  let before = -1;
  await waitUntil(
    () => {
      const rests = taken > 0 && taken === before;
      before = taken;
      return rests;
    },
    { withinMs: 10_000 },
  );
  expect(taken).toBeLessThan(1_000);
  socket.destroy();
  await waitUntil(() => returned);
});

test("an id or a type of an event with a line break is refused", () => {
  expect(() => encodeSse({ id: "1\ndata: forged", data: "" })).toThrow(TypeError);
  expect(() => encodeSse({ event: "x\r", data: "" })).toThrow(TypeError);
});
