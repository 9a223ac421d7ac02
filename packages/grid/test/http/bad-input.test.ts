// Whatever strangers send, the server answers in its own words, says nothing of its inside, and goes on.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridProfile } from "../../src/wire/profile.ts";
import { stage } from "./agent.ts";

const names = Object.values(gridProfile.fields.rpc);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("__proto__", "", "x".repeat(500), -1, 1e300, [], {}, null, "every day", "none"),
);
const params = fc.dictionary(fc.constantFrom(...names, "__proto__", "constructor"), value, { maxKeys: 8 });

describe("bad input", () => {
  it("G97 is answered as what it is, whatever the call", async () => {
    await using here = await stage();
    const { a, b } = here;
    const { id } = await a.send(b.nodeId, "x");
    const { id: roomId } = await a.ok("room/create", { participantNodeIds: [b.nodeId] });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(gridProfile.rpcMethods)),
        params,
        fc.boolean(),
        async (method, given, isReal) => {
          const real = isReal ? { taskId: id, roomId } : {};
          const { status, body, text } = await a.call(method, { ...given, ...real }, b.nodeId);
          expect(status).toBe(200);
          expect(Object.keys(body).filter((name) => name === "result" || name === "error")).toHaveLength(1);
          expect(body.error?.code).not.toBe(-32603);
          expect(text).not.toMatch(/node_modules|\.ts:|at Object/);
        },
      ),
      { numRuns: 400 },
    );
    expect((await a.own("heartbeat")).status).toBe(200);
  });

  it("G97 is answered as what it is on REST routes", async () => {
    await using here = await stage();
    const { a } = here;
    const paths = ["status", "set-status", "heartbeat", "claim-code"].map(
      (action) => `/nodes/${a.nodeId}/${action}`,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths, "/search", "/admin/claim", "/admin/grids", "/schedules"),
        fc.dictionary(fc.constantFrom(...Object.values(gridProfile.fields.rest)), value, { maxKeys: 6 }),
        async (path, payload) => {
          const { status, text } = await a.rest("POST", path, payload);
          expect(status).toBeLessThan(500);
          expect(text).not.toMatch(/node_modules|\.ts:|at Object/);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("G57 of many readers at once each message is had by one", async () => {
    await using here = await stage();
    const { a, b } = here;
    const { id: taskId } = await a.send(b.nodeId, "0");
    for (let index = 1; index < 20; index += 1) {
      await a.ok("message/send", { message: { taskId, parts: [{ type: "text", text: String(index) }] } });
    }
    const reads = await Promise.all(Array.from({ length: 10 }, () => b.ok("task/read", { taskId })));
    const seqs = reads.flatMap(({ messages }) => messages.map(({ seq }: { seq: number }) => seq));
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });
});
