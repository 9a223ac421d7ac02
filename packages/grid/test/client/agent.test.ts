import { createFakeClock, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { type GridClient, type RunAgentOptions, runAgent, taskText } from "../../src/index.ts";
import {
  answer,
  message,
  peer,
  type Received,
  result,
  room,
  type Scripted,
  self,
  startScripted,
  task,
} from "./fixture.ts";

/** A server with one stream that a test writes to, and tasks whose unread messages it sets. */
interface Desk extends AsyncDisposable {
  readonly server: Scripted;
  readonly client: GridClient;
  /** The RPC names in their order, with the task or room. */
  readonly log: string[];
  /** Puts messages into a task, and tells the agent. */
  put(taskId: string, messages: readonly object[], more?: object, notifyType?: string): Promise<void>;
  tell(event: string, data: object): Promise<void>;
  readonly sent: Received[];
}

async function startDesk(
  taskMore: object = {},
  readTask?: (count: number) => "lose" | undefined,
): Promise<Desk> {
  const unread = new Map<string, object[]>();
  const tasks = new Map<string, object>();
  const log: string[] = [];
  const sent: Received[] = [];
  let write: ((text: string) => void) | undefined;
  let reads = 0;
  const server = await startScripted((request, response) => {
    const { rpc, payload } = request;
    if (request.line.startsWith("GET")) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("event: connected\ndata: {}\n\n");
      write = (text) => response.write(text);
      return;
    }
    const id = String(
      payload.taskId ?? payload.roomId ?? (payload.message as Record<string, unknown> | undefined)?.taskId,
    );
    if (rpc !== "task/list" && rpc !== "room/list") log.push(`${rpc} ${id}`);
    switch (rpc) {
      case "task/read":
      case "room/read": {
        reads += 1;
        if (readTask?.(reads) === "lose") {
          response.destroy();
          return;
        }
        const messages = unread.get(id) ?? [];
        unread.set(id, []);
        result(request, response, { taskId: id, messages, unreadCount: 0, hasMore: false });
        return;
      }
      case "message/ack":
        result(request, response, { taskId: id, acked: 1, unreadCount: 0 });
        return;
      case "task/list":
      case "room/list":
        result(request, response, []);
        return;
      case "room/get":
        result(request, response, room({ id }));
        return;
      case "room/send":
        sent.push(request);
        result(request, response, { message: message(), room: room({ id }) });
        return;
      case "task/get":
        result(
          request,
          response,
          tasks.get(id) ?? task({ id, senderNodeId: peer, receiverNodeId: self, ...taskMore }),
        );
        return;
      default:
        sent.push(request);
        result(request, response, task({ id, senderNodeId: peer, receiverNodeId: self }));
    }
  });
  const tell = async (event: string, data: object): Promise<void> => {
    await waitUntil(() => write !== undefined);
    write?.(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  let count = 0;
  return {
    server,
    client: server.client,
    log,
    sent,
    tell,
    async put(taskId, messages, more, notifyType = "message"): Promise<void> {
      unread.set(taskId, [...(unread.get(taskId) ?? []), ...messages]);
      if (more !== undefined) tasks.set(taskId, task({ id: taskId, ...more }));
      count += 1;
      await tell("task_notify", {
        taskId,
        fromNodeId: peer,
        notifyType,
        messageId: `n${count}`,
        unreadCount: 1,
      });
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Runs an agent until the test has seen what it wants. */
async function withAgent(desk: Desk, options: RunAgentOptions, during: () => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const running = runAgent(desk.client, { ...options, signal: controller.signal });
  try {
    await during();
  } finally {
    controller.abort();
    await running;
  }
}

describe("an agent", () => {
  it("reads, acknowledges, works and answers, in this order", async () => {
    await using desk = await startDesk();
    const heard: string[] = [];
    await withAgent(
      desk,
      {
        async onTask({ messages, reply, working }) {
          heard.push(...messages.map(taskText));
          await working();
          await reply("done", "input_required");
        },
      },
      async () => {
        await desk.put("t1", [message({ taskId: "t1" })]);
        await waitUntil(() => desk.sent.length === 2);
      },
    );
    expect(heard).toEqual(["hello"]);
    expect(desk.log).toEqual([
      "task/read t1",
      "message/ack t1",
      "task/get t1",
      "task/update t1",
      "message/send t1",
    ]);
    expect(desk.sent[1]?.payload).toMatchObject({
      state: "input_required",
      message: { role: "agent", parts: [{ type: "text", text: "done" }] },
    });
  });

  it("can ask, fail and reject", async () => {
    await using desk = await startDesk();
    await withAgent(
      desk,
      {
        async onTask({ needInput, fail, reject }) {
          await needInput("what?");
          await fail("cannot");
          await reject("will not");
        },
      },
      async () => {
        await desk.put("t1", [message()]);
        await waitUntil(() => desk.sent.length === 3);
      },
    );
    expect(desk.sent.map(({ payload }) => payload.state)).toEqual(["input_required", "failed", "rejected"]);
  });

  it("passes over its own messages, those of the server, and automatic answers", async () => {
    await using desk = await startDesk();
    const heard: string[] = [];
    await withAgent(desk, { onTask: ({ task: { id } }) => void heard.push(id) }, async () => {
      await desk.put("own", [message({ fromNodeId: self })]);
      await desk.put(
        "synthetic",
        [message({ fromNodeId: peer, metadata: { synthetic: true } })],
        undefined,
        "state",
      );
      await desk.put("auto", [message({ metadata: { autoReply: true } })]);
      await desk.tell("task_notify", { taskId: "read", notifyType: "read" });
      await desk.put("real", [message()]);
      await waitUntil(() => heard.length > 0);
    });
    expect(heard).toEqual(["real"]);
    expect(desk.log).toContain("message/ack auto");
    expect(desk.log).not.toContain("task/read read");
  });

  it("takes the messages of one task one after another, and several tasks side by side, up to a bound", async () => {
    await using desk = await startDesk();
    const running = new Set<string>();
    const gates = new Map<string, () => void>();
    let most = 0;
    let handled = 0;
    await withAgent(
      desk,
      {
        concurrency: 2,
        async onTask({ task: { id } }) {
          expect(running.has(id)).toBe(false);
          running.add(id);
          most = Math.max(most, running.size);
          await new Promise<void>((resolve) => gates.set(id, resolve));
          running.delete(id);
          handled += 1;
        },
      },
      async () => {
        for (const id of ["a", "b", "c"]) await desk.put(id, [message()]);
        await waitUntil(() => running.size === 2);
        await desk.put("a", [message()]);
        gates.get("a")?.();
        gates.get("b")?.();
        await waitUntil(() => running.has("c") && running.has("a"));
        gates.get("c")?.();
        gates.get("a")?.();
        await waitUntil(() => handled === 4);
      },
    );
    expect(most).toBe(2);
  });

  it("G83 survives a handler that throws, says so, and fails the task where it shall", async () => {
    await using desk = await startDesk();
    const errors: unknown[] = [];
    const options: RunAgentOptions = {
      onTask: () => {
        throw new Error("broken");
      },
      onError: (error, about) => errors.push([(error as Error).message, about]),
      failTaskOnError: true,
    };
    await withAgent(desk, options, async () => {
      await desk.put("t1", [message()]);
      await waitUntil(() => errors.length === 1);
      await desk.put("t2", [message()]);
      await waitUntil(() => errors.length === 2);
    });
    expect(errors).toEqual([
      ["broken", { taskId: "t1" }],
      ["broken", { taskId: "t2" }],
    ]);
    expect(desk.sent.map(({ payload }) => payload.state)).toEqual(["failed", "failed"]);
  });

  it("G141 finds in the history what a lost answer held", async () => {
    const history = [
      message({ messageId: "old" }),
      message({ messageId: "mine", fromNodeId: self }),
      message({ messageId: "new", parts: [{ type: "text", text: "lost and found" }] }),
    ];
    await using desk = await startDesk({ history }, (count) => (count === 1 ? "lose" : undefined));
    const heard: string[] = [];
    await withAgent(
      desk,
      { onTask: ({ messages }) => void heard.push(...messages.map(taskText)) },
      async () => {
        await desk.put("t1", [message()]);
        await waitUntil(() => heard.length > 0);
      },
    );
    expect(heard).toEqual(["lost and found"]);
  });

  it("hears rooms, and its own schedules", async () => {
    await using desk = await startDesk();
    const heard: string[] = [];
    await withAgent(
      desk,
      {
        onTask: () => undefined,
        onSchedule: ({ messages }) => void heard.push(...messages.map(taskText)),
        async onRoomMessage({ room: { id }, messages, reply }) {
          heard.push(`${id} ${messages.map(taskText)}`);
          await reply("hi all");
        },
      },
      async () => {
        const own = { senderNodeId: self, receiverNodeId: self };
        await desk.put(
          "s",
          [message({ fromNodeId: self, parts: [{ type: "text", text: "wake up" }] })],
          own,
          "schedule",
        );
        await waitUntil(() => heard.length === 1);
        await desk.put("r1", [message({ fromNodeId: peer })], undefined, "ack");
        await desk.tell("room_notify", {
          roomId: "r1",
          fromNodeId: peer,
          notifyType: "message",
          messageId: "x",
        });
        await waitUntil(() => desk.sent.length === 1);
      },
    );
    expect(heard).toEqual(["wake up", "r1 hello"]);
  });

  it("G116 says no more in a task that has had its turns, and says so", async () => {
    await using desk = await startDesk();
    const told: string[] = [];
    let turns = 0;
    const turn = (): void => {
      turns += 1;
    };
    await withAgent(
      desk,
      { onTask: turn, onWarning: (text) => told.push(text), maxTurnsPerTask: 2 },
      async () => {
        for (let count = 0; count < 3; count += 1) {
          await desk.put("t1", [message()]);
          await waitUntil(() => turns === count + 1 || told.length > 0);
        }
      },
    );
    expect(turns).toBe(2);
    expect(told).toEqual([expect.stringContaining("2 turns")]);
  });

  it("G116 lets a peer wait that has had its turns of the minute, unread, and says so", async () => {
    const clock = createFakeClock();
    await using desk = await startDesk();
    const told: string[] = [];
    let turns = 0;
    const turn = (): void => {
      turns += 1;
    };
    await withAgent(
      desk,
      {
        onTask: turn,
        onWarning: (text) => told.push(text),
        rate: { perMinute: 2 },
        clock,
      },
      async () => {
        for (const id of ["a", "b", "c"]) {
          await desk.put(id, [message()]);
          await waitUntil(() => turns === ["a", "b", "c"].indexOf(id) + 1 || told.length > 0);
        }
        await desk.put("c", [message()]);
        await desk.put("d", [message()]);
        await waitUntil(() => told.length === 2);
        expect(turns).toBe(2);
        expect(desk.log).not.toContain("task/read c");
        await clock.advance(60_000);
        await waitUntil(() => turns === 4);
      },
    );
    // Of each conversation that waits, once.
    expect(told).toEqual([
      expect.stringContaining("2 turns in a minute"),
      expect.stringContaining("2 turns in a minute"),
    ]);
  });

  it("stops: what runs may end within its grace, and hears when that is over", async () => {
    const clock = createFakeClock();
    await using desk = await startDesk();
    const controller = new AbortController();
    let isAborted = false;
    let isEnded = false;
    const running = runAgent(desk.client, {
      clock,
      graceMs: 1_000,
      signal: controller.signal,
      async onTask({ signal }) {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        isAborted = true;
      },
    }).then(() => {
      isEnded = true;
    });
    await desk.put("t1", [message()]);
    await waitUntil(() => desk.log.includes("task/get t1"));
    controller.abort();
    await waitUntil(() => clock.pendingTimers === 1);
    await clock.advance(999);
    expect([isAborted, isEnded]).toEqual([false, false]);
    await clock.advance(1);
    await running;
    await waitUntil(() => isAborted);
  });

  it("G80 ends with what its stream is refused with for good", async () => {
    await using server = await startScripted((_, response) =>
      answer(response, 401, { error: { code: "unknown_node", message: "register first" } }),
    );
    await expect(runAgent(server.client, { onTask: () => undefined })).rejects.toMatchObject({
      code: "unknown_node",
    });
  });

  it("G105 refuses options that are none", async () => {
    await using server = await startScripted(() => undefined);
    await expect(runAgent(server.client, {} as never)).rejects.toMatchObject({ reason: "invalid_option" });
    await expect(runAgent(server.client, { onTask: () => undefined, concurrency: 0 })).rejects.toThrow(
      "concurrency",
    );
  });
});
