// Nodes over REST: forms, limits, what others see; claims by hand and by the admin API.
import { fixedIdentity } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Agent, type Stage, stage } from "./agent.ts";

let here: Stage;
beforeAll(async () => {
  here = await stage();
});
afterAll(() => here[Symbol.asyncDispose]());

let seeds = 100;
async function fresh(more: object = {}): Promise<Agent> {
  seeds += 1;
  const agent = new Agent(here.server.url, fixedIdentity(seeds), Date.now);
  const { status, text } = await agent.register(more);
  expect([status, text]).toEqual([201, expect.any(String)]);
  return agent;
}

const fault = ({
  status,
  body,
}: {
  status: number;
  body: { error: { code: string; data: { field?: string } } };
}) => [status, body.error.code, body.error.data.field];

describe("registration", () => {
  it("G21 a new node is made, and the same again is told apart", async () => {
    const a = await fresh({ name: "Ann", skills: [{ id: "s", name: "S", level: 3 }] });
    const again = await a.register();
    expect([again.status, again.body.error.code]).toEqual([409, "node_exists"]);
    const put = await a.rest("PUT", `/nodes/${a.nodeId}`, { name: "Ann 2", autonomous: true });
    expect([put.status, put.body.name, put.body.skills]).toEqual([200, "Ann 2", []]);
  });

  it("G22 a replacement of nobody or with another's key is refused", async () => {
    const a = await fresh();
    const stranger = new Agent(here.server.url, fixedIdentity(99));
    expect((await stranger.rest("PUT", `/nodes/${stranger.nodeId}`, { name: "x" })).body.error.code).toBe(
      "unknown_node",
    );
    const foreign = await a.rest("PUT", `/nodes/${a.nodeId}`, { name: "x", publicKey: "0".repeat(64) });
    expect(fault(foreign)).toEqual([401, "node_id_mismatch", undefined]);
    const own = await a.rest("PUT", `/nodes/${a.nodeId}`, { name: "x", publicKey: a.publicKey });
    expect(own.status).toBe(200);
  });

  it.each([
    [{ name: "" }, "name"],
    [{ name: "  " }, "name"],
    [{ name: "😀".repeat(101) }, "name"],
    [{ name: 1 }, "name"],
    [{ description: "x".repeat(2_001) }, "description"],
    [{ skills: {} }, "skills"],
    [{ skills: [{ id: "", name: "x" }] }, "skills"],
    [{ skills: Array(51).fill({ id: "x", name: "x" }) }, "skills"],
    [{ endpoint_url: "ftp://x" }, "endpoint_url"],
    [{ autonomous: "yes" }, "autonomous"],
  ])("G24 refuses %j and names %s", async (more, field) => {
    const a = new Agent(here.server.url, fixedIdentity(98));
    expect(fault(await a.register(more))).toEqual([422, "validation_error", field]);
  });

  it("G23 a patch changes what it names, and refuses the rest whole", async () => {
    const a = await fresh({ description: "d", endpoint_url: "https://a.test/" });
    const path = `/nodes/${a.nodeId}`;
    const unknown = await a.rest("PATCH", path, { name: "new", status: "busy" });
    expect(fault(unknown)).toEqual([422, "unknown_field", "status"]);
    const patched = await a.rest("PATCH", path, { endpoint_url: null, description: null });
    expect(patched.body).toMatchObject({ name: "agent", description: "", endpoint_url: null });
    expect(fault(await a.rest("PATCH", path, { name: null }))).toEqual([422, "validation_error", "name"]);
  });

  it("G25 another sees the public side, and nobody what is not there", async () => {
    const a = await fresh({ endpoint_url: "https://a.test/" });
    await a.own("set-status", { status: "busy", summary: "s", active_task_ids: ["t"] });
    const seen = await here.b.get(`/nodes/${a.nodeId}`);
    expect(seen.body).toMatchObject({
      node_id: a.nodeId,
      status: "busy",
      endpoint_url: null,
      summary: null,
      active_task_ids: null,
      grids: [{ grid_id: "public", name: "Public", is_public: true }],
    });
    expect((await a.get(`/nodes/${a.nodeId}`)).body).toMatchObject({
      endpoint_url: "https://a.test/",
      summary: "s",
    });
    for (const id of ["00000000-0000-5000-8000-000000000000", "x"]) {
      expect(fault(await here.b.get(`/nodes/${id}`))).toEqual([404, "node_not_found", undefined]);
    }
  });

  it("G26 G27 status says all of oneself, and whose one is", async () => {
    const a = await fresh();
    const { body } = await a.own("status");
    expect(body).toMatchObject({
      did: `did:grid:${a.publicKey}`,
      public_key: a.publicKey,
      reputation: null,
      is_online: true,
      last_fetch_age_s: null,
      claim: { is_claimed: false, claimed_at: null, owner: null },
    });
    await a.ok("task/list", {});
  });

  it("G29 a status has its bounds, and what it leaves out is cleared", async () => {
    const a = await fresh();
    const set = (payload: object) => a.own("set-status", payload);
    expect(fault(await set({ status: "asleep" }))).toEqual([422, "validation_error", "status"]);
    expect(fault(await set({ status: "busy", status_message: "😀".repeat(201) }))[2]).toBe("status_message");
    expect(fault(await set({ status: "busy", active_task_ids: Array(101).fill("t") }))[2]).toBe(
      "active_task_ids",
    );
    expect(fault(await set({ status: "busy", summary: "x".repeat(2_001) }))[2]).toBe("summary");
    expect(
      (await set({ status: "busy", status_message: "😀".repeat(200) })).body.status_message,
    ).toHaveLength(400);
    expect((await set({ status: "available" })).body.status_message).toBeNull();
  });

  it("G38 G40 search answers what it found, and knows its filters", async () => {
    const a = await fresh();
    await fresh({ name: "Zebra Painter", skills: [{ id: "paint", name: "Painting" }] });
    const search = (payload: object) => a.rest("POST", "/search", payload);
    const { results } = (
      await search({ query: " zebra ", filters: { online_only: true, skill_ids: ["paint"] } })
    ).body;
    expect(results).toMatchObject([
      { name: "Zebra Painter", score: 1, is_online: true, status: "available" },
    ]);
    expect(Object.keys(results[0]).sort()).toEqual(
      [
        "node_id",
        "name",
        "description",
        "skills",
        "reputation",
        "is_online",
        "status",
        "status_message",
        "score",
      ].sort(),
    );
    for (const limit of [0, 101, 1.5, "10"]) {
      expect(fault(await search({ query: "x", limit }))).toEqual([422, "validation_error", "limit"]);
    }
    expect(fault(await search({ query: "  " }))[2]).toBe("query");
    expect(fault(await search({ query: "x", filters: { color: "red" } }))[2]).toBe("filters");
    expect(fault(await search({ query: "x", filters: { online_only: 1 } }))[2]).toBe("online_only");
  });
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  here.a.raw("POST", path, JSON.stringify(body), headers);

describe("claims", () => {
  it("G34 G35 G99 G118 a human claims a node by its code, as it was typed", async () => {
    const a = await fresh({ autonomous: false });
    const { code } = (await a.own("claim-code")).body;
    expect(code).toMatch(/^[A-HJ-NP-Z]{4}-\d{4}$/);
    expect((await post("/admin/claim", { code: "NOPE-0000" })).body.error.code).toBe("unknown_code");
    const claimed = await post("/admin/claim", { code: ` ${code.toLowerCase()} `, owner: "Ann" });
    expect(claimed.body).toMatchObject({ is_claimed: true, grids: [{ grid_id: "public" }] });
    expect((await post("/admin/claim", { code })).status).toBe(404);
    expect(fault(await a.own("claim-code")).slice(0, 2)).toEqual([409, "already_claimed"]);
    expect((await a.own("status")).body.claim).toMatchObject({ is_claimed: true, owner: "Ann" });
    await a.ok("schedule/create", { messageText: "x", schedule: "every hour" });
    const json = { "content-type": "application/json" };
    const unclaim = (headers: object) =>
      here.a.raw("POST", `/admin/nodes/${a.nodeId}/unclaim`, undefined, { ...headers });
    expect((await unclaim({})).status).toBe(415);
    expect((await unclaim(json)).body.is_claimed).toBe(false);
  });

  it("G37 grids are made, filled and emptied", async () => {
    const a = await fresh();
    const made = await post("/admin/grids", { name: "Lab" });
    expect([made.status, made.body]).toEqual([
      201,
      { grid_id: expect.any(String), name: "Lab", is_public: false },
    ]);
    const members = `/admin/grids/${made.body.grid_id}/members`;
    expect((await post(members, { node_id: a.nodeId })).body.members).toEqual([a.nodeId]);
    expect((await here.a.raw("DELETE", `${members}/${a.nodeId}`)).body.members).toEqual([]);
    expect((await post("/admin/grids/none/members", { node_id: a.nodeId })).status).toBe(404);
    expect((await post(members, { node_id: "none" })).body.error.code).toBe("node_not_found");
    const { grids } = (await here.a.raw("GET", "/admin/grids")).body;
    expect(grids).toMatchObject([
      { grid_id: "public", is_public: true },
      { name: "Lab", members: [] },
    ]);
    const { nodes } = (await here.a.raw("GET", "/admin/nodes")).body;
    expect(nodes.length).toBeGreaterThan(3);
  });

  it("G27 G92 the owner gives reputations and schedules", async () => {
    const a = await fresh();
    expect((await post(`/admin/nodes/${a.nodeId}/reputation`, { value: 4.5 })).body.reputation).toBe(4.5);
    expect((await post(`/admin/nodes/${a.nodeId}/reputation`, { value: null })).body.reputation).toBeNull();
    expect((await post(`/admin/nodes/${a.nodeId}/reputation`, {})).status).toBe(422);
    const made = await post(`/admin/nodes/${a.nodeId}/schedules`, {
      messageText: "x",
      schedule: "every hour",
    });
    expect([made.status, made.body.createdBy]).toEqual([201, "owner"]);
    expect(await a.refused("schedule/delete", { scheduleId: made.body.id })).toBe(
      "-32024 schedule_read_only",
    );
  });

  it("G99 a web page cannot drive the admin API", async () => {
    const plain = await here.a.raw("POST", "/admin/grids", "{}", { "content-type": "text/plain" });
    expect(plain.status).toBe(415);
    const { request } = await import("node:http");
    const status = await new Promise((resolve) => {
      const { port } = here.server;
      request(
        { port, host: "127.0.0.1", path: "/admin/nodes", headers: { host: "evil.test" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      ).end();
    });
    expect(status).toBe(403);
  });

  it("G99 with a token only who has it may", async () => {
    await using there = await stage({ adminToken: "s3cret" });
    const get = (headers = {}) => there.a.raw("GET", "/admin/nodes", undefined, headers);
    expect((await get()).status).toBe(401);
    expect((await get({ authorization: "Bearer wrong" })).status).toBe(401);
    expect((await get({ authorization: "Bearer s3cret" })).status).toBe(200);
    expect((await there.a.raw("GET", "/claim")).text).toContain('name="token"');
    const claim = (fields: Record<string, string>, headers = {}) =>
      there.a.raw("POST", "/claim", new URLSearchParams({ code: "NOPE-0000", ...fields }).toString(), {
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      });
    expect((await claim({})).status).toBe(401);
    expect((await claim({ token: "wrong" })).status).toBe(401);
    expect((await claim({ token: "s3cret" })).status).toBe(404);
    expect((await claim({}, { authorization: "Bearer s3cret" })).status).toBe(404);
  });

  it("G99 where others reach the server it takes a token", async () => {
    await using there = await stage({ addr: "0.0.0.0:0" });
    const near = new Agent(`http://127.0.0.1:${there.server.port}`, fixedIdentity(1));
    const refused = await near.raw("GET", "/admin/nodes");
    expect([refused.status, refused.body.error.code]).toEqual([403, "admin_disabled"]);
    expect((await near.raw("GET", "/claim")).status).toBe(403);
  });

  it("G100 thirty wrong codes in a minute are enough", async () => {
    await using there = await stage({ clock: "virtual" });
    const wrong = () =>
      there.a.raw("POST", "/admin/claim", JSON.stringify({ code: "NOPE-0000" })).then(({ status }) => status);
    for (let index = 0; index < 30; index += 1) {
      expect(await wrong()).toBe(404);
    }
    expect(await wrong()).toBe(429);
    await there.server.advance(60_000);
    expect(await wrong()).toBe(404);
  });
});

describe("the claim page", () => {
  const form = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    here.a.raw("POST", "/claim", new URLSearchParams(fields).toString(), {
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    });

  it("G137 shows a form without script, and agents' names as text", async () => {
    const shown = await here.a.raw("GET", "/claim?code=%22%3E%3Cscript%3E");
    expect(shown.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    // With less, a browser's form comes back with `Origin: null`, which is refused.
    expect(shown.headers.get("referrer-policy")).toBe("same-origin");
    expect(shown.text).not.toContain("<script");
    expect(shown.text).toContain('value="&quot;&gt;&lt;script&gt;"');
    const a = await fresh({ autonomous: false, name: "<script>alert(1)</script>" });
    const { code } = (await a.own("claim-code")).body;
    expect((await form({ code: "NOPE-0000" })).status).toBe(404);
    const claimed = await form({ code, owner: "<b>Ann</b>", join_public: "yes" });
    expect(claimed.status).toBe(200);
    expect(claimed.text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(claimed.text).not.toContain("<b>");
    expect((await a.own("status")).body.grids).toHaveLength(1);
  });

  it("G35 the form joins the public grid where its box is ticked, and the private ones that were chosen", async () => {
    const lab = (await post("/admin/grids", { name: "Den" })).body.grid_id;
    const shown = (await here.a.raw("GET", "/claim")).text;
    expect(shown).toContain(`name="grid_ids" value="${lab}"`);
    expect(shown).toContain('name="join_public" value="yes" checked');
    const a = await fresh({ autonomous: false });
    const { code } = (await a.own("claim-code")).body;
    expect((await form({ code, grid_ids: lab })).status).toBe(200);
    expect((await a.own("status")).body.grids).toEqual([{ grid_id: lab, name: "Den", is_public: false }]);
  });

  it("G99 takes nothing from a page of another origin", async () => {
    expect((await form({ code: "NOPE-0000" }, { origin: "https://evil.test" })).status).toBe(403);
  });
});
