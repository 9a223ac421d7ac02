import { expect, it } from "vitest";
import { createMissedMessages } from "../../src/mcp/missed-messages.ts";

const message = (id: number, chars = 0) => ({
  jsonrpc: "2.0" as const,
  id,
  result: { text: "x".repeat(chars) },
});

it("messages of a stream are kept behind the last one that was read, as many as fit", async () => {
  const store = createMissedMessages();
  const opened = await store.storeEvent("a", JSON.parse("{}"));
  await store.storeEvent("b", message(1));
  await store.storeEvent("a", message(2));
  await store.storeEvent("a", message(3));
  const after = async (last: string): Promise<unknown[]> => {
    const sent: unknown[] = [];
    const send = async (id: string, sentMessage: object): Promise<void> =>
      void sent.push([id, "id" in sentMessage ? sentMessage.id : undefined]);
    await store.replayEventsAfter(last, { send });
    return sent;
  };
  expect(await after(opened)).toEqual([
    ["3", 2],
    ["4", 3],
  ]);
  expect(await store.getStreamIdForEventId?.("2")).toBe("b");

  await store.storeEvent("a", message(4, 200_000));
  expect(await after("4")).toEqual([["5", 4]]);
  await store.storeEvent("a", message(5, 300_000));
  expect(await store.getStreamIdForEventId?.("5")).toBeUndefined();
  expect(await store.getStreamIdForEventId?.("6")).toBe("a");
  await expect(after("4")).rejects.toThrow("no longer kept");
});
