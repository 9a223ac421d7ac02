// Clients that send much and read nothing.
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { inTurns } from "../../../src/service/http/turns.ts";
import { waitUntil } from "../../../src/testing/index.ts";

const big = "x".repeat(4 * 1_048_576);
let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    socket.destroy();
  }
  await new Promise((resolve) => server?.close(resolve));
});

async function start(
  mostUnread?: number,
): Promise<{ port: number; counts: { made: number; ended: number } }> {
  const counts = { made: 0, ended: 0 };
  server = createServer(
    inTurns(
      (incoming, outgoing) => {
        counts.made += 1;
        outgoing.end(incoming.url === "/big" ? big : incoming.url);
      },
      () => {
        counts.ended += 1;
      },
      mostUnread,
    ),
  );
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, counts };
}

function open(port: number, text: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write(text);
  sockets.push(socket);
  return socket;
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

test("a connection has one answer made at a time, and all of them in order once it reads", async () => {
  const { port, counts } = await start();
  const socket = open(port, get("/big").repeat(20) + get("/last"));
  await waitUntil(() => counts.made === 1);
  // Another connection is served meanwhile, and this one makes no further answer.
  const other = open(port, get("/other"));
  let text = "";
  other.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  other.resume();
  await waitUntil(() => text.endsWith("/other"));
  expect(counts.made).toBe(2);
  let last = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    last = (last + chunk).slice(-5);
  });
  socket.resume();
  await waitUntil(() => last === "/last", { withinMs: 20_000 });
  expect(counts).toEqual({ made: 22, ended: 22 });
});

test("everybody else comes between two answers of a connection, also where it takes them at once", async () => {
  const looks: number[] = [];
  let looked = 0;
  const look = (): void => {
    looked += 1;
    if (looks.length < 50) {
      setImmediate(look);
    }
  };
  server = createServer(
    inTurns((_incoming, outgoing) => {
      if (looks.push(looked) === 1) {
        look();
      }
      outgoing.end("small");
    }),
  );
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const socket = open((server.address() as AddressInfo).port, get("/").repeat(50));
  socket.resume();
  await waitUntil(() => looks.length === 50);
  expect(looks.filter((count, index) => index > 0 && count === looks[index - 1])).toEqual([]);
});

test("what waits on a connection that is gone is never begun", async () => {
  const { port, counts } = await start();
  const socket = open(port, get("/big").repeat(20));
  await waitUntil(() => counts.made === 1);
  socket.destroy();
  await waitUntil(() => counts.ended === 1);
  const other = open(port, get("/other"));
  other.resume();
  await waitUntil(() => counts.ended === 2);
  expect(counts).toEqual({ made: 2, ended: 2 });
});

test("what all connections leave unread is bounded by the end of those with the most", async () => {
  const { port, counts } = await start(20 * 1_048_576);
  const all = Array.from({ length: 12 }, () => open(port, get("/big")));
  await waitUntil(() => counts.made === 12 && counts.ended >= 4, { what: () => JSON.stringify(counts) });
  expect(counts.ended).toBeLessThan(12);
  for (const socket of all) {
    socket.destroy();
  }
  await waitUntil(() => counts.ended === 12);
});
