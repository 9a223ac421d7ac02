// Every route of AgentDraft with every id of another calendar, as whoever has no right to it: nothing is seen, nothing changes.
import { type Agent, type Json, type Owner, send, signIn, slot } from "./calendar.ts";
import type { Attack, Checks } from "./checks.ts";
import { startServer } from "./servers.ts";

/** Stands in every text of the victim's calendar. */
const marker = "ONLY-FOR-THE-OWNER";

interface Victim {
  readonly owner: Owner;
  readonly agent: Agent;
  /** What stands for the parameters of paths. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
}

async function makeVictim(port: number): Promise<Victim> {
  const owner = await signIn(port, "victim@example.com");
  const agent = await owner.agent({ name: marker, priority: 1 });
  const other = await owner.agent({ name: `${marker}-2`, priority: 50 });
  const gated = await owner.agent({ name: `${marker}-3`, requires_consent: true });
  const texts = { title: marker, metadata: { marker }, invitee: { name: marker } };
  const { json: booking } = await agent.call("POST", "/v1/bookings", { ...slot(24), ...texts });
  const { json: hold } = await agent.call("POST", "/v1/bookings", {
    ...slot(26),
    mode: "hold",
    title: marker,
  });
  const counters = `/v1/bookings/${booking.booking_id}/counter`;
  const { json: counter } = await other.call("POST", counters, { proposed: [slot(30)], note: marker });
  const asked = { action_type: "x", summary: marker, evidence: { marker } };
  const { json: approval } = await agent.call("POST", "/v1/approvals", asked);
  const { json: consent } = await gated.call("POST", "/v1/bookings", { ...slot(40), title: marker });
  const mail = { to: other.made.mailbox_address, subject: marker, body_text: marker };
  const { json: sent } = await agent.call("POST", "/v1/mailbox/send", mail);
  const hook = { event_type: "*", url: `http://127.0.0.1:9/${marker}` };
  const { json: webhook } = await owner.call("POST", "/v1/dashboard/webhooks", hook);
  await owner.call("POST", "/v1/dashboard/suppressions", { address: "kept@victim.example", reason: marker });
  const { json: audit } = await agent.call("GET", "/v1/audit?limit=100");
  const bookings = [booking.booking_id, hold.booking_id, consent.hold_id];
  return {
    owner,
    agent,
    ids: {
      booking_id: bookings,
      hold_id: bookings,
      counter_id: [counter.counter_id],
      approval_id: [approval.approval_id],
      consent_request_id: [consent.consent_request_id],
      message_id: [sent.message_id],
      sub_id: [webhook.sub_id],
      agent_id: [agent.id],
      event_id: audit.events.slice(0, 3).map((event: Json) => event.event_id),
      address: ["kept@victim.example"],
    },
  };
}

/** All that the owner sees, and how long the audit chain is. */
async function pictureOf({ owner, agent }: Victim): Promise<string> {
  const lists = ["bookings", "approvals", "consents", "agents", "webhooks", "rules", "mail", "suppressions"];
  const seen = await Promise.all(lists.map((list) => owner.call("GET", `/v1/dashboard/${list}`)));
  const head = await agent.call("GET", "/v1/audit/head");
  return JSON.stringify([seen.map(({ text }) => text), head.json.seq]);
}

/** Of any route, so far as it takes such fields. */
const body = {
  decision: "approved",
  note: "x",
  body_text: "x",
  slot_index: 0,
  proposed: [slot(31)],
  name: "x",
  scopes: [],
};

/** What tells nothing of anybody: keys are public, and who asks for an address names it. */
const isPublic = (path: string): boolean => /signatures-directory|jwks/.test(path);

async function tryRoutes(checks: Checks, port: number, victim: Victim, intruder: Owner): Promise<void> {
  const [agent, powerless] = [await intruder.agent(), await intruder.agent({ scopes: [] })];
  const callers: Readonly<Record<string, Record<string, string>>> = {
    "an agent of another calendar": { authorization: `Bearer ${agent.key}` },
    "an owner of another calendar": { cookie: intruder.cookie },
    "an agent without a scope": { authorization: `Bearer ${powerless.key}` },
    nobody: {},
    "a key as a session": { cookie: `${intruder.cookie.split("=")[0]}=${victim.agent.key}` },
    "a session as a key": { authorization: `Bearer ${victim.owner.cookie.split("=")[1]}` },
  };
  const { json: document } = await send(port, "GET", "/openapi.json");
  let tried = 0;
  for (const [template, methods] of Object.entries<object>(document.paths)) {
    if (/^\/v1\/(dev|auth)/.test(template)) {
      continue;
    }
    const paths = [...template.matchAll(/\{(\w+)\}/g)].reduce<readonly string[]>(
      (made, [parameter, name]) =>
        made.flatMap((path) =>
          (victim.ids[name ?? ""] ?? []).map((id) => path.replace(parameter, encodeURIComponent(id))),
        ),
      [template],
    );
    const hasId = template.includes("{");
    for (const method of Object.keys(methods).filter((each) => hasId || each === "get")) {
      for (const path of paths) {
        tried += 1;
        const answers = await Promise.all(
          Object.entries(callers).map(async ([who, headers]) => ({
            who,
            ...(await send(port, method.toUpperCase(), path, {
              headers,
              ...(method === "get" ? {} : { body }),
            })),
          })),
        );
        const wrong = answers.filter(
          ({ status, text }) =>
            status >= 500 ||
            text.includes(marker) ||
            (hasId && status < 400 && !isPublic(path) && !path.includes("suppressions")),
        );
        checks.that(
          `${method} ${template} shows nobody else anything`,
          wrong.length === 0,
          wrong.map(({ who, status, text }) => `${who}: ${status} ${text.slice(0, 100)}`),
        );
      }
    }
  }
  checks.that("each kind of id was tried", tried > 50, tried);
}

/** Ids of the other calendar in places that are no path. */
async function tryReferences(checks: Checks, victim: Victim, intruder: Agent): Promise<void> {
  const { ids } = victim;
  const [booking, message] = [ids.booking_id?.[0], ids.message_id?.[0]];
  const about = { to: "x@example.org", subject: "s", body_text: "b" };
  for (const [what, more] of [
    ["a booking", { booking_id: booking }],
    ["a message", { in_reply_to: message }],
  ] as const) {
    const { status } = await intruder.call("POST", "/v1/mailbox/send", { ...about, ...more });
    checks.that(`mail about ${what} of another calendar is refused`, status === 404, status);
  }
  const range = `range_start=${slot(20).start}&range_end=${slot(30).start}`;
  const times = await intruder.call("GET", `/v1/availability?${range}&user_id=${victim.owner.userId}`);
  checks.that("the free times of another calendar are not shown", times.status === 404, times.text);
  for (const path of [
    `/v1/mailbox/messages?booking_id=${booking}`,
    `/v1/audit?resource=${booking}`,
    `/v1/audit?resource=${victim.owner.userId}`,
    "/v1/events?after=0",
  ]) {
    const { status, text } = await intruder.call("GET", path);
    checks.that(`${path.replace(/=\w+$/, "")} tells nothing`, status < 500 && !text.includes(marker), text);
  }
  const claims = {
    agent_id: victim.agent.id,
    user_id: victim.owner.userId,
    priority: 0,
    agent_priority: 0,
    scopes: ["*"],
  };
  const made = await intruder.call("POST", "/v1/bookings", { ...slot(60), ...claims });
  const isOwn =
    made.status >= 400 || (made.json.agent_id === intruder.id && made.json.user_id !== victim.owner.userId);
  checks.that("a body cannot say who sends it", isOwn, made.text);
  for (const name of [
    "x-user-id",
    "x-agent-id",
    "x-forwarded-user",
    "x-original-url",
    "x-http-method-override",
  ]) {
    const value = name === "x-original-url" ? "/v1/dashboard/agents" : victim.owner.userId;
    const { text } = await intruder.call("GET", "/v1/bookings", undefined, { [name]: value });
    checks.that(`the header ${name} changes nothing`, !text.includes(marker), text);
  }
}

/** A key is dead from the moment in which it was ended. */
async function tryEndedKeys(checks: Checks, owner: Owner): Promise<void> {
  for (const [what, end] of [
    ["rotated", (id: string) => owner.call("POST", `/v1/dashboard/agents/${id}/rotate-key`, {})],
    ["revoked", (id: string) => owner.call("DELETE", `/v1/dashboard/agents/${id}`)],
  ] as const) {
    const agent = await owner.agent();
    const { status: ended } = await end(agent.id);
    const { status } = await agent.call("GET", "/v1/agents/me");
    checks.that(`a key that was ${what} opens nothing`, ended < 300 && status === 401, [ended, status]);
  }
}

export const foreignIds: Attack = async (checks) => {
  await using server = await startServer("agentdraft", [
    "--dev",
    "--arbitration-ms=0",
    "--hold-ttl-seconds=900",
  ]);
  const victim = await makeVictim(server.port);
  const missing = Object.entries(victim.ids).filter(
    ([, ids]) => ids.length === 0 || ids.includes(undefined as never),
  );
  checks.that("the victim has one of everything", missing.length === 0, missing);
  const intruder = await signIn(server.port, "intruder@example.com");
  const before = await pictureOf(victim);
  await tryRoutes(checks, server.port, victim, intruder);
  await tryReferences(checks, victim, await intruder.agent());
  const after = await pictureOf(victim);
  checks.that("the victim's calendar is as it was", after === before, after);
  await tryEndedKeys(checks, intruder);
};
