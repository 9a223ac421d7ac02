// The streams' queues: bounded, apart from each other, and to be asked for again.
import { describe, expect, it } from "vitest";
import { createNotices, StreamEnded } from "../../src/local/engine/notices.ts";
import type { NumberedNotice } from "../../src/local/rules/model/records.ts";

const notice = (to: string, id: number): NumberedNotice => ({
  kind: "room",
  to,
  id,
  roomId: "r",
  fromNodeId: null,
  notifyType: "message",
  messageId: null,
  unreadCount: 1,
  atMs: 0,
});

describe("notices", () => {
  it("G77 a reader with a thousand notices before it is sent away, and the others are not", async () => {
    const notices = createNotices();
    const slow = notices.subscribe("a", undefined);
    const other = notices.subscribe("b", undefined);
    for (let id = 1; id <= 1_001; id += 1) {
      notices.append([{ notices: [notice("a", id), notice("b", id)] }]);
      expect((await other.notices.next()).value?.id).toBe(id);
    }
    await expect(slow.notices.next()).rejects.toThrow(StreamEnded);
    expect(notices.dropped).toBe(1);
    slow.close();
    other.close();
    expect(notices.open).toBe(0);
  });

  it("what came behind a notice comes again, of this node alone", async () => {
    const notices = createNotices();
    notices.append([{ notices: [notice("a", 1), notice("b", 1), notice("a", 2)] }]);
    const again = notices.subscribe("a", 1);
    notices.append([{ notices: [notice("a", 3)] }]);
    expect((await again.notices.next()).value?.id).toBe(2);
    expect((await again.notices.next()).value?.id).toBe(3);
    const anew = notices.subscribe("a", undefined);
    anew.end("expiring");
    await expect(anew.notices.next()).rejects.toMatchObject({ reason: "expiring" });
  });
});
