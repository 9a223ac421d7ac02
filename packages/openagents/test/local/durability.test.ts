// What is acknowledged is on the disk: kills in bursts over both transports, a second server, and a stop that forgets nothing.
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc";
import { runServerProcess, type ServerProcess, startServerProcess } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentService } from "../../src/gen/openagents/agent_service_pb.ts";
import { startLocalOpenAgents } from "../../src/local/index.ts";
import { packPayload } from "../../src/wire/any.ts";
import { agentAt, type Network, type NetworkAgent, networkAt, request, startNetwork } from "./network.ts";
import { createSseReader } from "./sse.ts";

async function directory() {
  const path = await mkdtemp(join(tmpdir(), "openagents-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const executable = fileURLToPath(new URL("../../dist/bin/x-openagents.js", import.meta.url));

function start(path: string, ...more: string[]): Promise<ServerProcess> {
  return startServerProcess(executable, [
    "--addr=127.0.0.1:0",
    "--grpc-addr=127.0.0.1:0",
    "--metrics-addr=off",
    `--data-dir=${path}`,
    "--workspace-token=workspace-token-1",
    ...more,
  ]);
}

const addressOf = (server: ServerProcess, name: string): string =>
  `http://${new RegExp(`${name}=(\\S+)`).exec(server.readyLine)?.[1]}`;

async function register(url: string, id: string): Promise<NetworkAgent> {
  const { body } = await request(`${url}/api/register`, "POST", { body: { agent_id: id } });
  return agentAt(url, id, body.secret);
}

describe("durability", () => {
  it("OA-52 nothing that was acknowledged is lost by a kill in a burst over both transports", async () => {
    await using dir = await directory();
    const server = await start(dir.path);
    const url = addressOf(server, "http");
    const [a, b] = [await register(url, "a"), await register(url, "b")];
    await b.all();
    await a.post("general", "kept");
    const file = {
      filename: "f.bin",
      file_content: Buffer.alloc(50_000, 7).toString("base64"),
      mime_type: "x/y",
      file_size: 50_000,
    };
    const { data } = await a.send("thread.file.upload", "", file);
    await using transport = createGrpcTransport({ baseUrl: addressOf(server, "grpc") });
    const grpc = createClient(AgentService, transport);
    const g = await grpc.registerAgent({ agentId: "g" });
    const acknowledged = new Set<string>();
    let acknowledgements = 0;
    let enough: () => void = () => {};
    const burst = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const sender = async (which: number): Promise<void> => {
      for (let n = 0; ; n += 1) {
        const eventId = `${which}-${n}`;
        const overGrpc = which % 2 === 1;
        const { success } = overGrpc
          ? await grpc.sendEvent({
              eventId,
              eventName: "agent.message",
              sourceId: "g",
              targetAgentId: "b",
              secret: g.secret,
              payload: packPayload({ n }),
            })
          : await a.send("agent.message", "b", { n }, { event_id: eventId });
        if (success) {
          acknowledged.add(eventId);
          acknowledgements += 1;
          if (acknowledgements === 1_000) {
            enough();
          }
        }
      }
    };
    const senders = Array.from({ length: 8 }, (_, which) => sender(which).catch(() => undefined));
    await burst;
    await server.stop("SIGKILL");
    await Promise.all(senders);

    await using again = await start(dir.path);
    const after = agentAt(addressOf(again, "http"), "b", b.secret);
    const got: string[] = [];
    for (let events = await after.poll(); events.length > 0; events = await after.poll()) {
      got.push(...events.map(({ event_id }) => event_id));
    }
    const known = new Set(got);
    expect([...acknowledged].filter((id) => !known.has(id))).toEqual([]);
    for (let which = 0; which < 8; which += 1) {
      const own = got.filter((id) => id.startsWith(`${which}-`)).map((id) => Number(id.split("-")[1]));
      expect(own).toEqual([...own].sort((x, y) => x - y));
    }
    const history = await after.send("thread.channel_messages.retrieve", "", { channel: "general" });
    expect(history.data.messages[0]?.content.text).toBe("kept");
    const back = await after.send("thread.file.download", "", { file_id: data.file_id });
    expect(back.data.content).toBe(file.file_content);
  });

  it("OA-52 a backup holds the files too, and the token of the workspace", async () => {
    await using dir = await directory();
    await using target = await directory();
    const network = await startNetwork({ dataDir: dir.path });
    const a = await network.agent("a");
    const content = Buffer.alloc(50_000, 7).toString("base64");
    const file = { filename: "f", file_content: content, mime_type: "x/y", file_size: 50_000 };
    const { data } = await a.send("thread.file.upload", "", file);
    const backup = await runServerProcess(executable, ["backup", dir.path, join(target.path, "copy")]);
    expect([backup.code, backup.stderr]).toEqual([0, ""]);
    await network.server.close();
    await using copy = await startLocalOpenAgents({ dataDir: join(target.path, "copy"), metricsAddr: "off" });
    expect(copy.workspaceToken).toBe(network.server.workspaceToken);
    const got = await agentAt(copy.url, "a", a.secret).send("thread.file.download", "", {
      file_id: data.file_id,
    });
    expect(got.data.content).toBe(content);
  });

  it("OA-66 a reader of a workspace's log goes on behind what it saw before a restart", async () => {
    await using dir = await directory();
    const before = await startNetwork({ dataDir: dir.path });
    const say = async (network: Network, content: string): Promise<string> => {
      const body = {
        type: "workspace.message.posted",
        source: "human:ann",
        target: "channel/general",
        payload: { content },
        network: "local",
      };
      return (await network.workspace("POST", "/v1/events", body)).body.data.id;
    };
    const seen = await say(before, "one");
    await say(before, "two");
    await before.server.close();
    await using after = await startNetwork({ dataDir: dir.path });
    const url = `${after.server.url}/v1/events/stream?network=local&token=${after.server.workspaceToken}`;
    const stream = await createSseReader(url, { "last-event-id": seen });
    expect((await stream.next())?.data.payload.content).toBe("two");
    await say(after, "three");
    expect((await stream.next())?.data.payload.content).toBe("three");
    await stream.close();
  });

  it("OA-53 a second server on one directory refuses to start, and says who holds it", async () => {
    await using dir = await directory();
    await using first = await start(dir.path);
    await expect(start(dir.path)).rejects.toThrow(String(first.pid));
    await expect(start(dir.path)).rejects.toThrow(/exit(?:ed)?.* [1-9]/i);
  });

  it("OA-52 after SIGTERM each event comes exactly once, and the exit code is 0", async () => {
    await using dir = await directory();
    const server = await start(dir.path);
    const url = addressOf(server, "http");
    const [a, b] = [await register(url, "a"), await register(url, "b")];
    for (let n = 0; n < 5; n += 1) {
      await a.send("agent.message", "b", { n });
    }
    // The first one is its own coming.
    expect(await b.poll("&limit=3")).toHaveLength(2);
    const waiting = request(`${url}/api/poll?agent_id=a&secret=${a.secret}&wait=30`, "GET");
    await request(`${url}/api/poll?agent_id=a&secret=${a.secret}`, "GET");
    const stoppedAt = performance.now();
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    await waiting.catch(() => undefined);
    await using again = await start(dir.path);
    const after = agentAt(addressOf(again, "http"), "b", b.secret);
    expect((await after.poll()).map(({ payload }) => payload.n)).toEqual([2, 3, 4]);
  });

  it("OA-52 half a token in the file is none, and what stands behind a whole one changes nothing", async () => {
    await using dir = await directory();
    const file = join(dir.path, "workspace-token");
    const tokenNow = async (): Promise<string> => {
      await using server = await startLocalOpenAgents({ dataDir: dir.path, metricsAddr: "off" });
      const member = { agent_name: "zed", token: "", network: "local" };
      expect((await request(`${server.url}/v1/join`, "POST", { body: member })).status).toBe(401);
      return server.workspaceToken;
    };
    const token = await tokenNow();
    await appendFile(file, "\0garbage\n");
    expect(await tokenNow()).toBe(token);
    for (const torn of ["", token.slice(0, 20)]) {
      await writeFile(file, torn);
      const next = await tokenNow();
      expect(next).toMatch(/^[\w-]{43}$/);
      expect(await readFile(file, "utf8")).toBe(`${next}\n`);
    }
  });

  it("OA-8 no secret and no token is in any file of the store but the one that keeps it", async () => {
    await using dir = await directory();
    const network = await startNetwork({ dataDir: dir.path });
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    await a.send("agent.message", "b", { n: 1 });
    const body = { agent_name: "zed", token: network.server.workspaceToken };
    const { session_id } = (await network.call("POST", "/v1/join", { body })).body.data;
    await network.server.close();
    for (const name of await readdir(dir.path, { recursive: true, withFileTypes: true })) {
      if (name.isFile()) {
        const text = (await readFile(join(name.parentPath, name.name))).toString("latin1");
        for (const secret of [a.secret, b.secret, session_id]) {
          expect([name.name, text.includes(secret)]).toEqual([name.name, false]);
        }
        expect([name.name, text.includes(network.server.workspaceToken)]).toEqual([
          name.name,
          name.name === "workspace-token",
        ]);
      }
    }
    await using again = await startLocalOpenAgents({ dataDir: dir.path, metricsAddr: "off" });
    expect(again.workspaceToken).toBe(network.server.workspaceToken);
    expect(await agentAt(again.url, "b", b.secret).poll()).toMatchObject([{ payload: { n: 1 } }]);
  });

  it("a hundred thousand queued events outlive a restart, from the snapshot of the stop", async () => {
    await using dir = await directory();
    const options = { dataDir: dir.path, fsync: "never", queueLimit: 200_000, metricsAddr: "off" } as const;
    const network = await startNetwork(options);
    const [a, b] = [await network.agent("a"), await network.agent("b")];
    for (let first = 0; first < 100_000; first += 1_000) {
      const events = Array.from({ length: 1_000 }, (_, index) => ({
        event_name: "agent.message",
        target_agent_id: "b",
        payload: { n: first + index },
      }));
      await network.call("POST", "/api/send_events", { body: { agent_id: "a", secret: a.secret, events } });
    }
    await network.server.close();
    await using again = networkAt(await startLocalOpenAgents(options));
    const after = agentAt(again.server.url, "b", b.secret);
    let count = 0;
    for (let events = await after.poll(); events.length > 0; events = await after.poll()) {
      expect(events.findIndex(({ payload }, index) => payload.n !== count + index)).toBe(-1);
      count += events.length;
    }
    expect(count).toBe(100_000);
  }, 120_000);
});
