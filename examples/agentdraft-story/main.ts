// A story in one command: five agents want one slot of a calendar, a hold expires, a person approves, and the audit trail
// proves it all. Exits non-zero if anything in it did not happen.
import { strict as assert } from "node:assert";
import {
  AgentDraft,
  type AuditEvent,
  Conflict,
  hashEvidence,
  type JwkSet,
  verifyApprovalToken,
  verifyChain,
} from "@x/agentdraft";
import { say, tell, title } from "../story.ts";
import { type MadeAgent, type Owner, signIn, startServer } from "./server.ts";

interface Cast extends MadeAgent {
  readonly client: AgentDraft;
}

const clock = (at: Date | null): string => at?.toISOString().slice(11, 16) ?? "?";

async function race(cast: readonly Cast[], start: Date, end: Date): Promise<void> {
  title("Five agents want the same slot");
  const names = new Map(cast.map(({ agentId, name }) => [agentId, name]));
  const outcomes = await Promise.all(
    cast.map(async ({ name, client }) => {
      try {
        return { name, booking: await client.bookings.commit({ start, end, title: `${name}'s meeting` }) };
      } catch (error) {
        assert(error instanceof Conflict, `${name} lost to another agent, and to nothing else`);
        return { name, lost: error };
      }
    }),
  );
  const winners = outcomes.filter(({ booking }) => booking !== undefined);
  assert.deepEqual(
    winners.map(({ name }) => name),
    [cast[0]?.name],
    "exactly the strongest wins",
  );
  say(`${winners[0]?.name} (rank 1) has ${clock(start)} to ${clock(end)}`);
  for (const { name, lost } of outcomes) {
    if (lost !== undefined) {
      assert.equal(names.get(lost.winningAgentId ?? ""), cast[0]?.name);
      say(
        `${name} was told no: ${names.get(lost.winningAgentId ?? "")} has it, rank ${lost.winningAgentPriority}`,
      );
    }
  }
  for (const { name, client } of cast.slice(1, 3)) {
    const booking = await client.bookings.commitOrNext({ start, end }, { attempts: 5 });
    say(`${name} took the next free slot: ${clock(booking.start)} to ${clock(booking.end)}`);
  }
}

async function holdExpires(holder: Cast, weaker: Cast, start: Date, end: Date): Promise<void> {
  title("A hold expires");
  const hold = await holder.client.bookings.hold({ start, end });
  say(`${holder.name} holds ${clock(start)} to ${clock(end)} and forgets about it`);
  await using events = weaker.client.events.subscribe();
  await events.ready;
  await assert.rejects(weaker.client.bookings.commit({ start, end }), Conflict);
  say(`${weaker.name} is told no while the hold lasts`);
  for await (const event of events) {
    if (event.type === "hold.expired" && event.resource === hold.bookingId) {
      break;
    }
  }
  const booking = await weaker.client.bookings.commit({ start, end });
  assert.equal(booking.status, "COMMITTED");
  say(`the hold expired after a second, and ${weaker.name} has the slot`);
}

async function approval(asker: Cast, owner: Owner, url: string): Promise<void> {
  title("A person approves, and the receipt proves it");
  const evidence = { commit: "a1b2c3d", migrations: 2 };
  const asked = await asker.client.approvals.request("deploy.production", "Ship v2.3.0", { evidence });
  say(`${asker.name} asks: Ship v2.3.0?`);
  const deciding = asker.client.approvals.wait(asked.approvalId, { pollIntervalMs: 100 });
  await owner.decide(asked.approvalId, "approved", "go ahead");
  const { status, receipt, resolution } = await deciding;
  assert(status === "approved" && receipt !== null);
  say(`the owner says ${status}: "${resolution?.note}"`);
  const jwks = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as JwkSet;
  const verified = await verifyApprovalToken(receipt, {
    jwks,
    issuer: url,
    audience: url,
    actionType: "deploy.production",
    evidenceSha256: hashEvidence(evidence),
  });
  assert.deepEqual([verified.subject, verified.agentId], [owner.userId, asker.agentId]);
  say("the receipt is verified without the server: who decided, for whom, about what evidence");
}

async function auditTrail(client: AgentDraft): Promise<void> {
  title("The audit trail");
  const expectHead = await client.audit.head();
  const events: AuditEvent[] = [];
  for await (const event of client.audit.export()) {
    events.push(event);
  }
  const verdict = verifyChain(events, { expectHead });
  assert.deepEqual([verdict.ok, verdict.checked], [true, events.length]);
  say(`${events.length} events, each bound to the one before it: the chain is whole`);

  const text = JSON.stringify(events);
  const at = text.indexOf("rank") === -1 ? text.indexOf('"at":"2') + 6 : text.indexOf("rank");
  const flipped = JSON.parse(`${text.slice(0, at)}${text[at] === "3" ? "4" : "3"}${text.slice(at + 1)}`);
  const found = verifyChain(flipped, { expectHead });
  assert(!found.ok);
  say(`with one byte of a copy changed, event ${found.firstBadSeq} is found out: ${found.problem}`);
}

async function story(url: string): Promise<void> {
  const owner = await signIn(url, "owner@example.com");
  const cast: Cast[] = [];
  for (const [index, name] of ["assistant", "recruiter", "sales", "support", "newsletter"].entries()) {
    const made = await owner.createAgent(name, index + 1);
    cast.push({ ...made, client: new AgentDraft({ apiKey: made.apiKey, baseUrl: url }) });
  }
  const [assistant, recruiter, sales] = cast;
  assert(assistant !== undefined && recruiter !== undefined && sales !== undefined);
  say(`five agents of one calendar: ${cast.map(({ name }) => name).join(", ")}, strongest first`);
  const tomorrow = Math.ceil(Date.now() / 86_400_000) + 1;
  const at = (hour: number, minute = 0): Date =>
    new Date((tomorrow * 24 + hour) * 3_600_000 + minute * 60_000);
  try {
    await race(cast, at(10), at(10, 30));
    await holdExpires(recruiter, sales, at(15), at(15, 30));
    await approval(assistant, owner, url);
    await auditTrail(assistant.client);
  } finally {
    await Promise.all(cast.map(({ client }) => client.close()));
  }
}

await tell("AgentDraft: one calendar, many agents", async ({ runs }) => {
  await using server = runs(await startServer("--dev", "--hold-ttl-seconds=1"));
  const url = `http://${server.address}`;
  say(`x-agentdraft runs on ${url} (process ${server.pid})`);
  await story(url);
});
