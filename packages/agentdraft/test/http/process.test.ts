// The built executable: flags, ready line, signals, its data directory, and a kill in the middle of a burst.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runServerProcess, type ServerProcess, startServerProcess, waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import { allScopes, at } from "./fixture.ts";

const file = fileURLToPath(new URL("../../dist/bin/x-agentdraft.js", import.meta.url));
const anyPort = ["--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0", "--log-level=error"];

interface Running extends ServerProcess {
  readonly url: string;
  readonly metrics: string;
}

async function start(...args: string[]): Promise<Running> {
  const started = await startServerProcess(file, [...anyPort, ...args]);
  const [, url, metrics] = /http=(\S+) metrics=(\S+)/.exec(started.readyLine) ?? [];
  return { ...started, url: `http://${url}`, metrics: `http://${metrics}` };
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "agentdraft-"));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const answer = await fetch(url + path, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    headers: answer.headers,
  };
}

interface Credentials {
  readonly cookie: string;
  readonly authorization: string;
}

async function bootstrap(url: string): Promise<Credentials> {
  const link = await call(url, "POST", "/v1/auth/magic-link", { email: "owner@example.com" });
  const session = await call(url, "POST", "/v1/auth/verify", { token: link.body.dev_token });
  const cookie = session.headers.get("set-cookie")?.split(";")[0] ?? "";
  const agent = await call(
    url,
    "POST",
    "/v1/dashboard/agents",
    { name: "one", scopes: allScopes, priority: 1 },
    { cookie },
  );
  return { cookie, authorization: `Bearer ${agent.body.plaintext_key}` };
}

const slot = (index: number): { start: string; end: string } => {
  const startMs = Date.parse(at("00:00", 2)) + index * 300_000;
  return { start: new Date(startMs).toISOString(), end: new Date(startMs + 300_000).toISOString() };
};

test("AD-13-2 the ready line tells both addresses; SIGTERM ends the process with 0", async () => {
  await using server = await start("--dev");
  expect(server.readyLine).toMatch(
    /^x-agentdraft ready http=127\.0\.0\.1:\d+ metrics=127\.0\.0\.1:\d+ store=memory$/,
  );
  expect((await fetch(`${server.metrics}/healthz`)).status).toBe(200);
  expect(await (await fetch(`${server.metrics}/metrics`)).text()).toContain("agentdraft_commits_total");
  expect(await server.stop("SIGTERM")).toBe(0);
});

test("AD-13-2 a stop decides and answers what waits in the longest window", async () => {
  await withDirectory(async (directory) => {
    await using server = await start("--dev", "--arbitration-ms=5000", `--data-dir=${directory}`);
    const { authorization } = await bootstrap(server.url);
    const booked = call(server.url, "POST", "/v1/bookings", slot(0), { authorization });
    await waitUntil(async () =>
      (await (await fetch(`${server.metrics}/metrics`)).text()).includes("agentdraft_commits_open 1"),
    );
    const stopped = server.stop("SIGTERM");
    expect((await booked).status).toBe(201);
    expect(await stopped).toBe(0);
  });
});

test.each([
  [["--dev", "--addr=0.0.0.0:0"], "--dev-insecure"],
  [["--rate-limit=fast"], "--rate-limit"],
  [["--hold-ttl-seconds=901"], "--hold-ttl-seconds"],
  [["--arbitration-ms=5001"], "--arbitration-ms"],
  [["--issuer=nowhere"], "--issuer"],
  [["--mailbox-domain=bad domain"], "--mailbox-domain"],
  [["--no-such-flag"], "no-such-flag"],
])("AD-13-3 the flags %j are refused with 2", async (args, said) => {
  const ended = await runServerProcess(file, [...anyPort, ...args]);
  expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(said)]);
});

test("AD-13-4 a second process on the same directory ends non-zero and names it", async () => {
  await withDirectory(async (directory) => {
    await using _first = await start("--dev", `--data-dir=${directory}`);
    const second = await runServerProcess(file, [...anyPort, "--dev", `--data-dir=${directory}`]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(directory)]);
  });
});

