// AgentDraft's client against hostile servers: every call ends within its time with an error of the suite, and its key stays.
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { AgentDraft, isServiceError } from "@x/agentdraft";
import { type Attack, type Checks, scaled, within } from "./checks.ts";
import { callMs, hostileSockets, judge, repeatedly } from "./hostile-server.ts";

const secret = "avs_live_0123456789SECRET0123456789SECRE";

const identity = JSON.stringify({
  agent_id: "agt_1",
  user_id: "usr_1",
  name: "n",
  priority: 1,
  scopes: [],
  timezone: "UTC",
  workspace_id: "w",
  mailbox_address: "m",
  requires_consent: false,
});

const answer = (status: string, body: string | Uint8Array, headers = ""): Buffer =>
  Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
    ),
    Buffer.from(body),
  ]);
const whole = answer("200 OK", identity);

type Reply = (socket: Socket, request: string) => void;

const says =
  (bytes: string | Uint8Array): Reply =>
  (socket) =>
    socket.end(bytes);
/** And leaves the connection open. */
const begins =
  (bytes: string | Uint8Array): Reply =>
  (socket) =>
    socket.write(bytes);
const refuses = (body: object | string, status = "409 Conflict", headers = ""): Reply =>
  says(answer(status, typeof body === "string" ? body : JSON.stringify(body), headers));

const replies: Readonly<Record<string, Reply>> = {
  silence: () => {},
  "a head, then silence": begins("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
  "half a body, then silence": begins(whole.subarray(0, -20)),
  "half a body, then the end": says(whole.subarray(0, -20)),
  "half a body, then a reset": (socket) =>
    socket.write(whole.subarray(0, -20), () => socket.resetAndDestroy()),
  "a length that is too short": says(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${identity}`),
  noise: says(Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 7) % 256))),
  "another protocol": says("SSH-2.0-OpenSSH_9\r\n"),
  "a head without end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    repeatedly(socket, 1, () => socket.write(`X: ${"a".repeat(1_000)}\r\n`));
  },
  "endless 100s": (socket) => repeatedly(socket, 1, () => socket.write("HTTP/1.1 100 Continue\r\n\r\n")),
  "a body without end": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
    repeatedly(socket, 1, () => socket.write(chunk));
  },
  "a byte now and then": (socket) => {
    let sent = 0;
    repeatedly(socket, 100, () => {
      sent += 1;
      socket.write(whole.subarray(sent - 1, sent));
    });
  },
  "HTML of a captive portal": says(
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
  ),
  "nothing at all": says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
  "204": says("HTTP/1.1 204 No Content\r\n\r\n"),
  "205": says("HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
  "304": says("HTTP/1.1 304 Not Modified\r\n\r\n"),
  "206": says("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n{}"),
  "101": begins("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
  "a status of 999": says("HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n"),
  "JSON a million deep": says(answer("200 OK", "[".repeat(1_000_000))),
  "a list": says(answer("200 OK", "[1,2]")),
  "a prototype": says(answer("200 OK", '{"__proto__":{"polluted":1},"agent_id":"a"}')),
  "a gzip bomb": says(answer("200 OK", gzipSync(Buffer.alloc(200_000_000)), "Content-Encoding: gzip\r\n")),
  "gzip that is none": says(answer("200 OK", "no gzip", "Content-Encoding: gzip\r\n")),
  "an unknown coding": says(answer("200 OK", identity, "Content-Encoding: zz\r\n")),
  "a wait of -5 s": refuses({}, "429 X", "Retry-After: -5\r\n"),
  "a wait until 2099": refuses({}, "429 X", "Retry-After: Fri, 01 Jan 2099 00:00:00 GMT\r\n"),
  "a wait that is none": refuses({}, "429 X", "Retry-After: soon\r\n"),
  "a wait of 1e308 s": refuses({ retry_after_seconds: 1e308 }, "429 X"),
  "a wait of -1 s in the body": refuses({ retry_after_seconds: -1 }, "429 X"),
  "an error that says the key again": (socket, request) => {
    const said = /authorization: .*/i.exec(request)?.[0];
    const body = {
      error: "x",
      detail: `bad ${said}, ${secret}`,
      echo: { authorization: said, note: secret },
    };
    socket.end(answer("400 X", JSON.stringify(body)));
  },
  "an error of 10 MB": refuses({ error: "outranked", detail: 'token="'.repeat(1_400_000) }),
  "an error full of what looks secret": refuses({
    error: "outranked",
    a: "authorization: ".repeat(600_000),
    b: "-----BEGIN PRIVATE KEY-----".repeat(100_000),
    c: "a://".repeat(500_000),
  }),
  "alternatives that are none": refuses({
    error: "outranked",
    alternatives: [null, 1, { start: {} }, { start: "x", end: "y" }],
    winning_agent_id: { a: 1 },
    your_priority: "9",
  }),
};

/** A redirect leads to another host, which must hear nothing. */
async function redirects(checks: Checks): Promise<void> {
  let heard = "";
  await using elsewhere = await hostileSockets((socket) =>
    socket.on("data", (bytes) => {
      heard += bytes.toString("latin1");
      socket.end(whole);
    }),
  );
  const location = `Location: http://127.0.0.1:${elsewhere.port}/v1/agents/me\r\n`;
  for (const status of ["301", "302", "303", "307", "308"]) {
    for (const options of [
      {},
      { fetch: (url: string | URL | Request, init?: RequestInit) => fetch(url, init) },
    ]) {
      await using server = await hostileSockets((socket) =>
        socket.once("data", () => socket.end(`HTTP/1.1 ${status} X\r\n${location}Content-Length: 0\r\n\r\n`)),
      );
      const client = clientOf(server, options);
      const by = "fetch" in options ? "through fetch" : "by itself";
      await judge(checks, `a redirect (${status}) ${by}`, secret, client, () => client.agents.me());
    }
  }
  checks.that("no redirect is followed, and the key stays", heard === "", heard);
}

const clientOf = ({ port }: { readonly port: number }, options: object = {}): AgentDraft =>
  new AgentDraft({ apiKey: secret, baseUrl: `http://127.0.0.1:${port}`, timeoutMs: callMs, ...options });

/** The connection is reset at each byte of a true answer. */
async function cutAnswers(checks: Checks): Promise<void> {
  const odd: string[] = [];
  const step = scaled(5, 1);
  const cutAt = async (bytes: number): Promise<void> => {
    await using server = await hostileSockets((socket) =>
      socket.once("data", () => socket.write(whole.subarray(0, bytes), () => socket.resetAndDestroy())),
    );
    const client = clientOf(server, { maxRetries: 0 });
    const settled = client.agents.me().then(
      () => "taken for whole",
      (error: unknown) => (isServiceError(error) ? "good" : String(error)),
    );
    const outcome = (await within(settled, 15_000)) ?? "it hangs";
    if (outcome !== "good") {
      odd.push(`at byte ${bytes}: ${outcome}`);
    }
    await client.close();
  };
  for (let first = 1; first < whole.length - step * 10; first += step * 10) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => cutAt(first + index * step)));
  }
  checks.that("an answer that is cut at any byte is an error", odd.length === 0, odd);
}

