// What waits for a model: who reads, who waits, and what wants an answer.
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { openInbox } from "../../src/mcp/inbox.ts";
import { TestNetwork } from "../client/network.ts";

const direct = (n: number, more: object = {}) => ({
  event_name: "thread.direct_message.notification",
  source_id: "b",
  payload: { content: { text: `${n}` } },
  ...more,
});

describe("the inbox of a model", () => {
  it("wakes whoever waits, also when another has begun to wait and given up since", async () => {
    await using network = await TestNetwork.start();
    const inbox = openInbox(await network.join("a", { pollIntervalMs: 10 }));
    const giving = new AbortController();
    const patient = inbox.read(10, 600_000, new AbortController().signal);
    const other = inbox.read(10, 600_000, giving.signal);
    giving.abort();
    await expect(other).rejects.toThrow("aborted");
    network.deliver("a", direct(1));
    expect((await patient).map(({ text }) => text)).toEqual(["1"]);
  });

  it("OA-40 says that a sender waits for an answer, wherever it said so", async () => {
    await using network = await TestNetwork.start();
    const inbox = openInbox(await network.join("a", { pollIntervalMs: 10 }));
    const { signal } = new AbortController();
    const waits = async () => (await inbox.read(1, 600_000, signal)).map((heard) => heard.wants_answer);
    network.deliver("a", direct(1, { requires_response: true }));
    expect(await waits()).toEqual([true]);
    network.deliver("a", direct(2, { payload: { requires_response: true } }));
    expect(await waits()).toEqual([true]);
    network.deliver("a", direct(3));
    expect(await waits()).toEqual([false]);
  });
  it("tells who begins to listen of what was said before and is not read", async () => {
    await using network = await TestNetwork.start();
    const inbox = openInbox(await network.join("a", { pollIntervalMs: 10 }));
    network.deliver("a", direct(1));
    await waitUntil(() => inbox.unread === 1);
    const told: string[] = [];
    const stop = inbox.listen(({ text }) => void told.push(text));
    network.deliver("a", direct(2));
    await waitUntil(() => told.length === 2);
    expect(told).toEqual(["1", "2"]);
    stop();
  });
});
