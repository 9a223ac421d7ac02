import type { ServerResponse } from "node:http";
import { createFakeClock, type FakeClock, trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { EventsState, GridClientOptions, GridEvent } from "../../src/index.ts";
import {
  answer,
  message,
  refusal,
  result,
  room,
  type Script,
  type Scripted,
  self,
  startScripted,
  task,
} from "./fixture.ts";

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const connected = event("connected", { nodeId: self, connectionId: "c" });
const notify = (taskId: string, more: object = {}): string =>
  event("task_notify", {
    taskId,
    fromNodeId: "p",
    notifyType: "message",
    messageId: `m-${taskId}`,
    unreadCount: 1,
    ...more,
  });

interface Streams extends AsyncDisposable {
  readonly server: Scripted;
  /** The open streams, in their order. */
  readonly open: ServerResponse[];
  /** How many streams were asked for. */
  readonly asked: number;
}

/** A server with an event stream; lists are empty unless `lists` answers them. */
async function startStreams(
  stream: (response: ServerResponse, index: number) => void = (response) => response.write(connected),
  lists: Script = (request, response) => result(request, response, []),
  options: GridClientOptions = {},
): Promise<Streams> {
  const open: ServerResponse[] = [];
  const server = await startScripted((request, response, index) => {
    if (request.line.startsWith("GET")) {
      open.push(response);
      stream(response, open.length - 1);
      return;
    }
    lists(request, response, index);
  }, options);
  return {
    server,
    open,
    get asked(): number {
      return open.length;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const head = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { "content-type": "text/event-stream" });

const ids = (events: readonly GridEvent[]): unknown[] =>
  events.map((each) => (each.event === "task_notify" ? each.data.taskId : each.event));

/** The next events of an iterator. */
async function take(events: AsyncIterator<GridEvent, undefined>, count: number): Promise<GridEvent[]> {
  const taken: GridEvent[] = [];
  while (taken.length < count) {
    const step = await events.next();
    if (step.done) break;
    taken.push(step.value);
  }
  return taken;
}

/** Lets pauses of the client pass until something holds. */
async function passUntil(clock: FakeClock, holds: () => boolean): Promise<void> {
  await waitUntil(async () => {
    if (!holds() && clock.pendingTimers > 0) await clock.advance(1_000);
    return holds();
  });
}

describe("G79 the events", () => {
  it("G79 G18 come over every break of the connection, each with a signature of its own", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams(
      (response, index) => head(response).end(connected + notify(`t${index}`)),
      undefined,
      { clock },
    );
    const states: EventsState["state"][] = [];
    await using events = streams.server.client.events({ onState: ({ state }) => states.push(state) });
    const taken = take(events, 3);
    await passUntil(clock, () => streams.asked >= 3);
    expect(ids(await taken)).toEqual(["t0", "t1", "t2"]);
    const nonces = streams.server.requests
      .filter(({ line }) => line.startsWith("GET"))
      .map(({ nonce }) => nonce);
    expect(new Set(nonces).size).toBe(nonces.length);
    expect(nonces).not.toContain("");
    expect(states.slice(0, 4)).toEqual(["connecting", "open", "retrying", "connecting"]);
  });

  it("G79 pause 1, 2, 4 s and on to 30 s at most", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams((response) => answer(response, 503, "down"), undefined, {
      clock,
    });
    const delays: number[] = [];
    await using events = streams.server.client.events({
      catchUp: false,
      onState: ({ delayMs }) => delayMs !== undefined && delays.push(delayMs),
    });
    const next = events.next();
    await passUntil(clock, () => delays.length >= 8);
    [1, 2, 4, 8, 16, 30, 30, 30].forEach((seconds, index) => {
      expect(delays[index]).toBeLessThanOrEqual(seconds * 1_000);
    });
    expect(Math.max(...delays)).toBeGreaterThan(1_000);
    await events.return();
    await next;
  });

  it("G79 begin with a short pause anew after a minute that was stable", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    let isDown = true;
    await using streams = await startStreams(
      (response) => {
        if (isDown) answer(response, 503, "down");
        else head(response).write(connected);
      },
      undefined,
      { clock },
    );
    const states: EventsState[] = [];
    await using events = streams.server.client.events({
      catchUp: false,
      onState: (state) => states.push(state),
    });
    const next = events.next();
    await passUntil(clock, () => states.filter(({ state }) => state === "retrying").length >= 6);
    isDown = false;
    await passUntil(clock, () => states.at(-1)?.state === "open");
    await clock.advance(61_000);
    streams.open.at(-1)?.end();
    await waitUntil(() => states.at(-1)?.state === "retrying");
    expect(states.at(-1)?.delayMs).toBeLessThanOrEqual(1_000);
    await events.return();
    await next;
  });

  it("G79 come back soon when the server asks for it", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams(
      (response, index) =>
        index === 0
          ? head(response).write(connected + event("reconnect", { reason: "expiring", retryAfterMs: 500 }))
          : head(response).write(connected + notify("t")),
      undefined,
      { clock },
    );
    const errors: unknown[] = [];
    await using events = streams.server.client.events({
      onState: ({ error }) => error && errors.push(error.reason),
    });
    const next = events.next();
    await waitUntil(() => errors.length === 1);
    const start = clock.now().mono;
    await passUntil(clock, () => streams.asked === 2);
    expect(clock.now().mono - start).toBeLessThanOrEqual(1_000);
    expect(ids([(await next).value as GridEvent])).toEqual(["t"]);
    expect(errors).toEqual(["reconnect"]);
  });

  it("G79 take a silence of 75 s for a dead connection, and a comment for life", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams(
      (response) => {
        head(response).write(connected);
      },
      undefined,
      { clock },
    );
    const states: EventsState[] = [];
    await using events = streams.server.client.events({
      catchUp: false,
      onState: (state) => states.push(state),
    });
    const next = events.next();
    await waitUntil(() => states.at(-1)?.state === "open" && clock.pendingTimers === 1);
    await clock.advance(70_000);
    const before = clock.nextTimerMs ?? 0;
    streams.open[0]?.write(": keepalive\n\n");
    await waitUntil(() => (clock.nextTimerMs ?? 0) > before);
    await clock.advance(74_999);
    expect(states.at(-1)?.state).toBe("open");
    await clock.advance(1);
    await waitUntil(() => states.at(-1)?.state === "retrying");
    expect(states.at(-1)?.error).toMatchObject({ name: "GridNetworkError" });
    await events.return();
    await next;
  });
});

