import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseParser } from "../../src/http/sse-parser.ts";
import { createSubscription, readSse, type ServerSentEvent } from "../../src/index.ts";
import { waitUntil } from "../../src/testing/index.ts";
import { startHttp } from "./fixture.ts";

function parse(pieces: readonly string[], maxEventLength?: number): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const parser = createSseParser({ onEvent: (event) => events.push(event), maxEventLength });
  for (const piece of pieces) {
    parser.push(piece);
  }
  return events;
}

const sample =
  "\ufeff: hello\n\nid: 1\nevent: add\ndata: one\ndata:  two\n\ndata\r\n\r\ndata: three\r\ndata: four\r\n\r\nid\ndata:é😀\n\nretry: 10\n\ndata: cut";

describe("server-sent events", () => {
  it("are read as the standard says", () => {
    expect(parse([sample])).toEqual([
      { type: "add", data: "one\n two", lastEventId: "1" },
      { type: "message", data: "", lastEventId: "1" },
      { type: "message", data: "three\nfour", lastEventId: "1" },
      { type: "message", data: "é😀", lastEventId: "" },
    ]);
  });

  it("are the same however the text is cut", () => {
    const whole = parse([sample]);
    fc.assert(
      fc.property(fc.array(fc.nat(sample.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), sample.length];
        expect(parse(at.slice(1).map((end, index) => sample.slice(at[index], end)))).toEqual(whole);
      }),
    );
  });

  it("keep a CR and its LF together over an empty piece", () => {
    expect(parse(["data: a\r", "", "\ndata: b\r", "\n\r\n"])).toEqual([
      { type: "message", data: "a\nb", lastEventId: "" },
    ]);
  });

  it("have a bound on their length, also in many lines or without one", () => {
    expect(() => parse(["data: 123\n".repeat(10)], 20)).toThrow(/longer than 20/);
    expect(() => parse(["data: ", "1".repeat(10), "2".repeat(10)], 20)).toThrow(/longer than 20/);
    expect(parse(["data: 1234567890\n\n".repeat(5)], 20)).toHaveLength(5);
  });

  it("have that bound however their bytes come", () => {
    const text = `data: ${"1".repeat(21)}\n\n`;
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), (...cuts) => {
        const [first = 0, second = 0] = cuts.sort((a, b) => a - b);
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(() => parse(pieces, 20)).toThrow(/longer than 20/);
      }),
      { examples: [[0, 0]] },
    );
  });

  it("tell how long the server wants a client to wait", () => {
    const retries: number[] = [];
    const parser = createSseParser({ onEvent: () => {}, onRetry: (retryMs) => retries.push(retryMs) });
    parser.push("retry: 1500\nretry: soon\n");
    expect(retries).toEqual([1_500]);
  });

  it("come over a socket, and leaving the loop closes it", async () => {
    let isGone = false;
    await using http = await startHttp((response) => {
      response.on("close", () => {
        isGone = true;
      });
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\ndata: 2\n\n");
    });
    const { signal } = new AbortController();
    const response = await http.client.open({ operation: "feed", method: "GET", path: "/", signal });
    const seen: string[] = [];
    for await (const { data } of readSse(response.chunks())) {
      seen.push(data);
      if (seen.length === 2) {
        break;
      }
    }
    expect(seen).toEqual(["1", "2"]);
    await waitUntil(() => isGone);
  });

  it("make a feed that goes on behind the last event after each break", async () => {
    await using http = await startHttp((response, { headers }) => {
      const last = Number(headers["last-event-id"] ?? 0);
      response.writeHead(200, { "content-type": "text/event-stream" });
      // Two new events per connection, the last one told again: a careless server's repeat.
      const ids = [last, last + 1, last + 2].filter((id) => id > 0);
      response.end(ids.map((id) => `id: ${id}\ndata: event ${id}\n\n`).join(""));
    });
    const feed = createSubscription<string, ServerSentEvent, number>(
      {
        service: "test",
        operation: "feed",
        resumable: true,
        async *open({ cursor, signal, ready }) {
          const headers: Record<string, string> = { accept: "text/event-stream" };
          if (cursor !== undefined) {
            headers["last-event-id"] = String(cursor);
          }
          const response = await http.client.open({
            operation: "feed",
            method: "GET",
            path: "/",
            headers,
            signal,
          });
          ready();
          yield* readSse(response.chunks());
        },
        receive: ({ data, lastEventId }, sink) => sink.push(data, Number(lastEventId)),
      },
      { backoff: { baseMs: 0 } },
    );
    const seen: string[] = [];
    for await (const item of feed) {
      seen.push(item);
      if (seen.length === 5) {
        break;
      }
    }
    expect(seen).toEqual(["event 1", "event 2", "event 3", "event 4", "event 5"]);
  });

  it("a refusal to open the stream is an error of the suite", async () => {
    await using http = await startHttp((response) => response.writeHead(401).end());
    const { signal } = new AbortController();
    await expect(
      http.client.open({ operation: "feed", method: "GET", path: "/", signal }),
    ).rejects.toMatchObject({ code: "unauthenticated", operation: "feed" });
  });
});
