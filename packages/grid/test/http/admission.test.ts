// Who is let in: every check of the wire in its order, with its status in REST and its number in JSON-RPC.
import { identityFromSeed } from "@x/core";
import { createMemoryJournal } from "@x/core/service";
import { createFakeClock, fixedIdentity, waitUntil } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startLocalGrid } from "../../src/local/index.ts";
import type { GridRecord } from "../../src/local/rules/model/records.ts";
import { newNonce, signedBody, signedRpcBody } from "../../src/wire/signing.ts";
import { vectors } from "../wire/vector-file.ts";
import { Agent, type Stage, stage } from "./agent.ts";

const text = { parts: [{ type: "text", text: "x" }] };

/** A server whose time is that of the vectors, and the node that signed them. */
async function vectorStage() {
  const { seed, publicKey, nodeId } = vectors.constants;
  const clock = createFakeClock({ wall: Date.parse(vectors.timestamps.serverTime) });
  const server = await startLocalGrid({ metricsAddr: "off", clock });
  const agent = new Agent(server.url, identityFromSeed(seed), () => clock.now().wall);
  expect(agent.nodeId).toBe(nodeId);
  expect((await agent.register({ publicKey })).status).toBe(201);
  const other = new Agent(
    server.url,
    identityFromSeed(vectors.constants.otherSeed ?? ""),
    () => clock.now().wall,
  );
  await other.register();
  return { server, agent, clock, [Symbol.asyncDispose]: () => server.close() };
}

/** A body that carries a signature of the vectors. */
const signedWith = (raw: string, signature: string): string =>
  raw.trim().replace(/\}\s*$/, `,"signature":"${signature}"}`);

describe("the vectors, over a socket", () => {
  it("G8 accepts every raw vector with its signature, each of which burns its nonce", async () => {
    for (const { name, raw, signature } of vectors.raw) {
      await using here = await vectorStage();
      const { agent } = here;
      const path = `/nodes/${agent.nodeId}/heartbeat`;
      const body = signedWith(raw, signature);
      expect([name, (await agent.raw("POST", path, body)).status]).toEqual([name, 200]);
      expect([name, (await agent.raw("POST", path, body)).body.error.code]).toEqual([name, "nonce_replayed"]);
    }
  });

  it("G9 refuses every wrong signature and everything that has two readings", async () => {
    await using here = await vectorStage();
    const { agent } = here;
    const path = `/nodes/${agent.nodeId}/heartbeat`;
    for (const { name, payload, signature, reason } of vectors.negativeSignatures) {
      const { status, body } = await agent.raw("POST", path, signedWith(payload, signature));
      expect([name, status, body.error.code]).toEqual([name, 401, reason]);
    }
    for (const { name, raw, reason } of vectors.rawRefused) {
      const { status, body } = await agent.raw("POST", path, raw);
      expect([name, status, body.error.code]).toEqual([name, 400, reason]);
      if (name === "not an object") {
        // Parameters of a call have a refusal of their own.
        continue;
      }
      const rpc = await agent.raw(
        "POST",
        `/a2a/${agent.nodeId}`,
        `{"jsonrpc":"2.0","id":1,"method":"task/list","params":${raw}}`,
      );
      expect([name, rpc.status, rpc.body.id, rpc.body.error.code, rpc.body.error.data.reason]).toEqual([
        name,
        200,
        null,
        -32700,
        reason,
      ]);
    }
  });

  it("G12 judges every timestamp", async () => {
    for (const { value, result } of vectors.timestamps.cases) {
      await using here = await vectorStage();
      const { agent } = here;
      const payload = { fromNodeId: agent.nodeId, nonce: newNonce(), timestamp: value };
      const { canonicalOfValues } = await import("../../src/wire/canonical.ts");
      const bytes = new TextEncoder().encode(canonicalOfValues(payload, "python-json"));
      const signature = Buffer.from(await identityFromSeed(vectors.constants.seed).sign(bytes)).toString(
        "hex",
      );
      const { status, body } = await agent.raw(
        "POST",
        `/nodes/${agent.nodeId}/heartbeat`,
        JSON.stringify({ ...payload, signature }),
      );
      expect([value, status === 200 ? "ok" : body.error.code]).toEqual([value, result]);
      if (result === "stale_timestamp") {
        expect(body.error.data.serverTime).toBe(vectors.timestamps.serverTime);
      }
    }
  });

  it("G14 accepts every signed query, and refuses a name that comes twice", async () => {
    for (const { path, query } of vectors.queries) {
      await using here = await vectorStage();
      const { agent, server } = here;
      if (path.endsWith("/events")) {
        const stop = new AbortController();
        const response = await fetch(`${server.url}${path}?${query}`, { signal: stop.signal });
        expect(response.status).toBe(200);
        stop.abort();
      } else {
        expect((await agent.raw("GET", `${path}?${query}`)).status).toBe(200);
        expect((await agent.raw("GET", `${path}?${query}&nonce=1`)).body.error).toMatchObject({
          code: "duplicate_member",
        });
      }
    }
  });

  it("G16 G24 refuses weak keys and what is no key", async () => {
    await using here = await vectorStage();
    const { agent } = here;
    for (const { publicKey, nodeId } of vectors.weakPublicKeys.keys) {
      const payload = { name: "w", publicKey };
      const { status, body } = await agent.rest("POST", "/nodes", payload, { nodeId });
      expect([status, body.error.code]).toEqual([422, "weak_key"]);
    }
    for (const publicKey of [undefined, "AB".repeat(32), "ab", 1]) {
      const { status, body } = await agent.rest("POST", "/nodes", { name: "w", publicKey });
      expect([status, body.error.code, body.error.data.field]).toEqual([
        422,
        "validation_error",
        "publicKey",
      ]);
    }
    const foreign = await agent.rest(
      "POST",
      "/nodes",
      { name: "w", publicKey: agent.publicKey },
      { nodeId: "x" },
    );
    expect(foreign.body.error.code).toBe("node_id_mismatch");
  });
});