describe("G80 a refusal of the stream", () => {
  it("G80 corrects a wrong clock once", async () => {
    const serverNow = (): number => Date.now() + 600_000;
    await using streams = await startStreams((response, index) => {
      if (index === 0) {
        answer(response, 401, {
          error: {
            code: "stale_timestamp",
            message: "",
            data: { serverTime: new Date(serverNow()).toISOString() },
          },
        });
      } else {
        head(response).write(connected + notify("t"));
      }
    });
    await using events = streams.server.client.events();
    expect(ids(await take(events, 1))).toEqual(["t"]);
    const [, second] = streams.server.requests;
    expect(Math.abs(Date.parse(String(second?.payload.timestamp)) - serverNow())).toBeLessThan(60_000);
  });

  it.each([
    [401, "unknown_node"],
    [403, "forbidden"],
    [404, "not_found"],
  ])("G80 with %s ends it with the typed error", async (status, code) => {
    await using streams = await startStreams((response) =>
      answer(response, status, { error: { code, message: code } }),
    );
    const states: EventsState[] = [];
    const events = streams.server.client.events({ onState: (state) => states.push(state) });
    await expect(events.next()).rejects.toMatchObject({ name: "GridServerError", status, code });
    expect(await events.next()).toEqual({ value: undefined, done: true });
    expect(states.at(-1)).toMatchObject({ state: "closed", error: { code } });
  });

  it.each([429, 500, 502, 503])("G80 with %s is tried again", async (status) => {
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams(
      (response, index) =>
        index === 0 ? answer(response, status, "no") : head(response).write(connected + notify("t")),
      undefined,
      { clock },
    );
    await using events = streams.server.client.events();
    const next = take(events, 1);
    await passUntil(clock, () => streams.asked === 2);
    expect(ids(await next)).toEqual(["t"]);
  });
});

