import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { trackLeaks, waitUntil } from "../src/testing/index.ts";

const soon = { withinMs: 30 };

describe("the leak tracker", () => {
  it("is content with what was closed, also a little later", async () => {
    await using _leaks = trackLeaks();
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port);
    socket.resume();
    clearTimeout(setTimeout(() => {}, 60_000));
    socket.once("close", () => server.close());
  });

  it("finds a timer, also an unreferenced one, and says where it was made", async () => {
    const leaks = trackLeaks();
    const timer = setTimeout(() => {}, 60_000).unref();
    await expect(leaks.expectNoLeaks(soon)).rejects.toThrow(/Timeout made at .*leaks\.test\.ts/);
    clearTimeout(timer);
  });

  it("finds a listening server and an idle, unreferenced socket", async () => {
    const leaks = trackLeaks();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    server.unref();
    await expect(leaks.expectNoLeaks(soon)).rejects.toThrow(/TCPSERVERWRAP made at/);
    const more = trackLeaks();
    const socket = connect((server.address() as AddressInfo).port);
    await once(socket, "connect");
    socket.unref();
    await expect(more.expectNoLeaks(soon)).rejects.toThrow(/TCPWRAP made at .*leaks\.test\.ts/);
    socket.destroy();
    server.close();
    await once(server, "close");
  });

  it("finds a running child process", async () => {
    const leaks = trackLeaks();
    const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    await expect(leaks.expectNoLeaks(soon)).rejects.toThrow(/PROCESSWRAP/);
    child.stdin.end();
    await once(child, "close");
  });

  it("finds listeners on signals, emitters and the process", async () => {
    const controller = new AbortController();
    const emitter = new EventEmitter();
    emitter.on("old", () => {});
    const leaks = trackLeaks({ emitters: [controller.signal, emitter] });
    const listener = (): void => {};
    controller.signal.addEventListener("abort", listener);
    emitter.on("fresh", listener);
    process.on("SIGUSR2", listener);
    await expect(leaks.expectNoLeaks(soon)).rejects.toThrow(
      /1 listener\(s\) for SIGUSR2\n {2}1 listener\(s\) for abort\n {2}1 listener\(s\) for fresh/,
    );
    process.off("SIGUSR2", listener);
  });

  it("does not mind what was there before", async () => {
    const timer = setTimeout(() => {}, 60_000);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    await trackLeaks().expectNoLeaks(soon);
    clearTimeout(timer);
    server.close();
  });
});

describe("waitUntil", () => {
  it("looks again until the condition holds", async () => {
    let looks = 0;
    await waitUntil(() => ++looks === 5);
    expect(looks).toBe(5);
    await waitUntil(async () => true);
  });

  it("fails after its bound and names what it waited for", async () => {
    await expect(waitUntil(() => false, { withinMs: 1, what: "godot" })).rejects.toThrow(
      "waited 1 ms in vain for godot",
    );
    await expect(waitUntil(() => false, { withinMs: 1, what: () => "state 3" })).rejects.toThrow("state 3");
  });
});