describe("the order of the checks", () => {
  let here: Stage;
  beforeAll(async () => {
    here = await stage();
  });
  afterAll(() => here[Symbol.asyncDispose]());

  it("G10 G11 a nonce is good once, wherever it is shown, and another node may have the same", async () => {
    const { a, b } = here;
    const nonce = newNonce();
    const body = await signedBody({ query: "x" }, a.signing({ nonce }));
    expect((await a.raw("POST", "/search", body)).status).toBe(200);
    expect((await a.raw("POST", `/nodes/${a.nodeId}/heartbeat`, body)).body.error.code).toBe(
      "nonce_replayed",
    );
    expect((await b.rest("POST", "/search", { query: "x" }, { nonce })).status).toBe(200);
    const call = { id: "1", method: "task/list", params: {} };
    const rpc = await signedRpcBody(call, a.signing({ nonce }));
    expect((await a.raw("POST", `/a2a/${a.nodeId}`, rpc)).body.error).toMatchObject({
      code: -32010,
      data: { reason: "nonce_replayed" },
    });
  });

  it("G10 of two equal requests at once one is let in", async () => {
    const { a } = here;
    const body = await signedBody({}, a.signing());
    const path = `/nodes/${a.nodeId}/heartbeat`;
    const replies = await Promise.all(Array.from({ length: 8 }, () => a.raw("POST", path, body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)]);
  });

  it("G10 of two equal requests one is let in, also while the store is busy", async () => {
    const inMemory = createMemoryJournal<GridRecord>();
    const gate = Promise.withResolvers<void>();
    let isBusy = false;
    const journal: typeof inMemory = {
      ...inMemory,
      append: async (...turn) => {
        await (isBusy ? gate.promise : undefined);
        return inMemory.append(...turn);
      },
    };
    await using there = await stage({ journal });
    const { a, b } = there;
    isBusy = true;
    const first = b.own("heartbeat");
    await waitUntil(() => there.server.openRequests === 1);
    const body = await signedBody({}, a.signing());
    const path = `/nodes/${a.nodeId}/heartbeat`;
    const replies = [a.raw("POST", path, body), a.raw("POST", path, body)];
    await Promise.race(replies);
    gate.resolve();
    expect((await Promise.all(replies)).map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await first).status).toBe(200);
  });

  it("G13 what is wrong before the signature burns nothing, what is wrong behind it does", async () => {
    const { a, b } = here;
    const nonce = newNonce();
    const good = await signedBody({}, a.signing({ nonce }));
    const path = `/nodes/${a.nodeId}/heartbeat`;
    const forged = good.replace(/"signature": "../, '"signature": "00');
    expect((await a.raw("POST", path, forged)).body.error.code).toBe("bad_signature");
    expect((await a.raw("POST", path, good)).status).toBe(200);
    const elsewhere = await signedBody({}, a.signing());
    expect((await a.raw("POST", `/nodes/${b.nodeId}/heartbeat`, elsewhere)).body.error.code).toBe(
      "forbidden",
    );
    expect((await a.raw("POST", path, elsewhere)).body.error.code).toBe("nonce_replayed");
    const missing = await signedRpcBody({ id: "1", method: "task/get", params: {} }, a.signing());
    const rpcPath = `/a2a/${a.nodeId}`;
    expect((await a.raw("POST", rpcPath, missing)).body.error.data.reason).toBe("invalid_params");
    expect((await a.raw("POST", rpcPath, missing)).body.error.data.reason).toBe("nonce_replayed");
  });

  it("names what is missing, and who is not known", async () => {
    const { a } = here;
    const path = `/nodes/${a.nodeId}/heartbeat`;
    expect((await a.raw("POST", path, "{}")).body.error).toMatchObject({
      code: "missing_field",
      data: { field: "fromNodeId" },
    });
    const stranger = new Agent(here.server.url, fixedIdentity(77));
    expect((await stranger.own("heartbeat")).body.error.code).toBe("unknown_node");
    expect((await stranger.call("task/list", {}, a.nodeId)).body).toMatchObject({
      id: "1",
      error: { code: -32010, data: { reason: "unknown_node" } },
    });
    expect((await a.rest("POST", path, {}, { nonce: "x" })).body.error.code).toBe("bad_nonce");
  });

  it("G33 who is neither claimed nor autonomous reads, and does nothing to others", async () => {
    const { b } = here;
    const shy = new Agent(here.server.url, fixedIdentity(78));
    await shy.register({ autonomous: false });
    for (const method of ["task/list", "room/list", "schedule/list"]) {
      await shy.ok(method, {});
    }
    const { id } = await b.send(shy.nodeId, "waits");
    for (const method of ["task/get", "task/read", "message/ack"]) {
      await shy.ok(method, { taskId: id });
    }
    for (const method of ["message/send", "task/update", "task/cancel", "room/create", "schedule/create"]) {
      expect(await shy.refused(method, { taskId: id })).toBe("-32012 not_claimed");
    }
    const { status, body } = await shy.rest("POST", "/search", { query: "x" });
    expect([status, body.error.code]).toEqual([403, "not_claimed"]);
    for (const action of ["heartbeat", "status", "claim-code"]) {
      expect((await shy.own(action)).status).toBe(200);
    }
  });

  it("G95 paths, verbs, types and sizes are judged before any signature", async () => {
    const { a } = here;
    const seen = async (method: string, path: string, body?: string, headers = {}) => {
      const reply = await a.raw(method, path, body, headers);
      return [reply.status, reply.body?.error?.code];
    };
    expect(await seen("GET", "/")).toEqual([404, "not_found"]);
    expect(await seen("POST", "/search/", "{}")).toEqual([404, "not_found"]);
    expect(await seen("GET", "/search")).toEqual([405, "method_not_allowed"]);
    expect((await a.raw("PUT", "/search", "{}")).headers.get("allow")).toBe("POST");
    expect((await a.raw("OPTIONS", "/search")).status).toBe(405);
    expect((await a.raw("HEAD", "/protocol")).status).toBe(405);
    expect(await seen("POST", "/search", "{}", { "content-type": "text/plain" })).toEqual([
      415,
      "unsupported_media_type",
    ]);
    expect(await seen("POST", `/a2a/${a.nodeId}`, "{}", { "content-type": "text/plain" })).toEqual([
      415,
      "unsupported_media_type",
    ]);
    expect(await seen("POST", `/a2a/${a.nodeId}`, " ".repeat(1_048_577))).toEqual([413, "too_large"]);
    const reply = await a.raw("POST", "/search", "{}", { "content-type": "application/json; charset=utf-8" });
    expect(reply.status).toBe(401);
    expect(reply.headers.get("date")).not.toBeNull();
    expect(reply.headers.get("x-grid-server")).toMatch(/^x-grid\/\S+; dedupe=1/);
    expect(reply.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("G125 a body has 64 levels and a mebibyte at most", async () => {
    const { a } = here;
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    const path = `/nodes/${a.nodeId}/heartbeat`;
    expect((await a.rest("POST", path, { x: nested(63) })).status).toBe(200);
    const deep = `{"x":${"[".repeat(64)}${"]".repeat(64)}}`;
    expect((await a.raw("POST", path, deep)).body.error.code).toBe("too_deep");
    const empty = await signedBody({ pad: "" }, a.signing());
    const pad = "x".repeat(1_048_576 - Buffer.byteLength(empty));
    const full = await signedBody({ pad }, a.signing());
    expect(Buffer.byteLength(full)).toBe(1_048_576);
    expect((await a.raw("POST", path, full)).status).toBe(200);
    expect((await a.raw("POST", path, `${full} `)).status).toBe(413);
  });

  it.each([
    ["[]", null, -32600, "batch_not_supported"],
    ["[{}]", null, -32600, "batch_not_supported"],
    ["1", null, -32600, "invalid_request"],
    ['{"jsonrpc":"1.0","id":1,"method":"x","params":{}}', 1, -32600, "invalid_request"],
    ['{"jsonrpc":"2.0","id":"a","method":1,"params":{}}', "a", -32600, "invalid_request"],
    ['{"jsonrpc":"2.0","id":{},"method":"x","params":{}}', null, -32600, "invalid_request"],
    ['{"jsonrpc":"2.0","id":0,"method":"x"}', 0, -32602, "invalid_params"],
    ['{"jsonrpc":"2.0","id":"","method":"x","params":[]}', "", -32602, "invalid_params"],
    ['{"jsonrpc":"2.0","id":null,"method":"x","params":3}', null, -32602, "invalid_params"],
  ])("the envelope %s is answered %s %s %s", async (body, id, code, reason) => {
    const { a } = here;
    const reply = await a.raw("POST", `/a2a/${a.nodeId}`, body);
    expect([reply.status, reply.body.id, reply.body.error.code, reply.body.error.data.reason]).toEqual([
      200,
      id,
      code,
      reason,
    ]);
  });

  it("a call without an id is carried out and not answered", async () => {
    const { a, b } = here;
    const body = await signedRpcBody(
      { id: "gone", method: "message/send", params: { message: { ...text, messageId: "silent" } } },
      a.signing(),
    );
    const silent = await a.raw("POST", `/a2a/${b.nodeId}`, body.replace('"id": "gone", ', ""));
    expect([silent.status, silent.text]).toEqual([204, ""]);
    expect((await a.send(b.nodeId, "x", {}, { messageId: "silent" })).state).toBe("submitted");
  });

  it("-32601 names a method that there is not", async () => {
    expect(await here.a.refused("tasks/list", {})).toBe("-32601 method_not_found");
  });

  it("G149 the guide is unsigned, and names every call and every code", async () => {
    const { gridProfile } = await import("../../src/wire/profile.ts");
    const { status, text: guide, headers } = await here.a.raw("GET", "/protocol");
    expect([status, headers.get("content-type")]).toEqual([200, "text/markdown; charset=utf-8"]);
    for (const name of Object.values(gridProfile.rpcMethods)) {
      expect(guide).toContain(`\`${name}\``);
    }
    for (const { code, reasons } of gridProfile.rpcErrors) {
      expect(guide).toContain(`| ${code} |`);
      expect(reasons.filter((reason) => !guide.includes(reason))).toEqual([]);
    }
  });
});

describe("rates", () => {
  it("G96 a node that asks too often is told when to come back", async () => {
    await using here = await stage({ rateLimit: 5, clock: "virtual" });
    const { a } = here;
    const replies = await Promise.all(Array.from({ length: 12 }, () => a.own("heartbeat")));
    expect(replies.map(({ status }) => status).sort()).toEqual([
      ...Array(5).fill(200),
      ...Array(7).fill(429),
    ]);
    const late = replies.find(({ status }) => status === 429);
    expect(Number(late?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(late?.body.error).toMatchObject({ code: "rate_limited" });
    expect(late?.body.error.data.retryAfterMs).toBeGreaterThan(0);
    const rpc = await a.call("task/list", {});
    expect([rpc.status, rpc.body.error.code, rpc.body.error.data.reason]).toEqual([
      429,
      -32029,
      "rate_limited",
    ]);
  });
});

describe("switches of the wire", () => {
  it.each([
    { canonical: "compact" },
    { canonical: "jcs" },
    { rpcSignScope: "envelope" },
    { timestampFormat: "python" },
    { partDiscriminator: "kind" },
    { stateStyle: "hyphen" },
    { restCase: "camel" },
  ] as const)("G140 a server understands, and writes, %j", async (switches) => {
    const { profileWith } = await import("../../src/wire/profile.ts");
    const profile = profileWith({ switches });
    await using server = await startLocalGrid({ metricsAddr: "off", profile: { switches } });
    const make = (seed: Parameters<typeof fixedIdentity>[0]) => {
      const agent = new Agent(server.url, fixedIdentity(seed));
      const plain = agent.signing.bind(agent);
      agent.signing = (more = {}) => plain({ profile, ...more });
      return agent;
    };
    const [a, b] = [make(1), make(2)];
    expect((await a.register()).status).toBe(201);
    await b.register();
    const task = await a.send(b.nodeId, "x");
    await b.ok("message/send", { message: { taskId: task.id, parts: [{ kind: "text", text: "y" }] } });
    const { state, history } = await a.ok("task/get", { taskId: task.id });
    const isHyphen = "stateStyle" in switches;
    expect(state).toBe(isHyphen ? "input-required" : "input_required");
    expect(Object.keys(history[0].parts[0])).toContain("partDiscriminator" in switches ? "kind" : "type");
  });
});