describe("G81 a (re)connect", () => {
  const lists: Script = (request, response) => {
    if (request.rpc === "task/list") {
      const items = [
        task({ id: "a", unreadCount: 2 }),
        task({ id: "b", unreadCount: 0 }),
        task({ id: "c", unreadCount: 1, senderNodeId: "q", receiverNodeId: self }),
      ];
      const offset = Number(request.payload.offset);
      result(request, response, { tasks: items.slice(offset, offset + 1), total: 3 });
    } else {
      result(request, response, { rooms: [room({ id: "r", unreadCount: 1 }), room({ id: "s" })], total: 2 });
    }
  };

  it("G81 G122 first tells what is unread, of all pages, then what happens", async () => {
    await using streams = await startStreams(
      (response) => head(response).write(connected + notify("live")),
      lists,
    );
    await using events = streams.server.client.events();
    const taken = await take(events, 4);
    expect(taken).toMatchObject([
      { event: "task_notify", data: { taskId: "a", notifyType: "message", unreadCount: 2, catchUp: true } },
      { event: "task_notify", data: { taskId: "c", fromNodeId: "q", catchUp: true } },
      { event: "room_notify", data: { roomId: "r", notifyType: "message", catchUp: true } },
      { event: "task_notify", data: { taskId: "live", catchUp: false } },
    ]);
  });

  it("G81 tells a message once, however often it is notified; a state as often as it changes", async () => {
    const twice = notify("a") + notify("a") + notify("a", { notifyType: "no_ack" });
    const state = notify("a", { notifyType: "ack", messageId: undefined });
    await using streams = await startStreams((response) =>
      head(response).write(connected + twice + state + state + notify("end")),
    );
    await using events = streams.server.client.events();
    const taken = await take(events, 5);
    expect(taken.map(({ data }) => (data as { notifyType: string }).notifyType)).toEqual([
      "message",
      "no_ack",
      "ack",
      "ack",
      "message",
    ]);
  });

  it("G81 says so where a server has no list to catch up from", async () => {
    const told: string[] = [];
    await using streams = await startStreams(
      (response) => head(response).write(connected + notify("t")),
      (request, response) => refusal(request, response, -32601, "method_not_found"),
      { onWarning: (text) => told.push(text) },
    );
    await using events = streams.server.client.events();
    expect(ids(await take(events, 1))).toEqual(["t"]);
    expect(told).toEqual([expect.stringContaining("catch up")]);
  });
});

