// Tasks over real sockets: what is sent comes back, under the wire's names and numbers.
import { describe, expect, it } from "vitest";
import { Listener, stage } from "./agent.ts";

describe("tasks on the wire", () => {
  it("G41 G51 G72 a message goes from one agent to another and back", async () => {
    await using here = await stage();
    const { a, b } = here;
    await using listener = new Listener(b);
    expect((await listener.next())?.event).toBe("connected");
    const task = await a.send(b.nodeId, "hello");
    expect(task).toMatchObject({
      senderNodeId: a.nodeId,
      receiverNodeId: b.nodeId,
      state: "submitted",
      status: { state: "submitted" },
      unreadCount: 0,
      lastSeq: 1,
      checkIn: 30,
      artifacts: [],
    });
    expect(await listener.next()).toMatchObject({
      id: "1",
      event: "task_notify",
      data: {
        taskId: task.id,
        fromNodeId: a.nodeId,
        notifyType: "message",
        state: "submitted",
        unreadCount: 1,
      },
    });
    const read = await b.ok("task/read", { taskId: task.id });
    expect(read).toMatchObject({
      taskId: task.id,
      unreadCount: 0,
      messages: [
        {
          fromNodeId: a.nodeId,
          role: "user",
          seq: 1,
          parts: [{ type: "text", text: "hello" }],
          metadata: {},
        },
      ],
    });
    const replied = await b.ok("message/send", {
      message: { taskId: task.id, parts: [{ type: "text", text: "hi" }] },
    });
    expect(replied.state).toBe("input_required");
    expect(await a.ok("message/ack", { taskId: task.id })).toEqual({
      taskId: task.id,
      acked: 1,
      unreadCount: 0,
    });
    const done = await a.ok("task/update", { taskId: task.id, state: "completed" });
    expect(done.state).toBe("completed");
    expect(await b.refused("task/cancel", { taskId: task.id })).toBe("-32002 task_terminal");
    expect(
      await b.refused("message/send", { message: { taskId: task.id, parts: [{ type: "text", text: "?" }] } }),
    ).toBe("-32004 task_terminal");
  });

  it("G15 numbers stay as they were written", async () => {
    await using here = await stage();
    const { a, b } = here;
    const body = await import("../../src/wire/signing.ts");
    const { jsonNumber } = await import("@x/core");
    const data = { big: jsonNumber("123456789012345678901"), float: jsonNumber("1.0"), __proto__x: 1 };
    const call = {
      id: "1",
      method: "message/send",
      params: { message: { parts: [{ type: "data", data }], metadata: { n: jsonNumber("2.50") } } },
    };
    const sent = await a.raw("POST", `/a2a/${b.nodeId}`, await body.signedRpcBody(call, a.signing()));
    const read = await b.call("task/read", { taskId: sent.body.result.id });
    expect(read.text).toContain('"big":123456789012345678901');
    expect(read.text).toContain('"float":1.0');
    expect(read.text).toContain('"metadata":{"n":2.5}');
  });

  it("G15 members that nobody knows come back, whatever their names are", async () => {
    await using here = await stage();
    const { a, b } = here;
    const part = JSON.parse('{"type":"text","text":"x","constructor":1,"__proto__":{"y":2}}');
    const { id } = await a.ok("message/send", { message: { parts: [part] } }, b.nodeId);
    const read = await b.call("task/read", { taskId: id });
    expect(read.text).toContain('"__proto__":{"y":2}');
    expect(read.body.result.messages[0].parts).toEqual([part]);
  });

  it.each([
    [{ parts: [] }, "parts"],
    [{ parts: [{ type: "video" }] }, "parts"],
    [{ parts: [{ type: "text" }] }, "text"],
    [{ parts: [{ type: "file", file: {} }] }, "file"],
    [{ parts: [{ type: "data", data: [] }] }, "data"],
    [{ messageId: "", parts: [{ type: "text", text: "" }] }, "messageId"],
    [{ messageId: "x".repeat(129), parts: [{ type: "text", text: "" }] }, "messageId"],
    [{ parts: [{ type: "text", text: "" }], metadata: { x: "y".repeat(17_000) } }, "metadata"],
    [undefined, "message"],
  ])("G41 refuses the message %j and names %s", async (message, field) => {
    await using here = await stage();
    const { body } = await here.a.call("message/send", { message }, here.b.nodeId);
    expect(body.error).toMatchObject({ code: -32602, data: { reason: "invalid_params", field } });
  });

  it("G54 check-in is a whole number of seconds, or off", async () => {
    await using here = await stage();
    const { a, b } = here;
    expect((await a.send(b.nodeId, "x", { checkIn: 0 })).checkIn).toBeNull();
    expect((await a.send(b.nodeId, "x", { checkIn: null })).checkIn).toBeNull();
    expect((await a.send(b.nodeId, "x", { checkIn: 86_400 })).checkIn).toBe(86_400);
    for (const checkIn of [86_401, 1.5, "30", -1]) {
      const { body } = await a.call("message/send", { message: "x", checkIn }, b.nodeId);
      expect(body.error.data).toMatchObject({ reason: "invalid_params", field: "checkIn" });
    }
  });

  it("G48 G146 the address is the target of a new task, and selects nothing else", async () => {
    await using here = await stage();
    const { a, b, c } = here;
    const { id } = await a.send(b.nodeId, "x");
    expect((await a.ok("task/get", { taskId: id }, c.nodeId)).id).toBe(id);
    expect(await a.refused("task/get", { taskId: id }, "00000000-0000-5000-8000-000000000000")).toBe(
      "-32030 node_not_found",
    );
    const foreign = { message: { taskId: id, parts: [{ type: "text", text: "x" }] } };
    expect(await c.refused("message/send", foreign, b.nodeId)).toBe("-32001 task_not_found");
    expect(await a.refused("message/send", { message: "x" }, a.nodeId)).toBe("-32602 self_task");
  });

  it("G49 a list has pages and a total, and knows what it is asked", async () => {
    await using here = await stage();
    const { a, b } = here;
    await a.send(b.nodeId, "1");
    await a.send(b.nodeId, "2");
    const list = await a.ok("task/list", { limit: 1, state: ["submitted", "working"] });
    expect(list).toMatchObject({ total: 2, limit: 1, offset: 0 });
    expect(list.tasks).toHaveLength(1);
    expect(list.tasks[0]).not.toHaveProperty("history");
    for (const params of [{ limit: 0 }, { limit: 101 }, { offset: -1 }, { state: "sleeping" }]) {
      expect(await a.refused("task/list", params)).toBe("-32602 invalid_params");
    }
  });

  it("G58 G60 of two equal messages at once one task is made, and both replies name it", async () => {
    await using here = await stage();
    const { a, b } = here;
    const [one, two] = await Promise.all([
      a.send(b.nodeId, "x", {}, { messageId: "m" }),
      a.send(b.nodeId, "x", {}, { messageId: "m" }),
    ]);
    expect(one.id).toBe(two.id);
    expect(
      await a.refused(
        "message/send",
        { message: { messageId: "m", parts: [{ type: "text", text: "y" }] } },
        b.nodeId,
      ),
    ).toBe("-32602 message_id_conflict");
  });
});