test("AD-61 AD-13-5 a restart keeps keys, sessions, idempotency, signing keys, approvals and mail", async () => {
  await withDirectory(async (directory) => {
    const flags = ["--dev", `--data-dir=${directory}`, "--issuer=https://drafts.example.com"];
    let credentials: Credentials;
    const key = { "idempotency-key": "k" };
    const seen: unknown[] = [];
    const look = async (url: string): Promise<unknown> => {
      const headers = { ...credentials };
      const read = async (path: string): Promise<unknown> =>
        (await call(url, "GET", path, undefined, headers)).body;
      const repeat = await call(url, "POST", "/v1/bookings", slot(0), { ...headers, ...key });
      return {
        repeat: repeat.body,
        me: await read("/v1/agents/me"),
        owner: await read("/v1/dashboard/me"),
        keys: await read("/.well-known/jwks.json"),
        approvals: await read("/v1/approvals"),
        mail: await read("/v1/mailbox/messages"),
        audit: await read("/v1/audit?limit=1000"),
      };
    };
    {
      await using first = await start(...flags);
      credentials = await bootstrap(first.url);
      const headers = { ...credentials };
      await call(first.url, "POST", "/v1/bookings", slot(0), { ...headers, ...key });
      const asked = await call(
        first.url,
        "POST",
        "/v1/approvals",
        { action_type: "a", summary: "s" },
        headers,
      );
      const path = `/v1/dashboard/approvals/${asked.body.approval_id}/resolve`;
      await call(first.url, "POST", path, { decision: "approved" }, headers);
      await call(
        first.url,
        "POST",
        "/v1/mailbox/send",
        { to: "a@example.com", subject: "s", body_text: "b" },
        headers,
      );
      seen.push(await look(first.url));
      await first.stop("SIGTERM");
    }
    await using second = await start(...flags);
    seen.push(await look(second.url));
    // The address of the page is the only thing that a new port changes.
    const [before, after] = seen.map((each) =>
      JSON.parse(JSON.stringify(each).replace(/http:\/\/127\.0\.0\.1:\d+/g, "http://here")),
    );
    expect(after).toEqual(before);
    expect(before.approvals.approvals[0].receipt).toMatch(/^ey/);
  });
}, 30_000);

test("AD-80 after a kill in a burst every acknowledged 201 is there once, no bucket twice, and the chain goes on", async () => {
  await withDirectory(async (directory) => {
    const acknowledged = new Map<string, string>();
    const refused: unknown[] = [];
    let credentials: Credentials;
    {
      await using first = await start("--dev", "--arbitration-ms=0", `--data-dir=${directory}`);
      credentials = await bootstrap(first.url);
      const headers = { ...credentials };
      let next = 0;
      const caller = async (): Promise<void> => {
        for (;;) {
          const index = next++;
          const made = await call(first.url, "POST", "/v1/bookings", slot(index), headers);
          if (made.status !== 201) {
            refused.push(made.body);
            return;
          }
          acknowledged.set(String(made.body.booking_id), String(made.body.start));
          if (acknowledged.size === 200) {
            void first.stop("SIGKILL");
          }
        }
      };
      // Each caller ends with the connection that the kill cuts.
      await Promise.allSettled(Array.from({ length: 16 }, caller));
    }
    expect(refused).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(200);
    await using second = await start("--dev", "--arbitration-ms=0", `--data-dir=${directory}`);
    const headers = { ...credentials };
    const found = new Map<string, string>();
    let cursor: unknown = null;
    do {
      const more = cursor === null ? "" : `&cursor=${encodeURIComponent(String(cursor))}`;
      const page = await call(second.url, "GET", `/v1/bookings?status=COMMITTED${more}`, undefined, headers);
      for (const booking of page.body.bookings as { booking_id: string; start: string }[]) {
        expect(found.has(booking.booking_id)).toBe(false);
        found.set(booking.booking_id, booking.start);
      }
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    for (const [id, start] of acknowledged) {
      expect(found.get(id)).toBe(start);
    }
    expect(new Set(found.values()).size).toBe(found.size);
    const events = (await call(second.url, "GET", "/v1/audit?limit=1000", undefined, headers)).body
      .events as {
      readonly seq: number;
      readonly hash: string;
      readonly prev_hash: string;
    }[];
    events.forEach(({ seq, prev_hash }, index) => {
      expect([seq, prev_hash]).toEqual([index + 1, events[index - 1]?.hash ?? "0".repeat(64)]);
    });
  });
}, 30_000);
