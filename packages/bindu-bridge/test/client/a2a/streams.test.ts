// Streams of foreign servers: how they end, how they are taken up again, and what is never told twice.

import type { Subscription } from "@x/core";
import { expect, test } from "vitest";
import type { A2AEvent } from "../../../src/a2a/index.ts";
import {
  card,
  done,
  event,
  json,
  numbered,
  piece,
  refused,
  restCard,
  result,
  startScripted,
  status,
  stream,
  task,
  tooLong,
} from "./scripted.ts";

/** What a reader gets, in short: the states, the texts of pieces, and `+` before a task. */
async function read(events: Subscription<A2AEvent, number>): Promise<readonly string[]> {
  const told: string[] = [];
  for await (const { task: whole, message, statusUpdate, artifactUpdate } of events) {
    const state = (statusUpdate ?? whole)?.status.state.replace("TASK_STATE_", "");
    told.push(
      artifactUpdate?.artifact.parts[0]?.text ??
        (message === undefined ? `${whole === undefined ? "" : "+"}${state}` : "message"),
    );
  }
  return told;
}

test("A20 a send is read to its end, which the server need not close", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    stream(
      response,
      [
        `: keep-alive\n\n`,
        event(asked, { task: task("SUBMITTED") }, 0),
        event(asked, status("WORKING"), 1),
        event(asked, { somethingNew: {} }, 2),
        event(asked, piece("Paris", { lastChunk: true }), 3),
        event(asked, status("COMPLETED"), 4),
      ],
      "open",
    ),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+SUBMITTED", "WORKING", "Paris", "COMPLETED"]);
  expect(agent.asked.map(({ method }) => method)).toEqual(["SendStreamingMessage"]);
  expect(agent.asked[0]?.headers.accept).toBe("text/event-stream");
});

test("A20 a stream that ends at a question is over", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    stream(response, [event(asked, status("WORKING")), event(asked, status("INPUT_REQUIRED"))], "open"),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["WORKING", "INPUT_REQUIRED"]);
});

test("A9 one answer of JSON for a stream is its one event", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    result(response, asked, { task: done() }),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+COMPLETED"]);
});

test("A9 what a server sends without end is not read without end, nor asked for again", async () => {
  const megabyte = "x".repeat(1024 * 1024);
  await using agent = await startScripted(card(), (asked, response) => {
    if (asked.method === "SubscribeToTask") {
      stream(response, [tooLong], "open");
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    const more = (): void => void (response.destroyed || response.write(megabyte, more));
    more();
  });
  const code = "response_too_large";
  await expect(read(agent.client.stream("x"))).rejects.toMatchObject({ code });
  await expect(read(agent.client.subscribe("t"))).rejects.toMatchObject({ code });
  expect(agent.asked).toHaveLength(2);
});

test("A9 a stream without its last event ends with the task as it is", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    asked.method === "GetTask"
      ? result(response, asked, done())
      : stream(response, [event(asked, { task: task("SUBMITTED") })]),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+SUBMITTED", "+COMPLETED"]);
});

test("A32 numbered events are taken up behind the last one, and none is told twice", async () => {
  await using agent = await startScripted(card({ capabilities: numbered }), (asked, response, index) => {
    if (index === 0) {
      const begin = [
        event(asked, { task: task("SUBMITTED") }, 0),
        event(asked, status("WORKING"), 1),
        event(asked, piece("Par"), 2),
      ];
      return stream(response, begin, "cut");
    }
    const after = [
      event(asked, { task: task("WORKING") }, 2),
      event(asked, piece("is", { append: true }), 3),
      event(asked, status("INPUT_REQUIRED"), 4),
      event(asked, status("WORKING"), 5),
      event(asked, status("COMPLETED"), 6),
    ];
    return stream(response, after);
  });
  const events = agent.client.stream("x");
  expect(await read(events)).toEqual([
    "+SUBMITTED",
    "WORKING",
    "Par",
    "is",
    "INPUT_REQUIRED",
    "WORKING",
    "COMPLETED",
  ]);
  expect(agent.asked.map(({ method }) => method)).toEqual(["SendStreamingMessage", "SubscribeToTask"]);
  expect(agent.asked[1]?.headers["last-event-id"]).toBe("2");
  expect(events.cursor).toBe(6);
});

test("A33 a task behind a gap is told", async () => {
  const metadata = { "urn:x:a2a:gap:v1": { after: 1, resumedAt: 9, reason: "trimmed" } };
  await using agent = await startScripted(card({ capabilities: numbered }), (asked, response) =>
    stream(response, [
      event(asked, { task: task("WORKING", { metadata }) }, 9),
      event(asked, status("COMPLETED"), 10),
    ]),
  );
  const told: A2AEvent[] = [];
  for await (const one of agent.client.subscribe("t", { cursor: 1 })) {
    told.push(one);
  }
  expect(told.map(({ n }) => n)).toEqual([9, 10]);
  expect(told[0]?.task?.metadata).toEqual(metadata);
});

