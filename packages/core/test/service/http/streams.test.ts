// Streams of events over real sockets: what stands on the wire, where a reader goes on, and what a slow one costs.

import { connect } from "node:net";
import { expect, test } from "vitest";
import { createEventBus, type SubscriberEnd } from "../../../src/service/feed/event-bus.ts";
import {
  defineRoute,
  events,
  type HttpRequest,
  type HttpRoute,
  type SseEvent,
  type SseStream,
} from "../../../src/service/http/index.ts";
import { encodeSse } from "../../../src/service/http/sse.ts";
import { trackLeaks, waitUntil } from "../../../src/testing/index.ts";
import { startKit } from "./fixture.ts";

const doc = { operationId: "test", summary: "A stream of a test", answers: {} };

function eventRoute(streamOf: (request: HttpRequest) => SseStream, headers = {}): HttpRoute {
  return defineRoute({
    method: "GET",
    path: "/events",
    doc,
    admit: () => undefined,
    handle: ({ request }) => events(streamOf(request), headers),
  });
}

/** Nothing, until the reader goes or the server stops. */
function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) {
      resolve();
    }
  });
}

test("an event has its id, type and data, and may say when to come back", () => {
  expect(encodeSse({ id: "1", event: "reconnect", retryMs: 1_500.4, data: "a\r\nb\rc\nd" })).toBe(
    "id: 1\nevent: reconnect\nretry: 1500\ndata: a\ndata: b\ndata: c\ndata: d\n\n",
  );
  expect(encodeSse({ data: "" })).toBe("data: \n\n");
});

test("a reader says where it was, in any script", async () => {
  const seen: unknown[] = [];
  await using kit = await startKit([
    eventRoute(({ lastEventId }) => {
      seen.push(lastEventId);
      return { open: async function* () {} };
    }),
  ]);
  await (await fetch(`${kit.url}/events`)).text();
  await (await fetch(`${kit.url}/events`, { headers: { "last-event-id": "41" } })).text();
  const utf8 = Buffer.from("ä€").toString("latin1");
  await (await fetch(`${kit.url}/events`, { headers: { "last-event-id": utf8 } })).text();
  expect(seen).toEqual([undefined, "41", "ä€"]);
});

test("comments keep the line while nothing happens, in the service's words", async () => {
  await using kit = await startKit([
    eventRoute(() => ({
      keepAliveMs: 5,
      keepAliveText: "keep-alive",
      // biome-ignore lint/correctness/useYield: a source that has nothing to say
      open: async function* (signal): AsyncGenerator<SseEvent> {
        await until(signal);
      },
    })),
  ]);
  const leaving = new AbortController();
  const answer = await fetch(`${kit.url}/events`, { signal: leaving.signal });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toMatch(/^(: keep-alive\n\n)+$/);
  leaving.abort();
});

test("headers of the answer win over the kit's, and HEAD opens no source", async () => {
  let opened = 0;
  const type = "text/event-stream; charset=utf-8";
  await using kit = await startKit([
    eventRoute(
      () => ({
        open: async function* () {
          opened++;
          yield { data: "a" };
        },
      }),
      { "content-type": type, "cache-control": "no-cache" },
    ),
  ]);
  const head = await fetch(`${kit.url}/events`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-type"), opened]).toEqual([200, type, 0]);
  const got = await fetch(`${kit.url}/events`);
  expect([
    got.headers.get("content-type"),
    got.headers.get("cache-control"),
    await got.text(),
    opened,
  ]).toEqual([type, "no-cache", "data: a\n\n", 1]);
});

test("a stop lets a source say good-bye", async () => {
  await using _leaks = trackLeaks();
  await using kit = await startKit([
    eventRoute(() => ({
      open: async function* (signal) {
        yield { event: "connected", data: "" };
        await until(signal);
        yield { event: "reconnect", data: "shutdown" };
      },
    })),
  ]);
  const answer = await fetch(`${kit.url}/events`);
  const text = answer.text();
  await kit.server.close({ graceMs: 10_000 });
  expect(await text).toBe("event: connected\ndata: \n\nevent: reconnect\ndata: shutdown\n\n");
});

test("a source that breaks cuts the stream, which must not look like its end, and is a fault", async () => {
  const defect = new Error("broken");
  await using kit = await startKit([
    eventRoute(() => ({
      open: async function* () {
        yield { data: "a" };
        throw defect;
      },
    })),
  ]);
  await expect(fetch(`${kit.url}/events`).then((answer) => answer.text())).rejects.toThrow();
  expect(kit.faults).toEqual([defect]);
});

test("a reader that takes nothing for too long is cut, and its source returned", async () => {
  await using _leaks = trackLeaks();
  let returned = 0;
  await using kit = await startKit([
    eventRoute(() => ({
      stallMs: 50,
      open: async function* () {
        try {
          for (;;) {
            yield { data: "x".repeat(64 * 1024) };
          }
        } finally {
          returned++;
        }
      },
    })),
  ]);
  const socket = connect(kit.server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  await waitUntil(() => returned === 1);
  await waitUntil(() => kit.server.openRequests === 0);
  expect(kit.faults).toEqual([]);
  socket.destroy();
});

class Ended extends Error {
  readonly why: SubscriberEnd;
  constructor(why: SubscriberEnd) {
    super(why);
    this.why = why;
  }
}

test("behind the bus a slow reader is told so and left, while the others get everything", async () => {
  await using _leaks = trackLeaks();
  const bus = createEventBus<string, SseEvent>({
    limits: { maxQueued: 1_000, maxQueuedBytes: 1024 * 1024 },
    sizeOf: (data) => data.length,
    deliver: (data) => ({ data }),
    errorFor: (why) => new Ended(why),
  });
  const ends: string[] = [];
  await using kit = await startKit([
    eventRoute(() => ({
      stallMs: 10_000,
      open: async function* (signal) {
        const subscription = bus.subscribe(() => true);
        signal.addEventListener("abort", () => void subscription.return(), { once: true });
        try {
          yield* subscription;
        } catch (error) {
          ends.push(error instanceof Ended ? error.why : String(error));
          yield { event: "reconnect", data: "slow_consumer" };
        }
      },
    })),
  ]);
  const slow = connect(kit.server.port, "127.0.0.1");
  slow.pause();
  slow.write("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  await waitUntil(() => bus.size === 1);
  const quick = await fetch(`${kit.url}/events`);
  await waitUntil(() => bus.size === 2);
  const pieces = quick.body?.pipeThrough(new TextDecoderStream()).getReader();
  let got = 0;
  let published = 0;
  // Each is read by the quick one before the next: only the slow one falls behind.
  for (; bus.size === 2 && published < 2_000; published++) {
    bus.publish(["x".repeat(64 * 1024)]);
    const want = (published + 1) * (64 * 1024 + "data: \n\n".length);
    while (got < want) {
      got += (await pieces?.read())?.value?.length ?? Number.NaN;
    }
  }
  expect(bus.size).toBe(1);
  expect(published).toBeLessThan(2_000);
  slow.resume();
  let told = "";
  slow.setEncoding("latin1").on("data", (piece: string) => {
    told = (told + piece).slice(-200);
  });
  await waitUntil(() => told.includes("event: reconnect\ndata: slow_consumer\n\n"));
  expect(ends).toEqual(["too_slow"]);
  slow.destroy();
  await pieces?.cancel();
});
