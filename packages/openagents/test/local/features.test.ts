// What this server can do besides: long polls, acknowledgement, streams, bearers, batches.

import { describe, expect, it } from "vitest";
import { startNetwork } from "./network.ts";
import { createSseReader } from "./sse.ts";

describe("additive features", () => {
  it("OA-66 a long poll answers with what comes, soon after it was sent", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    const waiting = b.poll("&wait=25");
    // The send is answered before the poll only if that did not wait.
    await a.send("agent.message", "b", { n: 1 });
    const sentAt = performance.now();
    expect((await waiting).map(({ payload }) => payload)).toEqual([{ n: 1 }]);
    expect(performance.now() - sentAt).toBeLessThan(200);
  });

  it("OA-66 a second long poll ends the first with nothing, and time does too", async () => {
    await using network = await startNetwork({ clock: "virtual" });
    const b = await network.agent("b");
    await b.all();
    const one = b.poll("&wait=30");
    const two = network.call("GET", `/api/poll?agent_id=b&secret=${b.secret}&wait=30&limit=5`);
    expect(await one).toEqual([]);
    await network.server.advance(30_000);
    expect((await two).body.messages).toEqual([]);
  });

  it("OA-66 what is not acknowledged comes again", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    for (const n of [1, 2, 3]) {
      await a.send("agent.message", "b", { n });
    }
    const poll = async (ack: string, limit = 10) => {
      const path = `/api/poll?agent_id=b&ack=${ack}&limit=${limit}`;
      const { body } = await network.call("GET", path, { headers: { authorization: `Bearer ${b.secret}` } });
      return { ns: [...body.messages].map(({ payload }) => payload.n), next: body.next_ack };
    };
    const first = await poll("", 2);
    expect(first.ns).toEqual([1, 2]);
    expect((await poll("", 2)).ns).toEqual([1, 2]);
    const second = await poll(first.next);
    expect(second.ns).toEqual([3]);
    expect((await poll(first.next)).ns).toEqual([3]);
    expect((await poll(second.next)).ns).toEqual([]);
  });

  it("OA-66 a stream delivers in order and goes on behind what was seen last", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await b.all();
    const url = `${network.server.url}/api/stream?agent_id=b`;
    const headers = { authorization: `Bearer ${b.secret}` };
    const first = await createSseReader(url, headers);
    await a.send("agent.message", "b", { n: 1 });
    await a.send("agent.message", "b", { n: 2 });
    const [one, two] = [await first.next(), await first.next()];
    expect([one?.data.payload.n, two?.data.payload.n]).toEqual([1, 2]);
    const second = await createSseReader(url, { ...headers, "last-event-id": one?.id ?? "" });
    expect((await second.next())?.data.payload.n).toBe(2);
    // Another one took over.
    expect(await first.next()).toBeUndefined();
    await second.close();
    expect((await network.call("GET", "/api/stream?agent_id=b&secret=wrong")).status).toBe(401);
  });

  it("keeps fields that official clients lose, and tells its features", async () => {
    await using network = await startNetwork();
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await a.send(
      "agent.message",
      "b",
      {},
      { requires_response: true, response_to: "r", thread_name: "t", text_representation: "x" },
    );
    expect((await b.poll())[0]).toMatchObject({
      requires_response: true,
      response_to: "r",
      thread_name: "t",
      text_representation: "x",
    });
    await network.agent("c");
    await b.all();
    await a.send("custom.done", "channel:general", {}, { allowed_agents: ["c"] });
    expect(await b.poll()).toEqual([]);
    const { data } = (await network.call("GET", "/api/health")).body;
    expect(data.features).toMatchObject({
      long_poll: true,
      ack_poll: true,
      sse: true,
      batch: true,
      idempotent_send: true,
    });
    expect(data.limits).toEqual({ max_body: 8_388_608, queue_limit: 20_000 });
  });
});
