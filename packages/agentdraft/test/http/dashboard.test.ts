// The owner's page: who sees it, what it may load, and that nothing of its texts becomes markup.
import { expect, test } from "vitest";
import { at, startDraft, startTeam } from "./fixture.ts";

const hostile = `"><img src=x onerror=alert(1)><script>alert(1)</script>`;

test("AD-5.3-2 without a session, and with a forged one, there is only the way to sign in", async () => {
  await using team = await startTeam();
  await team.a.commit(at("10:00"), at("10:30"), { title: "private matter" });
  const [name = "", value = ""] = team.owner.cookie.split("=");
  for (const cookie of ["", `${name}=`, `${name}=${value.slice(0, -1)}x`, `${name}=../..`]) {
    const page = await team.anyone.send("GET", "/dashboard", undefined, cookie === "" ? {} : { cookie });
    expect(page.status).toBe(200);
    expect(page.text).toContain(`id="sign-in"`);
    expect(page.text).not.toContain("private matter");
    expect(page.text).not.toContain("owner@example.com");
  }
});

test("AD-5.3-3 the page may load this server's files and nothing else, and has no code of its own inside", async () => {
  await using team = await startTeam();
  const page = await team.owner.get("/dashboard");
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(page.text).not.toMatch(/\sstyle=|\son\w+=|<script(?! src="\/)/);
  for (const [, path = ""] of page.text.matchAll(/(?:src|href)="(\/dashboard\/[^"]+)"/g)) {
    expect([path, (await team.anyone.get(path)).status]).toEqual([path, 200]);
  }
});

test("AD-5.3-4 hostile text in every field is shown as text", async () => {
  await using team = await startTeam();
  const agent = await team.owner.agent(4, { name: hostile });
  const gated = await team.owner.agent(3, { name: hostile, requires_consent: true });
  const more = { title: hostile, invitee: { name: hostile }, metadata: { [hostile]: hostile } };
  await agent.commit(at("10:00", 1), at("10:30", 1), more);
  await gated.commit(at("11:00", 1), at("11:30", 1), more);
  await agent.post("/v1/approvals", {
    action_type: hostile,
    summary: hostile,
    evidence: { [hostile]: hostile },
  });
  const denied = await agent.post("/v1/approvals", { action_type: hostile, summary: hostile });
  await team.owner.post(`/v1/dashboard/approvals/${denied.body.approval_id}/resolve`, {
    decision: "denied",
    note: hostile,
  });
  await agent.post("/v1/mailbox/send", { to: "a@example.com", subject: hostile, body_text: hostile });
  await team.owner.send("PUT", "/v1/dashboard/rules", { consent_actions: ["booking.commit"] });
  const page = await team.owner.get(`/dashboard?week=${at("10:00", 1).slice(0, 10)}`);
  expect(page.status).toBe(200);
  expect(page.text.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(10);
  expect(page.text).not.toMatch(/<img|<script>/);
  const search = await team.owner.get(`/dashboard?week=${encodeURIComponent(hostile)}`);
  expect([search.status, search.text.includes("<img")]).toEqual([200, false]);
});

test("AD-5.3-5 the page tells who won a slot and why, and what waits with its hash and expiry", async () => {
  await using team = await startTeam();
  await team.c.commit(at("10:00", 1), at("10:30", 1));
  await team.a.commit(at("10:00", 1), at("10:30", 1), { title: "Board" });
  await team.b.commit(at("10:00", 1), at("10:30", 1));
  const asked = await team.b.post("/v1/approvals", {
    action_type: "pay",
    summary: "Pay",
    evidence: { x: 1 },
  });
  const { text } = await team.owner.get(`/dashboard?week=${at("10:00", 1).slice(0, 10)}`);
  expect(text).toContain("agent 1 (rank 1) took the slot from agent 5 (rank 5) within its bump window.");
  expect(text).toContain("agent 2 (rank 2) lost to agent 1 (rank 1): the winner has the higher rank.");
  expect(text).toContain(String(asked.body.evidence_sha256));
  expect(text).toContain(`action="/v1/dashboard/approvals/${asked.body.approval_id}/resolve"`);
  expect(text).toMatch(/The newest \d+ events hang together/);
});

test("AD-5.3-6 times are the owner's: the week of a zone begins at its own midnight", async () => {
  await using draft = await startDraft();
  const owner = await draft.signIn();
  const agent = await owner.agent();
  await owner.send("PUT", "/v1/dashboard/rules", { timezone: "Pacific/Auckland" });
  const day = new Date(Date.now() + 60 * 86_400_000);
  // The coming Sunday at 20:00 UTC is Monday in Auckland.
  day.setUTCDate(day.getUTCDate() + ((7 - day.getUTCDay()) % 7));
  const sunday = day.toISOString().slice(0, 10);
  const monday = new Date(day.getTime() + 86_400_000).toISOString().slice(0, 10);
  await agent.commit(`${sunday}T20:00:00Z`, `${sunday}T20:30:00Z`, { title: "Early bird" });
  expect((await owner.get(`/dashboard?week=${monday}`)).text).toContain("Early bird");
  expect((await owner.get(`/dashboard?week=${sunday}`)).text).not.toContain("<td>Early bird");
});

test("AD-5.3-first what ends first is first, on pages; the address of a decision shows its page, or that it was decided", async () => {
  await using team = await startTeam();
  const ids: string[] = [];
  for (let index = 0; index < 60; index += 1) {
    const asked = { action_type: "pay", summary: `number ${index}`, ttl_seconds: 10_000 - index };
    ids.unshift(String((await team.a.post("/v1/approvals", asked)).body.approval_id));
  }
  const shown = async (query: string): Promise<string[]> => {
    const { text } = await team.owner.get(`/dashboard${query}`);
    return [...text.matchAll(/<article class="card" id="(apr_\w+)"/g)].map(([, id = ""]) => id);
  };
  expect(await shown("")).toEqual(ids.slice(0, 50));
  expect(await shown("?decisions=2")).toEqual(ids.slice(50));
  for (const query of ["?decisions=99", `?decision=${ids[55]}`]) {
    expect(await shown(query)).toEqual(ids.slice(50));
  }
  for (const query of ["?decisions=0", "?decisions=x", "?decision=apr_none"]) {
    expect(await shown(query)).toEqual(ids.slice(0, 50));
  }
  const oldest = ids.at(-1) ?? "";
  const { approval_url } = (await team.a.get(`/v1/approvals/${oldest}`)).body;
  expect(String(approval_url)).toBe(`${team.url}/dashboard?decision=${oldest}#${oldest}`);
  await team.owner.post(`/v1/dashboard/approvals/${oldest}/resolve`, { decision: "denied" });
  for (let index = 0; index < 101; index += 1) {
    await team.a.post("/v1/approvals", { action_type: "pay", summary: "later" });
  }
  expect((await team.owner.get(`/dashboard?decision=${oldest}`)).text).toContain(`<li id="${oldest}">`);
  const stranger = await team.signIn("stranger@example.com");
  expect((await stranger.get(`/dashboard?decision=${oldest}`)).text).not.toContain(oldest);
});

test("AD-5.3-key a form with a choice has no button that a key in its text would press", async () => {
  await using team = await startTeam();
  await team.a.post("/v1/approvals", { action_type: "pay", summary: "Pay" });
  const { text } = await team.owner.get("/dashboard");
  const forms = [...text.matchAll(/<form data-send.*?<\/form>/gs)].map(([form]) => form);
  const choices = forms.filter((form) => (form.match(/<button/g) ?? []).length > 1);
  expect(choices).toHaveLength(1);
  for (const form of choices) {
    expect(form).not.toMatch(/<button(?! type="button")/);
  }
});