describe("G82 the text of the stream", () => {
  it.each([
    ["CRLF", "\r\n"],
    ["CR", "\r"],
    ["LF", "\n"],
  ])("G82 is read with %s, whatever the borders of its chunks", async (_, end) => {
    const json = JSON.stringify({ taskId: "tä🚀", fromNodeId: null, notifyType: "message" });
    const [first, second] = [json.slice(0, 12), json.slice(12)];
    const text = [
      "\uFEFFretry: 10",
      ": comment",
      "id: 1",
      "unknown: field",
      "event: task_notify",
      "",
      "event:task_notify",
      `data: ${first}`,
      `data:${second}`,
      "",
      "event: brand_new",
      "data: {}",
      "",
      "",
    ].join(end);
    // JSON may not be cut inside a text, so the border of the two lines is a white space of it.
    const whole = text.replace(
      `data: ${first}${end}data:${second}`,
      `data: ${json.replace(",", `,${end}data: `)}`,
    );
    await using streams = await startStreams((response) => {
      head(response);
      const bytes = Buffer.from(whole + notify("end"));
      const next = (at: number): void => {
        if (at < bytes.length) response.write(bytes.subarray(at, at + 1), () => next(at + 1));
      };
      next(0);
    });
    await using events = streams.server.client.events();
    const taken = await take(events, 3);
    expect(taken).toMatchObject([
      { event: "task_notify", data: { taskId: "tä🚀" } },
      { event: "other", name: "brand_new", data: {} },
      { event: "task_notify", data: { taskId: "end" } },
    ]);
  });

  it("G82 with an event beyond 1 MiB is a broken connection", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams(
      (response, index) =>
        head(response).write(
          index === 0 ? `${connected}data: ${"x".repeat(1_100_000)}\n\n` : connected + notify("t"),
        ),
      undefined,
      { clock },
    );
    await using events = streams.server.client.events();
    const next = take(events, 1);
    await passUntil(clock, () => streams.asked === 2);
    expect(ids(await next)).toEqual(["t"]);
  });

  it("G139 with data that is none of its kind is passed on as it is", async () => {
    await using streams = await startStreams((response) =>
      head(response).write(`${connected}event: task_notify\ndata: nonsense\n\n${event("room_notify", {})}`),
    );
    await using events = streams.server.client.events();
    expect(await take(events, 2)).toEqual([
      { event: "other", name: "task_notify", data: "nonsense" },
      { event: "other", name: "room_notify", data: {} },
    ]);
  });
});

describe("G83 the end of the reading", () => {
  const leaving: readonly (readonly [string, (streams: Streams) => Promise<void>])[] = [
    [
      "break",
      async ({ server }) => {
        for await (const _ of server.client.events()) break;
      },
    ],
    [
      "return() while it waits",
      async ({ server }) => {
        const events = server.client.events();
        await events.next();
        const waiting = events.next();
        await events.return();
        expect(await waiting).toEqual({ value: undefined, done: true });
      },
    ],
    [
      "throw()",
      async ({ server }) => {
        const events = server.client.events();
        await events.next();
        await expect(events.throw(new Error("mine"))).rejects.toThrow("mine");
      },
    ],
    [
      "a thrown error of the loop",
      async ({ server }) => {
        const loop = async (): Promise<void> => {
          for await (const _ of server.client.events()) throw new Error("mine");
        };
        await expect(loop()).rejects.toThrow("mine");
      },
    ],
    [
      "an abort",
      async ({ server }) => {
        const controller = new AbortController();
        const events = server.client.events({ signal: controller.signal });
        await events.next();
        const waiting = events.next();
        const reason = new Error("enough");
        controller.abort(reason);
        await expect(waiting).rejects.toBe(reason);
      },
    ],
    [
      "return() before anything was asked",
      async ({ server }) => {
        const events = server.client.events();
        await events.return();
        expect(await events.next()).toEqual({ value: undefined, done: true });
        expect(server.requests).toEqual([]);
      },
    ],
  ];
  it.each(leaving)("G83 by %s leaves no socket and no timer", async (_, leave) => {
    await using _leaks = trackLeaks();
    await using streams = await startStreams((response) => head(response).write(connected + notify("t")));
    await leave(streams);
    await waitUntil(() => streams.open.every((response) => response.destroyed || response.closed));
  });
});

