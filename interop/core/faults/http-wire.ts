// Hostile HTTP against AgentDraft: requests in requests, Host tricks, forged origins, odd paths and methods. Nothing brings a 5xx.
import { send, sendRaw, signIn } from "./calendar.ts";
import type { Attack, Checks } from "./checks.ts";
import { type Server, startServer } from "./servers.ts";

/** How long to look for a second answer on a connection that stays open. */
const lookMs = 300;

const statuses = (text: string): number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));

interface Stage {
  readonly checks: Checks;
  readonly port: number;
  /** The header lines of an honest request. */
  readonly host: string;
  readonly auth: string;
  readonly key: string;
}

/** One request that may hide another: at most one answer, and neither 2xx nor 5xx. */
async function smuggling({ checks, port, host, auth, key }: Stage): Promise<void> {
  const post = `POST /v1/auth/magic-link HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
  const chunked = "Transfer-Encoding: chunked\r\n";
  const hidden = `GET /v1/agents/me HTTP/1.1\r\n${host}${auth}\r\n`;
  const cases: Readonly<Record<string, string>> = {
    "a length and chunks": `${post}Content-Length: 4\r\n${chunked}\r\n0\r\n\r\n${hidden}`,
    "two lengths": `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
    "a list of lengths": `${post}Content-Length: 4, 4\r\n\r\nabcd`,
    "an unknown coding": `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    "chunked, but not last": `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    "chunks in HTTP/1.0": `${post.replace("1.1", "1.0")}${chunked}\r\n0\r\n\r\n`,
    "a blank before the colon": `GET /v1/agents/me HTTP/1.1\r\nHost : 127.0.0.1:${port}\r\n${auth}\r\n`,
    "a header over two lines": `GET /v1/agents/me HTTP/1.1\r\n${host}Authorization: Bearer\r\n ${key}\r\n\r\n`,
    "line feeds alone": `GET /v1/agents/me HTTP/1.1\n${host.replace("\r", "")}${auth.replace("\r", "")}\n`,
    "a long chunk extension": `${post}${chunked}\r\n1;${"a".repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
    "a negative length": `${post}Content-Length: -1\r\n\r\n`,
    "a length with a sign": `${post}Content-Length: +2\r\n\r\n{}`,
    "a null in a header": `GET /v1/agents/me HTTP/1.1\r\n${host}${auth}X: a\0b\r\n\r\n`,
    "a carriage return in a header": `GET /v1/agents/me HTTP/1.1\r\n${host}${auth}X: a\rb\r\n\r\n`,
  };
  await Promise.all(
    Object.entries(cases).map(async ([what, bytes]) => {
      const seen = statuses(await sendRaw(port, bytes, lookMs));
      checks.that(`${what}: one refusal`, seen.length <= 1 && seen.every((s) => s >= 400 && s < 500), seen);
    }),
  );
  for (const [what, line] of [
    ["a GET", "GET /v1/agents/me"],
    ["a DELETE", "DELETE /v1/bookings/none"],
  ] as const) {
    const inner = `GET /v1/bookings HTTP/1.1\r\n${host}${auth}\r\n`;
    const text = await sendRaw(
      port,
      `${line} HTTP/1.1\r\n${host}${auth}Content-Length: ${inner.length}\r\n\r\n${inner}`,
      lookMs,
    );
    checks.that(`the body of ${what} is no request`, statuses(text).length === 1, statuses(text));
  }
}

/** A name that leads here only by somebody else's DNS must not open what only this machine may see. */
async function hosts({ checks, port, host }: Stage, operator: number | "off"): Promise<void> {
  const own = ["LOCALHOST", "x.localhost", `127.0.0.1:${port}`, "[::1]"];
  const foreign = [
    "evil.com",
    "evil.com:80",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "127.1",
    "2130706433",
    "0x7f.1",
    "localhost@evil.com",
    "evil.com/localhost",
    "",
    "a\tb",
    "[::1",
    "0.0.0.0",
    "[::]",
    "[::1]:8080:x",
    "localhost\r\nHost: evil.com",
    "evil.com\r\nHost: localhost",
  ];
  const get = async (to: number, path: string, name: string): Promise<number | undefined> =>
    statuses(
      await sendRaw(to, `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`, 10_000),
    )[0];
  for (const name of own) {
    const status = await get(port, "/dashboard", name);
    checks.that(`the page under the own name ${name}`, status === 200, status);
  }
  for (const [where, to, path] of [
    ["page", port, "/dashboard"],
    ["operator's port", operator, "/"],
  ] as const) {
    for (const name of foreign) {
      const status = to === "off" ? undefined : await get(to, path, name);
      checks.that(`the ${where} under ${JSON.stringify(name)}`, status === 403 || status === 400, status);
    }
  }
  const absolute = await sendRaw(
    port,
    `GET http://evil.com/dashboard HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    10_000,
  );
  checks.that(
    "an address of another host in the first line brings no 5xx",
    (statuses(absolute)[0] ?? 500) < 500,
    absolute,
  );
}

