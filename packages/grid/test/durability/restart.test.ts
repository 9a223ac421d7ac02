// What a restart keeps, over real sockets and a real store.
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startLocalGrid } from "../../src/local/index.ts";
import { signedBody } from "../../src/wire/signing.ts";
import { Listener, stage } from "../http/agent.ts";

async function directory() {
  const path = await mkdtemp(join(tmpdir(), "grid-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe("a restart", () => {
  it("G101 G130 G131 G141 keeps conversations, rooms, schedules, codes and used nonces", async () => {
    await using dir = await directory();
    const options = { dataDir: dir.path };
    const before = await stage(options);
    const { a, b } = before;
    const { id: taskId } = await a.send(b.nodeId, "1", { sessionKey: "k" }, { messageId: "m" });
    await a.send(b.nodeId, "2", {}, {});
    const { id: roomId } = await a.ok("room/create", { participantNodeIds: [b.nodeId] });
    await b.ok("room/join", { roomId });
    await a.ok("room/send", { roomId, message: "hello" });
    const schedule = await a.ok("schedule/create", { messageText: "x", schedule: "every day" });
    const { code } = (await b.own("claim-code")).body;
    const used = await signedBody({}, a.signing());
    const heartbeat = `/nodes/${a.nodeId}/heartbeat`;
    expect((await a.raw("POST", heartbeat, used)).status).toBe(200);
    const seen = async (who: typeof a) => [
      await who.ok("task/list", {}),
      await who.ok("room/list", {}),
      await who.ok("schedule/list", {}),
      await who.ok("room/get", { roomId }),
    ];
    const was = [await seen(a), await seen(b)];
    await before.server.close();

    await using server = await startLocalGrid({ ...options, metricsAddr: "off" });
    const again = (await import("../http/agent.ts")).Agent;
    const { alice, bob } = await import("@x/core/testing");
    const [a2, b2] = [new again(server.url, alice), new again(server.url, bob)];
    expect([await seen(a2), await seen(b2)]).toEqual(was);
    expect((await a2.raw("POST", heartbeat, used)).body.error.code).toBe("nonce_replayed");
    expect((await a2.send(b.nodeId, "1", { sessionKey: "k" }, { messageId: "m" })).id).toBe(taskId);
    expect((await a2.ok("schedule/get", { scheduleId: schedule.id })).nextFireAt).toBe(schedule.nextFireAt);
    const claimed = await a2.raw("POST", "/admin/claim", JSON.stringify({ code }));
    expect(claimed.status).toBe(200);
    expect((await b2.ok("task/read", { taskId })).messages).toHaveLength(1);
  });

  it("a reader goes on behind its last notice over a restart of the server", async () => {
    await using dir = await directory();
    const before = await stage({ dataDir: dir.path });
    const { a, b } = before;
    {
      await using listener = new Listener(b);
      await listener.next();
      await a.send(b.nodeId, "1");
      expect((await listener.next())?.id).toBe("1");
    }
    await a.send(b.nodeId, "2");
    await before.server.close();
    await using server = await startLocalGrid({ dataDir: dir.path, metricsAddr: "off" });
    const { Agent } = await import("../http/agent.ts");
    const { alice, bob } = await import("@x/core/testing");
    const [a2, b2] = [new Agent(server.url, alice), new Agent(server.url, bob)];
    await using listener = new Listener(b2, { "last-event-id": "1" });
    await listener.next();
    await a2.send(b.nodeId, "3");
    expect([(await listener.next())?.id, (await listener.next())?.id]).toEqual(["2", "3"]);
  });

  it("G104 files and their directory are for their owner alone, and hold no private key", async () => {
    await using dir = await directory();
    const path = join(dir.path, "store");
    await using here = await stage({ dataDir: path });
    await here.a.send(here.b.nodeId, "x");
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(path)) {
      expect([name, (await stat(join(path, name))).mode & 0o077]).toEqual([name, 0]);
    }
  });
});
