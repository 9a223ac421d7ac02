// What a third service costs on the frame: a board of signed notes, durable, with events and virtual time.
import { describe, expect, it } from "vitest";
import { alice as ann, bob, startFaultProxy, waitUntil } from "../../src/testing/index.ts";
import { NotesClient } from "./notes/client.ts";
import { startNotes } from "./notes/service.ts";
import { storeDirectory } from "./store-directory.ts";

describe("a service on the frame", () => {
  it("keeps what was signed, refuses what was not, and tells it in its own words", async () => {
    await using server = await startNotes({ metricsAddr: "off", maxNotes: 2 });
    await using a = new NotesClient(server.url, ann);
    await using b = new NotesClient(server.url, bob);
    const { note } = await a.post("first", "k");
    expect(await a.post("first again", "k")).toEqual({ note, again: true });
    await expect(b.call("note/remove", { seq: 1 })).rejects.toMatchObject({ code: "not_yours" });
    await b.post("second");
    await expect(b.post("third")).rejects.toMatchObject({ code: "board_full" });
    await expect(a.call("note/list", { limit: 0 })).rejects.toMatchObject({ code: "invalid_params" });
    await expect(a.call("note/nothing", {})).rejects.toMatchObject({ code: "method_not_found" });
    const forged = await fetch(`${server.url}/rpc`, {
      method: "POST",
      body: '{"jsonrpc":"2.0","id":"x","method":"note/list"}',
    });
    expect(await forged.json()).toMatchObject({
      id: "x",
      error: { code: -32004, data: { reason: "bad_signature" } },
    });
  });

  it("shows programs on the operator's port what it has, as JSON", async () => {
    await using server = await startNotes();
    await using client = new NotesClient(server.url, ann);
    await client.post("one");
    const answer = await fetch(`${server.metricsUrl}notes.json`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await answer.json()).toMatchObject([{ seq: 1, text: "one" }]);
    expect((await fetch(`${server.metricsUrl}toString`)).status).toBe(404);
    expect((await fetch(`${server.metricsUrl}notes.json`, { method: "POST" })).status).toBe(405);
  });

  it("signs each attempt afresh, and a repeat changes nothing", async () => {
    await using server = await startNotes({ metricsAddr: "off" });
    await using proxy = await startFaultProxy({ host: server.host, port: server.port });
    await using client = new NotesClient(`http://${proxy.host}:${proxy.port}`, ann);
    proxy.setFault({ kind: "cut", direction: "to-client", afterBytes: 0 });
    const posting = client.post("once");
    await waitUntil(() => proxy.accepted > 0 && proxy.connections === 0);
    proxy.setFault({ kind: "none" });
    const { note, again } = await posting;
    expect([note.seq, again, client.attempts.length]).toEqual([1, true, 2]);
  });

  it("tells events behind the last one that a reader has seen, and time when it is moved", async () => {
    await using server = await startNotes({ metricsAddr: "off", clock: "virtual", lifeSeconds: 10 });
    await using client = new NotesClient(server.url, ann);
    await client.post("one");
    await client.post("two");
    const seen: string[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { type, lastEventId } of client.events(stop.signal, 1)) {
        seen.push(`${lastEventId} ${type}`);
        if (seen.length === 3) {
          break;
        }
      }
    })();
    await server.advance(9_999);
    expect(await client.call("note/list", {})).toMatchObject({ notes: [{ text: "one" }, { text: "two" }] });
    await server.advance(1);
    expect(await client.call("note/list", {})).toEqual({ notes: [], next: null });
    await reading;
    expect(seen).toEqual(["2 posted", "3 gone", "4 gone"]);
  });

  it("has everything after a restart, and ends its life where it began it", async () => {
    using directory = storeDirectory();
    const options = { metricsAddr: "off", dataDir: directory.path };
    {
      await using server = await startNotes(options);
      await using client = new NotesClient(server.url, ann);
      await client.post("kept", "k");
    }
    await using server = await startNotes(options);
    await using client = new NotesClient(server.url, ann);
    expect(await client.post("kept", "k")).toMatchObject({ note: { text: "kept" }, again: true });
  });
});