/** Callers that give up at any moment, and a client that is closed under its calls. */
async function givingUp(checks: Checks): Promise<void> {
  await using server = await hostileSockets((socket) => {
    let requests = 0;
    socket.on("data", () => {
      requests += 1;
      if (requests % 3 !== 0) {
        socket.write(requests % 3 === 1 ? whole : whole.subarray(0, 60));
      }
    });
  });
  const client = clientOf(server, { timeoutMs: 60_000, maxRetries: 0 });
  const ends = await within(
    Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        client.agents.me({ signal: AbortSignal.timeout(1 + index) }).then(
          () => "value",
          (error: unknown) => (isServiceError(error) ? "typed" : String(error)),
        ),
      ),
    ),
    15_000,
  );
  checks.that(
    "100 callers that give up all hear of it",
    ends?.every((end) => end !== "" && /value|typed/.test(end)) === true,
    ends,
  );
  const open = Promise.all(
    Array.from({ length: 50 }, () =>
      client.agents.me().then(
        () => "value",
        (error: unknown) => (isServiceError(error) ? "typed" : String(error)),
      ),
    ),
  );
  await client.close();
  const closed = await within(open, 15_000);
  checks.that("closing ends 50 open calls", closed?.every((end) => /value|typed/.test(end)) === true, closed);
}

export const hostileHttp: Attack = async (checks) => {
  await Promise.all(
    Object.entries(replies).map(async ([what, reply]) => {
      await using server = await hostileSockets((socket) =>
        socket.on("data", (bytes) => {
          const request = bytes.toString("latin1");
          if (/^[A-Z]+ \//.test(request)) {
            reply(socket, request);
          }
        }),
      );
      const client = clientOf(server);
      await judge(checks, what, secret, client, () => client.agents.me());
    }),
  );
  await redirects(checks);
  await cutAnswers(checks);
  await givingUp(checks);
  checks.that("no prototype has changed", !("polluted" in {}));
};
