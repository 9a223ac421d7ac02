import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy, trackLeaks, waitUntil } from "../src/testing/index.ts";

interface Peer {
  readonly socket: Socket;
  text(): string;
  state(): "open" | "ended" | "reset" | "closed";
}

function peer(socket: Socket): Peer {
  let text = "";
  let ended = false;
  let reset = false;
  socket.setEncoding("utf8");
  socket.on("data", (chunk) => {
    text += chunk;
  });
  socket.on("end", () => {
    ended = true;
  });
  socket.on("error", () => {
    reset = true;
  });
  return {
    socket,
    text: () => text,
    state: () => (reset ? "reset" : ended ? "ended" : socket.destroyed ? "closed" : "open"),
  };
}

describe("the fault proxy", () => {
  let proxy: FaultProxy;
  let accepted: Peer[] = [];
  /** Run after each test, last one first. */
  const cleanups: (() => PromiseLike<void> | void)[] = [];

  beforeEach(async () => {
    const leaks = trackLeaks();
    cleanups.push(() => leaks[Symbol.asyncDispose]());
    accepted = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(peer(socket)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => {
      for (const { socket } of accepted) {
        socket.destroy();
      }
      server.close();
    });
    const started = await startFaultProxy({ port: (server.address() as AddressInfo).port });
    cleanups.push(() => started[Symbol.asyncDispose]());
    proxy = started;
  });

  afterEach(async () => {
    for (const run of cleanups.splice(0).reverse()) {
      await run();
    }
  });

  async function open(): Promise<{ client: Peer; server: Peer }> {
    const before = accepted.length;
    const socket = connect({ port: proxy.port, host: proxy.host, allowHalfOpen: true });
    cleanups.push(() => void socket.destroy());
    const client = peer(socket);
    await waitUntil(() => accepted.length > before);
    const server = accepted[before];
    if (server === undefined) {
      throw new Error("no connection");
    }
    return { client, server };
  }

  it("passes bytes and closes in both directions", async () => {
    const { client, server } = await open();
    client.socket.write("question");
    await waitUntil(() => server.text() === "question");
    server.socket.end("answer");
    await waitUntil(() => client.text() === "answer" && client.state() === "ended");
    client.socket.end("more");
    await waitUntil(() => server.text() === "questionmore" && server.state() === "ended");
    await waitUntil(() => proxy.connections === 0);
    expect(proxy.accepted).toBe(1);
  });

  it("passes a megabyte whole", async () => {
    const { client, server } = await open();
    client.socket.end("x".repeat(1_000_000));
    await waitUntil(() => server.state() === "ended");
    expect(server.text().length).toBe(1_000_000);
  });

  it("hands on a reset", async () => {
    const { client, server } = await open();
    server.socket.resetAndDestroy();
    await waitUntil(() => client.state() === "reset");
  });

  it("stalls and loses nothing, in both directions or one", async () => {
    const { client, server } = await open();
    proxy.setFault({ kind: "stall", direction: "to-client" });
    client.socket.write("a");
    await waitUntil(() => server.text() === "a");
    server.socket.write("b");
    proxy.setFault({ kind: "stall" });
    client.socket.write("c");
    server.socket.write("d");
    const second = await open();
    second.client.socket.write("never");
    await turns();
    expect([server.text(), client.text(), second.server.text()]).toEqual(["a", "", ""]);
    proxy.setFault({ kind: "none" });
    await waitUntil(
      () => server.text() === "ac" && client.text() === "bd" && second.server.text() === "never",
    );
  });

  it("makes a sender feel a stall", async () => {
    const { client } = await open();
    proxy.setFault({ kind: "stall" });
    const chunk = Buffer.alloc(1 << 20);
    let writes = 0;
    while (client.socket.writableLength < 4 * chunk.length && writes < 64) {
      client.socket.write(chunk);
      writes += 1;
      await turns();
    }
    expect(client.socket.writableLength).toBeGreaterThanOrEqual(4 * chunk.length);
  });

  it("cuts after so many bytes of one direction, which arrive", async () => {
    const { client, server } = await open();
    proxy.setFault({ kind: "cut", afterBytes: 5, direction: "to-client" });
    client.socket.write("unlimited question");
    await waitUntil(() => server.text() === "unlimited question");
    server.socket.write("abc");
    await waitUntil(() => client.text() === "abc");
    server.socket.write("defgh");
    // Node 22 tells a reset that comes along with bytes as an end.
    await waitUntil(() => client.state() !== "open" && server.state() === "reset");
    expect(["abc", "abcde"]).toContain(client.text());
  });

  it("loses an answer after its effect", async () => {
    const { client, server } = await open();
    proxy.setFault({ kind: "cut", afterBytes: 0, direction: "to-client" });
    client.socket.write("do it");
    await waitUntil(() => server.text() === "do it");
    expect(client.state()).toBe("open");
    server.socket.write("done");
    await waitUntil(() => client.state() === "reset");
    expect(client.text()).toBe("");
  });

  it("half-open: bytes vanish and neither end hears of the other", async () => {
    const { client, server } = await open();
    proxy.setFault({ kind: "half-open" });
    client.socket.write("lost");
    server.socket.write("lost too");
    await turns();
    client.socket.resetAndDestroy();
    await waitUntil(() => proxy.connections === 0);
    await turns();
    expect([server.text(), server.state(), client.text()]).toEqual(["", "open", ""]);
  });

  it("drips", async () => {
    const { client, server } = await open();
    proxy.setFault({ kind: "drip", bytes: 2, intervalMs: 1, direction: "to-server" });
    const seen = new Set<number>();
    server.socket.on("data", () => seen.add(server.text().length));
    client.socket.end("abcdefghij");
    await waitUntil(() => server.state() === "ended");
    expect(server.text()).toBe("abcdefghij");
    expect(seen.size).toBeGreaterThan(1);
  });

  it("cuts all connections on demand and takes new ones", async () => {
    const first = await open();
    proxy.cutAll();
    await waitUntil(() => first.client.state() === "reset" && first.server.state() === "reset");
    const second = await open();
    await proxy.waitForConnections(1);
    second.client.socket.write("x");
    await waitUntil(() => second.server.text() === "x");
  });

  it("refuses new connections, keeps open ones, and accepts again on the same port", async () => {
    const { client, server } = await open();
    const { port } = proxy;
    await proxy.refuse();
    const refused = connect(port, proxy.host);
    const [error] = await once(refused, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    client.socket.write("still here");
    await waitUntil(() => server.text() === "still here");
    await proxy.accept();
    await proxy.accept();
    expect(proxy.port).toBe(port);
    await open();
  });

  it("resets the client when the target refuses", async () => {
    const nowhere = await startFaultProxy({ port: await closedPort() });
    cleanups.push(() => nowhere[Symbol.asyncDispose]());
    const client = peer(connect(nowhere.port, nowhere.host));
    await waitUntil(() => client.state() === "reset" || client.state() === "closed");
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Enough turns of the event loop for bytes to cross three sockets, if nothing holds them back. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