test("A32 a server that counts anew is read anew", async () => {
  await using agent = await startScripted(card(), (asked, response, index) =>
    index === 0
      ? stream(
          response,
          [event(asked, { task: task("SUBMITTED") }, 7), event(asked, status("WORKING"), 8)],
          "cut",
        )
      : stream(response, [event(asked, { task: task("WORKING") }, 1), event(asked, status("COMPLETED"), 2)]),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+SUBMITTED", "WORKING", "+WORKING", "COMPLETED"]);
});

test("A20 without numbers a lost stream goes on from the task", async () => {
  await using agent = await startScripted(card(), (asked, response, index) =>
    index === 0
      ? stream(response, [event(asked, { task: task("SUBMITTED") }), event(asked, status("WORKING"))], "cut")
      : stream(response, [event(asked, { task: task("WORKING") }), event(asked, status("COMPLETED"))]),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+SUBMITTED", "WORKING", "+WORKING", "COMPLETED"]);
  expect(agent.asked[1]?.headers["last-event-id"]).toBeUndefined();
});

test("A34 a send whose stream never began is not sent again", async () => {
  await using agent = await startScripted(card(), (_, response) => response.destroy());
  await expect(read(agent.client.stream("x"))).rejects.toMatchObject({ code: "unavailable" });
  expect(agent.asked).toHaveLength(1);
});

test("A34 where the agent knows repeats, it is", async () => {
  const capabilities = { extensions: [{ uri: "urn:x:a2a:idempotent-send:v1" }] };
  await using agent = await startScripted(card({ capabilities }), (asked, response, index) =>
    index === 0 ? response.destroy() : stream(response, [event(asked, { task: done() })]),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+COMPLETED"]);
  expect(agent.asked[0]?.params).toEqual(agent.asked[1]?.params);
});

test("A20 a task that is over already is answered as it is", async () => {
  await using agent = await startScripted(restCard(), ({ line }, response) =>
    line.includes(":subscribe")
      ? json(response, 400, { error: { code: 400, status: "FAILED_PRECONDITION", message: "terminal" } })
      : json(response, 200, done()),
  );
  expect(await read(agent.client.subscribe("t"))).toEqual(["+COMPLETED"]);
});

test.each([[404], [405]])("A12 a subscription that POST gets %i for is asked for by GET", async (http) => {
  await using agent = await startScripted(restCard(), ({ line }, response) =>
    line.startsWith("POST")
      ? json(response, http, "no such thing")
      : stream(response, [
          `data: ${JSON.stringify({ task: task("WORKING") })}\n\n`,
          `data: ${JSON.stringify(status("FAILED"))}\n\n`,
        ]),
  );
  expect(await read(agent.client.subscribe("t"))).toEqual(["+WORKING", "FAILED"]);
  expect(agent.asked.map(({ line }) => line)).toEqual([
    "POST /a2a/tasks/t:subscribe",
    "GET /a2a/tasks/t:subscribe",
  ]);
});

test("A29 an error event ends the stream with its error", async () => {
  const error = { code: 500, status: "INTERNAL", message: "broken" };
  await using agent = await startScripted(restCard(), (_, response) =>
    stream(response, [
      `data: ${JSON.stringify({ task: task("WORKING") })}\n\n`,
      `event: error\ndata: ${JSON.stringify({ error })}\n\n`,
    ]),
  );
  await expect(read(agent.client.stream("x"))).rejects.toMatchObject({ code: "internal_error" });
});

test("A29 an unknown task has no stream", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    refused(response, asked, { code: -32001, message: "Task not found" }),
  );
  await expect(read(agent.client.subscribe("t"))).rejects.toMatchObject({ code: "task_not_found" });
});

test("A38 the dialect's stream ends with the task, which has what its events have not", async () => {
  const bindu = { name: "b", url: "/", capabilities: { extensions: [{ uri: "did:bindu:a:b:c" }] } };
  const old = (state: string): string =>
    `data: ${JSON.stringify({ kind: "status-update", task_id: "t", context_id: "c", status: { state }, final: false })}\n\n`;
  await using agent = await startScripted({ "/.well-known/agent.json": bindu }, (asked, response) =>
    asked.method === "message/stream"
      ? stream(response, [old("completed")])
      : result(response, asked, {
          id: "t",
          kind: "task",
          status: { state: "completed" },
          artifacts: [{ artifact_id: "a", parts: [{ kind: "text", text: "Paris" }] }],
        }),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["COMPLETED", "+COMPLETED"]);
});

test("A40 events of 0.3 are those of 1.0", async () => {
  const supportedInterfaces = [{ url: "/a2a", protocolBinding: "JSONRPC", protocolVersion: "0.3" }];
  await using agent = await startScripted(card({ supportedInterfaces }), (asked, response) =>
    stream(response, [
      event(asked, { kind: "task", id: "t", status: { state: "submitted" } }),
      event(asked, {
        kind: "artifact-update",
        taskId: "t",
        artifact: { artifactId: "a", parts: [{ kind: "text", text: "Paris" }] },
      }),
      event(asked, { kind: "status-update", taskId: "t", status: { state: "completed" }, final: true }),
    ]),
  );
  expect(await read(agent.client.stream("x"))).toEqual(["+SUBMITTED", "Paris", "COMPLETED"]);
  expect(agent.asked[0]?.method).toBe("message/stream");
});

test("A20 leaving the loop ends the stream and asks nothing more", async () => {
  await using agent = await startScripted(card(), (asked, response) =>
    stream(response, [event(asked, { task: task("SUBMITTED") })], "open"),
  );
  for await (const one of agent.client.stream("x")) {
    expect(one.task?.id).toBe("t");
    break;
  }
  expect(agent.asked).toHaveLength(1);
});
