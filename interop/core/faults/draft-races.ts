// Races at a calendar: one answer per idempotency key however often it is sent at once, and one winner per slot, the strongest.
import { type Agent, type Answer, type Json, signIn } from "./calendar.ts";
import { type Attack, type Checks, scaled } from "./checks.ts";
import { createScratch, startServer } from "./servers.ts";

const atOnce = 40;
const slotMs = 300_000;

/** A slot of five minutes, each of another number, from tomorrow on. */
function numbered(index: number): { readonly start: string; readonly end: string } {
  const first = Math.ceil(Date.now() / slotMs) * slotMs + 36 * 3_600_000;
  const at = (place: number): string => new Date(first + place * slotMs).toISOString();
  return { start: at(index), end: at(index + 1) };
}

type Send = (path: string, body: object, key: string) => Promise<Answer>;

async function raceKeys(checks: Checks, send: Send): Promise<void> {
  const mail = { to: "x@example.org", subject: "s", body_text: "b" };
  const rounds = scaled(3, 40);
  const made: Readonly<Record<string, (round: number) => readonly [path: string, body: object]>> = {
    commit: (round) => ["/v1/bookings", numbered(2 * round)],
    hold: (round) => ["/v1/bookings", { ...numbered(2 * round + 1), mode: "hold" }],
    message: () => ["/v1/mailbox/send", mail],
    approval: () => ["/v1/approvals", { action_type: "a", summary: "s" }],
  };
  for (const [kind, requestOf] of Object.entries(made)) {
    const odd: unknown[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const [path, body] = requestOf(round);
      const answers = await Promise.all(
        Array.from({ length: atOnce }, () => send(path, body, `${kind}-${round}`)),
      );
      const ids = new Set(answers.map(({ json }) => json.booking_id ?? json.message_id ?? json.approval_id));
      if (ids.size !== 1 || answers.some(({ status }) => status !== 201)) {
        odd.push([[...ids], [...new Set(answers.map(({ status }) => status))]]);
      }
    }
    checks.that(`one ${kind} of a key that is sent ${atOnce} times at once`, odd.length === 0, odd);
  }
}

async function bookingsOf({ call }: Agent): Promise<Json[]> {
  const all: Json[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { json } = await call("GET", `/v1/bookings?limit=100${cursor && `&cursor=${cursor}`}`);
    all.push(...json.bookings);
    cursor = json.next_cursor;
  }
  return all;
}

export const draftRaces: Attack = async (checks) => {
  using scratch = createScratch();
  await using server = await startServer("agentdraft", [
    "--dev",
    "--fsync=never",
    "--mail-quota-per-day=1000000",
    "--hold-ttl-seconds=900",
    "--bump-window-seconds=3600",
    `--data-dir=${scratch.fresh()}`,
  ]);
  const owner = await signIn(server.port, "owner@example.com");
  const agent = await owner.agent();
  await raceKeys(checks, (path, body, key) => agent.call("POST", path, body, { "idempotency-key": key }));

  const strongest = await owner.agent({ priority: 1 });
  const weaker = await Promise.all([5, 3, 2, 4, 3].map((priority) => owner.agent({ priority })));
  const contenders = [...weaker.slice(0, 2), strongest, ...weaker.slice(2)];
  const rounds = scaled(12, 150);
  const slots = Array.from({ length: rounds }, (_, round) => numbered(200 + round));
  const alone: string[] = [];
  for (const each of slots) {
    const answers = await Promise.all(contenders.map(({ call }) => call("POST", "/v1/bookings", each)));
    alone.push(...answers.filter(({ status }) => status >= 500).map(({ text }) => text));
  }
  checks.that("no contender's commit brings a 5xx", alone.length === 0, alone);
  const live = (await bookingsOf(strongest)).filter(({ status }) => status === "COMMITTED");
  const wrong = slots.filter(({ start }) => {
    const there = live.filter((booking) => Date.parse(booking.start) === Date.parse(start));
    return there.length !== 1 || there[0].agent_id !== strongest.id;
  });
  checks.that("each slot has one winner, the strongest", wrong.length === 0, {
    wrong: wrong.length,
    of: rounds,
  });
};