/** Requests that another site makes a browser send. */
async function forgedOrigins({ checks, port }: Stage, cookie: string): Promise<void> {
  const cases: readonly (readonly [what: string, headers: Record<string, string>])[] = [
    ["a foreign origin", { origin: "http://evil.com" }],
    ["no origin", { origin: "null" }],
    ["another port", { origin: "http://127.0.0.1:1" }],
    ["an origin that begins like ours", { origin: `http://127.0.0.1:${port}.evil.com` }],
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["plain text", { "content-type": "text/plain" }],
    ["no type", { "content-type": "" }],
  ];
  for (const [what, headers] of cases) {
    const body = { name: "forged", scopes: [] };
    const { status } = await send(port, "POST", "/v1/dashboard/agents", {
      headers: { cookie, ...headers },
      body,
    });
    checks.that(`${what} makes no agent`, status >= 400 && status < 500, status);
  }
  const { text } = await send(port, "GET", "/v1/dashboard/agents", { headers: { cookie } });
  checks.that("no agent was made from elsewhere", !text.includes("forged"), text);
}

async function oddPaths({ checks, port, host, auth }: Stage): Promise<void> {
  const paths = [
    "/../../etc/passwd",
    "/dashboard/../v1/dashboard/me",
    "/dashboard/%2e%2e/%2e%2e/etc/passwd",
    "/v1/bookings/..%2f..%2fdashboard",
    "/v1/bookings/%00",
    "/v1/bookings/%ff%fe",
    "/v1/bookings/%",
    "/v1/bookings/a%0d%0aSet-Cookie:x=y",
    "//evil.com/",
    "/v1//bookings",
    "/V1/bookings",
    "/v1/bookings/",
    "/v1/bookings;a=b",
    "/%76%31/bookings",
    `/v1/bookings/${"a".repeat(5_000)}`,
    "*",
    "/v1/bookings/__proto__",
    "/v1/bookings/constructor",
    "/v1/agents/__proto__/http-message-signatures-directory",
    "/v1/bookings?limit=__proto__",
    "/v1/bookings?__proto__=1&limit=1",
    "/v1/bookings?limit=1&limit=2",
    "/v1/bookings?limit=%00",
    "/v1/bookings?limit=1e3",
    "/v1/bookings?cursor=999999999999999",
    "/v1/audit?after=9007199254740993",
    "/v1/audit?resource=__proto__",
    "/v1/events?after=9007199254740991&wait=0",
    "/v1/availability?range_start=0000-00-00T00:00:00Z&range_end=9999-12-31T23:59:59Z",
  ];
  await Promise.all(
    paths.map(async (path) => {
      const text = await sendRaw(
        port,
        `GET ${path} HTTP/1.1\r\n${host}${auth}Connection: close\r\n\r\n`,
        10_000,
      );
      const [status] = statuses(text);
      const isGood = status !== undefined && status < 500 && !/root:|^Set-Cookie: ?x/im.test(text);
      checks.that(`GET ${path.slice(0, 60)}`, isGood, text.slice(0, 200));
    }),
  );
  for (const method of ["TRACE", "CONNECT", "OPTIONS", "FOO", "PRI"]) {
    const target = method === "CONNECT" ? "evil.com:80" : "/v1/bookings";
    const [status = 400] = statuses(
      await sendRaw(port, `${method} ${target} HTTP/1.1\r\n${host}${auth}\r\n`, lookMs),
    );
    checks.that(`the method ${method} is refused`, status >= 400 && status < 500, status);
  }
  for (const [what, lines] of [
    [
      "an upgrade to HTTP/2",
      `${auth}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n`,
    ],
    ["an upgrade to a socket", `${auth}Upgrade: websocket\r\nConnection: Upgrade\r\n`],
    ["two keys", `Authorization: Bearer x\r\n${auth}Connection: close\r\n`],
    ["a huge header", `${auth}X: ${"a".repeat(20_000)}\r\n`],
    ["2,000 headers", `${auth}${"A: b\r\n".repeat(2_000)}`],
  ] as const) {
    const [status = 400] = statuses(
      await sendRaw(port, `GET /v1/agents/me HTTP/1.1\r\n${host}${lines}\r\n`, lookMs),
    );
    checks.that(`${what} brings neither 101 nor 5xx`, status >= 200 && status < 500, status);
  }
}

