// Streams of notices: what comes first, who gets what, how a stream ends, and how a reader goes on.
import { fixedIdentity, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { Agent, Listener, stage } from "./agent.ts";

describe("streams", () => {
  it("G72 G75 every stream of a node gets everything, and the actor nothing", async () => {
    await using here = await stage();
    const { a, b } = here;
    await using one = new Listener(b);
    await using two = new Listener(b);
    await using own = new Listener(a);
    for (const listener of [one, two, own]) {
      expect(await listener.next()).toMatchObject({
        event: "connected",
        data: { connectionId: expect.any(String), server: expect.stringContaining("x-grid/") },
      });
    }
    const { id } = await a.send(b.nodeId, "x");
    await b.ok("message/ack", { taskId: id });
    expect((await one.next())?.data).toMatchObject({ taskId: id, notifyType: "message" });
    expect((await two.next())?.data).toMatchObject({ taskId: id, notifyType: "message" });
    expect((await own.next())?.data).toMatchObject({ taskId: id, notifyType: "ack" });
  });

  it("G75 the eleventh stream of a node is refused", async () => {
    await using here = await stage();
    const { b } = here;
    const listeners = Array.from({ length: 10 }, () => new Listener(b));
    await Promise.all(listeners.map((listener) => listener.next()));
    const late = await b.get(`/a2a/${b.nodeId}/events`);
    expect([late.status, late.body.error.code]).toEqual([429, "too_many_streams"]);
    await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
    await waitUntil(() => here.server.openRequests === 0);
    await using again = new Listener(b);
    expect((await again.next())?.event).toBe("connected");
  });

  it("errors come before the stream, as JSON", async () => {
    await using here = await stage();
    const { a, b } = here;
    const foreign = await a.get(`/a2a/${b.nodeId}/events`);
    expect([foreign.status, foreign.body.error.code]).toEqual([403, "forbidden"]);
    const path = await a.query(`/a2a/${a.nodeId}/events`, {}, { wallMs: Date.now() - 400_000 });
    expect((await a.raw("GET", path)).body.error.code).toBe("stale_timestamp");
  });

  it("a reader goes on behind the last notice that it has seen, over a restart of its stream", async () => {
    await using here = await stage();
    const { a, b } = here;
    {
      await using listener = new Listener(b);
      await listener.next();
      await a.send(b.nodeId, "1");
      expect((await listener.next())?.id).toBe("1");
    }
    await a.send(b.nodeId, "2");
    await a.send(b.nodeId, "3");
    await using listener = new Listener(b, { "last-event-id": "1" });
    expect((await listener.next())?.event).toBe("connected");
    expect([(await listener.next())?.id, (await listener.next())?.id]).toEqual(["2", "3"]);
  });

  it("every frame has the place at which its reader goes on, also one that heard no notice", async () => {
    await using here = await stage();
    const { a, b } = here;
    await a.send(b.nodeId, "1");
    {
      await using listener = new Listener(b);
      expect((await listener.next())?.id).toBe("1");
    }
    await a.send(b.nodeId, "2");
    await using listener = new Listener(b, { "last-event-id": "1" });
    expect([(await listener.next())?.id, (await listener.next())?.id]).toEqual(["1", "2"]);
    const closing = here.server.close();
    expect(await listener.next()).toMatchObject({ id: "2", event: "reconnect" });
    await closing;
  });

  it("G76 a stream ends when its time is over, and says so", async () => {
    await using here = await stage({ clock: "virtual" });
    await using listener = new Listener(here.b);
    await listener.next();
    await here.server.advance(3_600_000);
    expect(await listener.next()).toMatchObject({ event: "reconnect", data: { reason: "expiring" } });
    expect(await listener.next()).toBeUndefined();
  });

  it("G76 a stop is told to every stream", async () => {
    const here = await stage();
    await using listener = new Listener(here.b);
    await listener.next();
    const closing = here.server.close();
    expect(await listener.next()).toMatchObject({ event: "reconnect", data: { reason: "shutdown" } });
    expect(await listener.next()).toBeUndefined();
    await closing;
  });

  it("G28 an open stream keeps a node online", async () => {
    await using here = await stage();
    const { a, b } = here;
    {
      await using listener = new Listener(b);
      await listener.next();
      expect((await a.get(`/nodes/${b.nodeId}`)).body.is_online).toBe(true);
    }
    await waitUntil(() => here.server.openRequests === 0);
  });

  it("G123 of many nodes each is told its own, once", async () => {
    await using here = await stage();
    const { a } = here;
    const agents = Array.from(
      { length: 100 },
      (_, index) => new Agent(here.server.url, fixedIdentity(100 + index)),
    );
    await Promise.all(agents.map((agent) => agent.register()));
    const listeners = agents.map((agent) => new Listener(agent));
    await Promise.all(listeners.map((listener) => listener.next()));
    const sent = await Promise.all(agents.map((agent) => a.send(agent.nodeId, "x")));
    const heard = await Promise.all(listeners.map((listener) => listener.next()));
    expect(heard.map((event) => event?.data.taskId)).toEqual(sent.map(({ id }) => id));
    expect(heard.map((event) => event?.id)).toEqual(Array(100).fill("1"));
    await Promise.all(listeners.map((listener) => listener[Symbol.asyncDispose]()));
  });
});
