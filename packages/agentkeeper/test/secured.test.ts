// TLS and the shared token, both opt-in.
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RegistryService } from "../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { AgentKeeperClient, type AgentKeeperClientOptions } from "../src/index.ts";
import { startLocalAgentKeeper } from "../src/local/index.ts";
import { runDaemon, startDaemon } from "./daemon-process.ts";

const certificates: string = fileURLToPath(new URL("./certs/", import.meta.url));
let folder: string;
const file = (name: string): string => join(name.includes(".") ? certificates : folder, name);
const text = (name: string): string => readFileSync(file(name), "utf8");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "agentkeeper-token-"));
  writeFileSync(file("token"), "a-shared-secret\n");
});

afterAll(() => rmSync(folder, { recursive: true }));

async function find(port: number, options: AgentKeeperClientOptions): Promise<unknown> {
  await using client = new AgentKeeperClient({
    host: "127.0.0.1",
    port,
    maxRetries: 0,
    timeoutMs: 5_000,
    ...options,
  });
  return await client.find().then(
    (agents) => agents.length,
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );
}

/** What the daemon answers to these bytes: its headers and trailers in one. */
async function post(url: string, headers: OutgoingHttpHeaders, body: Buffer): Promise<IncomingHttpHeaders> {
  const session = connect(url);
  try {
    const stream = session.request({ ":method": "POST", te: "trailers", ...headers });
    const said: IncomingHttpHeaders = {};
    stream.on("response", (block) => Object.assign(said, block));
    stream.on("trailers", (block) => Object.assign(said, block));
    stream.resume();
    stream.end(body);
    await once(stream, "close");
    return said;
  } finally {
    session.destroy();
  }
}

describe("a secured daemon", () => {
  it("AK-FLAG-tls-cert AK-FLAG-tls-key serves TLS, which a client checks", async () => {
    await using daemon = await startDaemon([
      "--addr=127.0.0.1:0",
      "--metrics-addr=off",
      `--tls-cert=${file("server.pem")}`,
      `--tls-key=${file("server.key")}`,
    ]);
    expect(await find(daemon.port, { tls: { ca: text("server.pem") } })).toBe(0);
    expect(await find(daemon.port, { tls: { ca: text("stranger.pem") } })).toBe("unavailable");
    expect(await find(daemon.port, {})).toBe("unavailable");
  });

  it("AK-FLAG-tls-client-ca lets in only clients with a certificate of that authority", async () => {
    await using daemon = await startDaemon([
      "--addr=127.0.0.1:0",
      "--metrics-addr=off",
      `--tls-cert=${file("server.pem")}`,
      `--tls-key=${file("server.key")}`,
      `--tls-client-ca=${file("client.pem")}`,
    ]);
    const ca = text("server.pem");
    expect(await find(daemon.port, { tls: { ca, cert: text("client.pem"), key: text("client.key") } })).toBe(
      0,
    );
    expect(
      await find(daemon.port, { tls: { ca, cert: text("stranger.pem"), key: text("stranger.key") } }),
    ).toBe("unavailable");
    expect(await find(daemon.port, { tls: { ca } })).toBe("unavailable");
  });

  it("AK-FLAG-token-file asks every call for the token, watches included", async () => {
    await using daemon = await startDaemon([
      "--addr=0.0.0.0:0",
      "--metrics-addr=off",
      `--token-file=${file("token")}`,
    ]);
    expect(daemon.stderr()).not.toContain("nothing is authenticated");
    expect(await find(daemon.port, { token: "a-shared-secret" })).toBe(0);
    expect(await find(daemon.port, { token: "another-secret" })).toBe("token_invalid");
    expect(await find(daemon.port, {})).toBe("token_invalid");
    await using stranger = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port });
    await expect(stranger.watch([]).ready).rejects.toMatchObject({ code: "token_invalid" });
    await using friend = new AgentKeeperClient({
      host: "127.0.0.1",
      port: daemon.port,
      token: "a-shared-secret",
    });
    await friend.watch([]).ready;
    await using transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${daemon.port}` });
    const headers = { authorization: "bearer a-shared-secret" };
    expect(await createClient(RegistryService, transport).find({}, { headers })).toMatchObject({
      agents: [],
    });
    const agent = await friend.register({ name: "a", description: "", version: "" });
    await agent.deregister();
  });

  it("AK-FLAG-token-file the token is checked before anything is parsed, in every protocol, and health needs none", async () => {
    await using daemon = await startLocalAgentKeeper({
      port: 0,
      metricsAddr: "off",
      token: "a-shared-secret",
    });
    const find = "/agentkeeper.v1.RegistryService/Find";
    const noMessage = Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff]);
    const good = { authorization: "Bearer a-shared-secret" };
    const grpc = { ":path": find, "content-type": "application/grpc" };
    expect(await post(daemon.url, grpc, noMessage)).toMatchObject({ "grpc-status": "16" });
    expect(await post(daemon.url, { ...grpc, ...good }, noMessage)).toMatchObject({ "grpc-status": "13" });
    const connect = { ":path": find, "content-type": "application/json" };
    expect(await post(daemon.url, connect, Buffer.from("nonsense"))).toMatchObject({ ":status": 401 });
    expect(await post(daemon.url, { ...connect, ...good }, Buffer.from("nonsense"))).toMatchObject({
      ":status": 400,
    });
    const health = { ":path": "/grpc.health.v1.Health/Check", "content-type": "application/grpc" };
    expect(await post(daemon.url, health, Buffer.alloc(5))).toMatchObject({ "grpc-status": "0" });
  });

  it("AK-FLAG-tls-cert AK-FLAG-token-file flags that make no sense are refused", async () => {
    writeFileSync(file("short"), "abc");
    for (const [args, message] of [
      [[`--tls-cert=${file("server.pem")}`], "--tls-cert and --tls-key go together"],
      [[`--tls-client-ca=${file("client.pem")}`], "--tls-cert and --tls-key go together"],
      [[`--token-file=${file("missing")}`], "--token-file: ENOENT"],
      [[`--token-file=${file("short")}`], "at least 8 visible ASCII characters"],
    ] as const) {
      const { code, stderr } = await runDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off", ...args]);
      expect([code, stderr.includes(message)], stderr).toEqual([2, true]);
    }
  });
});