describe("G136 waitForTask", () => {
  it("G136 ends on a terminal state, told by the stream", async () => {
    let state = "working";
    await using streams = await startStreams(
      (response) => {
        head(response).write(connected);
      },
      (request, response) => result(request, response, task({ state, history: [message()] })),
    );
    const waiting = streams.server.client.waitForTask("t1");
    await waitUntil(() => streams.server.requests.filter(({ rpc }) => rpc === "task/get").length >= 2);
    state = "completed";
    streams.open[0]?.write(notify("t1", { notifyType: "state" }));
    expect((await waiting).state).toBe("completed");
    await waitUntil(() => streams.open[0]?.closed === true);
  });

  it("G136 ends on input_required, or where the caller says", async () => {
    await using streams = await startStreams(
      (response) => {
        head(response).write(connected);
      },
      (request, response) => result(request, response, task({ state: "input_required" })),
    );
    expect((await streams.server.client.waitForTask("t1")).state).toBe("input_required");
    const until = ({ id }: { id: string }): boolean => id === "t1";
    expect((await streams.server.client.waitForTask("t1", { until })).id).toBe("t1");
  });

  it("G136 ends with the caller's reason, and with a timeout", async () => {
    await using _leaks = trackLeaks();
    const clock = createFakeClock({ wall: Date.now() });
    await using streams = await startStreams(
      (response) => {
        head(response).write(connected);
      },
      (request, response) => result(request, response, task({ state: "working" })),
      { clock },
    );
    const controller = new AbortController();
    const waiting = streams.server.client.waitForTask("t1", { signal: controller.signal });
    await streams.server.received(2);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);

    const timed = streams.server.client
      .waitForTask("t1", { timeoutMs: 5_000 })
      .catch((error: unknown) => error);
    let isOver = false;
    timed.then(() => {
      isOver = true;
    });
    await passUntil(clock, () => isOver);
    expect(await timed).toMatchObject({ name: "GridTimeoutError", method: "waitForTask" });
  });

  it("G136 goes on asking where the server is away after it was there", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    let questions = 0;
    await using streams = await startStreams(
      (response) => answer(response, 503, "no"),
      (request, response) => {
        questions += 1;
        if (questions === 1 || questions > 5) {
          result(request, response, task({ state: questions > 5 ? "completed" : "working" }));
        } else {
          response.destroy();
        }
      },
      { clock },
    );
    let isOver = false;
    const waiting = streams.server.client.waitForTask("t1").finally(() => {
      isOver = true;
    });
    await passUntil(clock, () => isOver);
    expect((await waiting).state).toBe("completed");
    await using gone = await startStreams(undefined, (_, response) => response.destroy());
    await expect(gone.server.client.waitForTask("t1")).rejects.toMatchObject({ name: "GridNetworkError" });
  });

  it("G136 asks again and again where the stream is away, or refused for good", async () => {
    for (const status of [503, 403]) {
      const clock = createFakeClock({ wall: Date.now() });
      let questions = 0;
      await using streams = await startStreams(
        (response) => answer(response, status, "no"),
        (request, response) => {
          questions += 1;
          result(request, response, task({ state: questions >= 4 ? "completed" : "working" }));
        },
        { clock },
      );
      let isOver = false;
      const waiting = streams.server.client.waitForTask("t1").finally(() => {
        isOver = true;
      });
      await passUntil(clock, () => isOver);
      expect((await waiting).state).toBe("completed");
    }
  });
});

describe("G28 startHeartbeat", () => {
  it("G28 beats at once and every so often, over failures, until it is stopped", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    const failed: unknown[] = [];
    await using server = await startScripted(
      (_, response, index) => answer(response, index === 1 ? 500 : 200, { ok: true }),
      { clock },
    );
    const beats = server.client.startHeartbeat({
      intervalMs: 10_000,
      onError: (error) => failed.push(error),
    });
    await server.received(1);
    await waitUntil(() => clock.nextTimerMs === 10_000);
    await clock.advance(9_999);
    expect(server.requests.length).toBe(1);
    await clock.advance(1);
    await waitUntil(() => failed.length === 1 && clock.nextTimerMs === 10_000);
    await clock.advance(10_000);
    await server.received(3);
    await waitUntil(() => clock.nextTimerMs === 10_000);
    beats.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
