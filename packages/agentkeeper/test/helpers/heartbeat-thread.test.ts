// Heartbeats from a thread of their own: they go on while the program's event loop stands still, and end with the agent.
import { spawnSync } from "node:child_process";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { type AgentHandle, AgentKeeperClient, NotFoundError, type RegisterOptions } from "../../src/index.ts";
import { type DaemonProcess, startDaemon } from "../daemon-process.ts";

// A daemon of its own process, for one in this process would stand still too.
const start = (): Promise<DaemonProcess> => startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
const clientOf = ({ port }: DaemonProcess) => new AgentKeeperClient({ host: "127.0.0.1", port });

const register = (
  client: AgentKeeperClient,
  heartbeatsFrom: RegisterOptions["heartbeatsFrom"] & string,
  ttlSeconds = 2,
): Promise<AgentHandle> =>
  client.register({ name: heartbeatsFrom, description: "", version: "", ttlSeconds, heartbeatsFrom });

/** Stops the event loop as a long computation does, but leaves the processor to others. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("heartbeats from a thread", () => {
  it("AK-C-1 keep an agent alive while the event loop stands still for longer than it may be silent", async () => {
    await using daemon = await start();
    await using client = clientOf(daemon);
    // Long enough for a thread that has to wait for its turn on a busy machine.
    const ttlSeconds = 4;
    const steady = await register(client, "worker", ttlSeconds);
    const plain = await register(client, "main", ttlSeconds);
    const events = client.watch(["agent."]);
    await events.ready;
    // Let the thread begin, as it does within half the time to live.
    const before = steady.aliveUntilMono();
    await waitUntil(() => steady.aliveUntilMono() > before, { what: "the first heartbeat of the thread" });
    const confirmed = steady.aliveUntilMono();
    standStill(2.25 * ttlSeconds * 1_000);
    await waitUntil(() => plain.signal.aborted, { what: "the death of the agent without a thread" });
    expect(plain.signal.reason).toBeInstanceOf(NotFoundError);
    expect(steady.signal.aborted).toBe(false);
    expect(await client.getAgent(steady.agentId)).toMatchObject({ status: "ALIVE" });
    expect((await client.getAgent(plain.agentId)).status).toBe("DEAD");
    await waitUntil(() => steady.aliveUntilMono() > confirmed + ttlSeconds * 1_000, {
      what: "news of the thread",
    });
    const about: string[] = [];
    for await (const { topic, payload } of events) {
      const id = payload !== null && "card" in payload ? payload.card.name : "";
      about.push(`${id} ${topic}`);
      if (topic === "agent.died") {
        break;
      }
    }
    expect(about).toEqual(["main agent.unreachable", "main agent.died"]);
  });

  it("AK-C-1 keep no program alive that has nothing else to do", async () => {
    await using daemon = await start();
    const program = `
      const { AgentKeeperClient } = await import(${JSON.stringify(import.meta.resolve("../../dist/index.js"))});
      const client = new AgentKeeperClient({ host: "127.0.0.1", port: ${daemon.port} });
      await client.register({ name: "a", description: "", version: "", heartbeatsFrom: "worker" });
    `;
    const args = ["--input-type=module", "-e", program];
    expect(spawnSync(process.execPath, args, { timeout: 60_000 }).status).toBe(0);
  });

  it("AK-C-2 deregister waits for the thread, and no heartbeat follows", async () => {
    await using daemon = await start();
    await using client = clientOf(daemon);
    const agent = await register(client, "worker");
    await agent.deregister();
    await agent.deregister();
    expect(agent.signal.aborted).toBe(true);
    expect(agent.signal.reason).toMatchObject({ name: "AbortError" });
    expect((await client.getAgent(agent.agentId)).status).toBe("DEAD");
  });

  it("AK-C-1 AK-C-5 a lost agent aborts the handle, and leaving its scope does not wait for the thread that has gone", async () => {
    await using daemon = await start();
    await using client = clientOf(daemon);
    await using other = clientOf(daemon);
    const replaced = await register(client, "worker");
    await other.register({ name: "worker", description: "", version: "", replace: true });
    await waitUntil(() => replaced.signal.aborted, { what: "the abort" });
    expect(replaced.signal.reason).toMatchObject({ code: "agent_dead", grpcCode: "NOT_FOUND" });
    await replaced[Symbol.asyncDispose]();
    await expect(replaced.deregister()).resolves.toBeUndefined();
  });

  it("a deregistration that fails lets the thread go on", async () => {
    await using daemon = await start();
    await using client = clientOf(daemon);
    const agent = await register(client, "worker");
    const abort = AbortSignal.abort(new Error("not now"));
    await expect(agent.deregister({ signal: abort })).rejects.toThrow();
    expect(agent.signal.aborted).toBe(false);
    const before = agent.aliveUntilMono();
    await waitUntil(() => agent.aliveUntilMono() > before, { what: "the next heartbeat" });
    await agent.deregister();
  });

  it("closing the client ends the thread", async () => {
    await using daemon = await start();
    const client = clientOf(daemon);
    const agent = await register(client, "worker");
    await client.close();
    expect(agent.signal.aborted).toBe(true);
    await using other = clientOf(daemon);
    for await (const { topic } of other.watch(["agent.died"], undefined, { cursor: 0n })) {
      expect(topic).toBe("agent.died");
      break;
    }
  });
});