const slowBodies = 200;

/** Connections that begin and never go on hold up nobody. */
async function halfRequests({ checks, port, host, auth }: Stage, server: Server): Promise<void> {
  const half = `POST /v1/bookings HTTP/1.1\r\n${host}${auth}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{`;
  const begun = Promise.all(Array.from({ length: slowBodies }, () => sendRaw(port, half, 2_000)));
  const { status } = await send(port, "GET", "/v1/agents/me", {
    headers: { authorization: auth.trim().slice(15) },
  });
  checks.that(`an honest request beside ${slowBodies} half ones`, status === 200, status);
  const answers = (await begun).flatMap(statuses);
  checks.that(
    "half requests bring no 5xx",
    answers.every((each) => each < 500 || each === 503),
    answers,
  );
  checks.that("the server lives", server.isAlive());
}

export const httpWire: Attack = async (checks) => {
  await using server = await startServer("agentdraft", ["--dev", "--metrics-addr=127.0.0.1:0"]);
  const { port, operator } = server;
  const owner = await signIn(port, "owner@example.com");
  const agent = await owner.agent();
  const stage: Stage = {
    checks,
    port,
    host: `Host: 127.0.0.1:${port}\r\n`,
    auth: `Authorization: Bearer ${agent.key}\r\n`,
    key: agent.key,
  };
  await smuggling(stage);
  await hosts(stage, operator);
  await forgedOrigins(stage, owner.cookie);
  await oddPaths(stage);
  await halfRequests(stage, server);
  const { status } = await agent.call("GET", "/v1/agents/me");
  checks.that("the server serves as before", status === 200, status);
  const log = server.process.stderr() + server.process.stdout();
  checks.that("no key stands in the log", !log.includes(agent.key) && !log.includes(owner.cookie));

  await using production = await startServer("agentdraft");
  for (const path of ["/v1/dev/mailbox/inject", "/v1/dev/mailbox/bounce"]) {
    const answer = await send(production.port, "POST", path, { body: {} });
    checks.that(`${path} is not there without --dev`, answer.status === 404, answer.status);
  }
  const link = await send(production.port, "POST", "/v1/auth/magic-link", {
    body: { email: "a@example.com" },
  });
  checks.that("a sign-in link is not shown without --dev", link.json.dev_token === undefined, link.text);
};
