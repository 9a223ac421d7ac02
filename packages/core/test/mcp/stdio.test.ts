import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, it } from "vitest";
import { runServerProcess, startServerProcess, waitUntil } from "../../src/testing/index.ts";

const program = fileURLToPath(new URL("../programs/mcp-server.ts", import.meta.url));

describe("an executable's mcp command over stdin and stdout", () => {
  it("serves a host, with nothing but the protocol on stdout", async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [program],
      stderr: "pipe",
    });
    const strays: Error[] = [];
    const client = new Client({ name: "tester", version: "1" });
    client.onerror = (error) => strays.push(error);
    await client.connect(transport);
    const answer = await client.callTool({ name: "echo", arguments: { text: "hello" } });
    expect(answer.structuredContent).toEqual({ text: "hello", times: 1 });
    expect((await client.callTool({ name: "break" })).isError).toBe(true);
    expect(strays).toEqual([]);
    await client.close();
  });

  it("reports progress, and ends a call that is cancelled", async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [program],
      stderr: "ignore",
    });
    const client = new Client({ name: "tester", version: "1" });
    await client.connect(transport);
    const notes: unknown[] = [];
    const cancel = new AbortController();
    const call = client.callTool(
      { name: "wait" },
      { signal: cancel.signal, onprogress: (note) => notes.push(note) },
    );
    const failed = expect(call).rejects.toThrow();
    await waitUntil(() => notes.length === 2);
    cancel.abort();
    await failed;
    expect((await client.callTool({ name: "echo", arguments: { text: "on" } })).isError).toBeUndefined();
    await client.close();
  });

  it.each(["SIGTERM", "SIGINT", "the end of stdin"] as const)(
    "ends with exit code 0 and a closed client at %s",
    async (reason) => {
      const child = spawn(process.execPath, [program, "--log-level=silent"]);
      const output = Promise.all([text(child.stdout), text(child.stderr)]);
      child.stdin.write(
        '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}\n',
      );
      await once(child.stdout, "readable");
      if (reason === "the end of stdin") {
        child.stdin.end();
      } else {
        child.kill(reason);
      }
      await once(child, "close");
      const [stdout, stderr] = await output;
      expect(child.exitCode).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ id: 1, result: { serverInfo: { name: "test" } } });
      expect(stderr).toBe("closed the client\n");
    },
  );
});

describe("an executable's mcp command over HTTP", () => {
  it("serves with a token, says where, and stops at a signal", async () => {
    const directory = await mkdtemp(join(tmpdir(), "x-mcp-"));
    const file = join(directory, "token");
    await writeFile(file, "open-sesame\n");
    await using server = await startServerProcess(program, [
      "--http=127.0.0.1:0",
      `--token-file=${file}`,
      "--max-answer-chars=2000",
    ]);
    const url = /^x-test mcp ready http=(http:\/\/127\.0\.0\.1:\d+\/mcp)$/.exec(server.readyLine)?.[1] ?? "";
    const client = new Client({ name: "tester", version: "1" });
    const headers = { authorization: "Bearer open-sesame" };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
    const answer = await client.callTool({ name: "count", arguments: { to: 1_000 } });
    expect(JSON.stringify(answer.structuredContent).length).toBeGreaterThan(1_900);
    expect(JSON.stringify(answer.structuredContent).length).toBeLessThanOrEqual(2_000);
    await client.close();
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(server.stderr()).toContain("closed the client");
    await rm(directory, { recursive: true });
  });

  it.each([
    [["--http=0.0.0.0:0"], "ask for a token with --token-file"],
    [["--token-file=/dev/null"], "--token-file: expected a token of at least 8 visible ASCII characters"],
    [["--http=127.0.0.1"], "--http: expected"],
    [["--max-answer-chars=5"], "--max-answer-chars: expected a whole number from 1000 to 1000000"],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await runServerProcess(program, args);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("fails with one line for an address that cannot be had, with the client closed", async () => {
    await using server = await startServerProcess(program, ["--http=127.0.0.1:0"]);
    const taken = new URL(server.readyLine.split("=")[1] ?? "").host;
    const { code, stderr } = await runServerProcess(program, [`--http=${taken}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^closed the client\nx-test mcp: cannot serve MCP over HTTP: .*EADDRINUSE.*\n$/);
  });

  it("says its flags", async () => {
    const { code, stdout } = await runServerProcess(program, ["--help"]);
    expect(code).toBe(0);
    for (const flag of [
      "--http=HOST:PORT",
      "--token-file=FILE",
      "--max-sessions=N",
      "--max-answer-chars=N",
    ]) {
      expect(stdout).toContain(flag);
    }
  });
});
