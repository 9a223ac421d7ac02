// The faults that the suite plants: what a broken daemon would have answered or logged.
import { type Pages as AnyPages, type Plant as AnyPlant, NoPlace } from "../../shared/histories/planted.ts";
import type { CallLine, EventLine, Fields, FinalState } from "./recording.ts";

export type Pages = AnyPages<CallLine, EventLine, FinalState>;
export type Plant = AnyPlant<CallLine, EventLine, FinalState>;

/** The first that fits, or an error: a recording without a place for a fault proves nothing. */
export function find<Item>(items: readonly Item[], fits: (item: Item) => boolean, what: string): Item {
  const found = items.find(fits);
  if (found === undefined) {
    throw new NoPlace(`the recording has no ${what}`);
  }
  return found;
}

export const isGrant = (call: CallLine): boolean => call.op === "acquire" && call.result?.acquired === true;
const endOf = (call: CallLine): number => call.end ?? Number.POSITIVE_INFINITY;

/** Puts other lines in the place of some. */
function change(pages: Pages, from: CallLine, to: CallLine): void {
  pages.calls = pages.calls.map((call) => (call === from ? to : call));
}

/** Changes events wherever they were seen; an event that becomes `undefined` is gone. */
function rewriteEvents(pages: Pages, rewrite: (event: EventLine) => EventLine | undefined): void {
  const all = (events: readonly EventLine[]): EventLine[] => events.flatMap((event) => rewrite(event) ?? []);
  pages.log = all(pages.log);
  pages.seen = pages.seen.map(({ file, events }) => ({ file, events: all(events) }));
}

/** Takes an event out and moves up those behind it, so that no gap is left. */
function closeUp(pages: Pages, sequence: number): void {
  rewriteEvents(pages, (event) =>
    event.sequence === sequence
      ? undefined
      : event.sequence > sequence
        ? { ...event, sequence: event.sequence - 1 }
        : event,
  );
  pages.final = { ...pages.final, sequence: pages.final.sequence - 1 };
}

/** The event of an answered release, whose key is granted again afterwards: its loss contradicts both. */
function release(pages: Pages): EventLine {
  const answered = new Set(
    pages.calls
      .filter((call) => call.op === "release" && call.outcome === "ok")
      .map((call) => call.args.token),
  );
  const lastGrant = new Map<string | undefined, number>();
  for (const event of pages.log) {
    if (event.topic === "lease.acquired") {
      lastGrant.set(event.key, event.sequence);
    }
  }
  return find(
    pages.log,
    (event) =>
      event.topic === "lease.released" &&
      answered.has(event.token) &&
      (lastGrant.get(event.key) ?? 0) > event.sequence,
    "answered release of a key that is granted again",
  );
}

/** A grant late in the recording that no unanswered call can have made earlier, and a finished one before it. */
function twoGrants(pages: Pages): { earlier: CallLine; later: CallLine } {
  const firstOfToken = new Map<string | undefined, CallLine>();
  for (const call of pages.calls) {
    if (isGrant(call) && !firstOfToken.has(call.result?.token)) {
      firstOfToken.set(call.result?.token, call);
    }
  }
  const grants = [...firstOfToken.values()];
  const isSure = (grant: CallLine): boolean =>
    !pages.calls.some(
      (call) =>
        call.outcome === "unknown" &&
        call.op === "acquire" &&
        call.args.key === grant.args.key &&
        call.args.agent === grant.args.agent,
    );
  // In a recording with restarts: behind the first of them, where a counter that starts anew would show.
  const restart = pages.daemon.filter((line) => line.kind === "run")[1]?.ready ?? 0;
  const later = find(
    grants.toReversed(),
    (grant) => isSure(grant) && grant.start > restart,
    "grant that is certain",
  );
  const key = later.args.key;
  const earlier = find(
    grants.toReversed(),
    (grant) => grant.args.key !== key && endOf(grant) < later.start - 1_000_000 && isSure(grant),
    "earlier grant on another key",
  );
  return { earlier, later };
}

/** Gives a grant another token, in all that ever showed it. */
function retoken(pages: Pages, key: string | undefined, from: string | undefined, to: string): void {
  const named = <Named extends Fields>(fields: Named): Named =>
    fields.token === from ? { ...fields, token: to } : fields;
  pages.calls = pages.calls.map((call) =>
    call.args.key === key
      ? {
          ...call,
          args: named(call.args),
          ...(call.result === undefined ? {} : { result: named(call.result) }),
        }
      : call,
  );
  rewriteEvents(pages, (event) => (event.key === key ? named(event) : event));
}

export const tokenPlants: readonly Plant[] = [
  {
    name: "a token is used again on another key",
    seenBy: ["tokens-history", "tokens-log"],
    unseenBy: ["leases"],
    plant(pages) {
      const { earlier, later } = twoGrants(pages);
      retoken(pages, later.args.key, later.result?.token, earlier.result?.token ?? "");
    },
  },
  {
    name: "a token is lower than those before it",
    seenBy: ["tokens-history", "tokens-log"],
    unseenBy: ["leases"],
    plant(pages) {
      const { later } = twoGrants(pages);
      const first = find(pages.log, (event) => event.topic === "lease.acquired", "grant");
      retoken(pages, later.args.key, later.result?.token, String(BigInt(first.token ?? "") - 1n));
    },
  },
];

export const plants: readonly Plant[] = [
  {
    name: "a key is granted to two agents at once",
    seenBy: ["leases"],
    plant(pages) {
      const { calls } = pages;
      // Refused in between the grant and an answered renewal of another agent.
      const second = find(
        calls,
        (refusal) =>
          refusal.op === "acquire" &&
          refusal.result?.acquired === false &&
          calls.some(
            (grant) =>
              isGrant(grant) &&
              grant.args.key === refusal.args.key &&
              endOf(grant) < refusal.start &&
              calls.some(
                (renewal) =>
                  renewal.op === "renew" &&
                  renewal.outcome === "ok" &&
                  renewal.args.token === grant.result?.token &&
                  renewal.start > endOf(refusal),
              ),
          ),
        "refusal under a lease that is renewed afterwards",
      );
      change(pages, second, { ...second, result: { acquired: true, token: "1" } });
    },
  },
  {
    name: "a stale token is renewed",
    seenBy: ["leases"],
    plant(pages) {
      const stale = find(
        pages.calls,
        (call) =>
          call.op === "renew" &&
          call.outcome === "refused" &&
          pages.calls.some(
            (release) =>
              release.op === "release" &&
              release.outcome === "ok" &&
              release.args.token === call.args.token &&
              endOf(release) < call.start,
          ),
        "refused renewal of a released lease",
      );
      const { code: _, ...renewed } = stale;
      change(pages, stale, { ...renewed, outcome: "ok", result: { token: stale.args.token ?? "" } });
    },
  },
  ...tokenPlants,
  {
    name: "the resource takes a write under a stale token",
    seenBy: ["fenced-writes"],
    plant(pages) {
      const stale = find(
        pages.calls,
        (call) =>
          call.op === "fencedWrite" &&
          call.result?.accepted === false &&
          pages.calls.some(
            (other) =>
              other.op === "fencedWrite" &&
              other.result?.accepted === true &&
              other.args.key === call.args.key &&
              BigInt(other.args.token ?? "0") > BigInt(call.args.token ?? "0") &&
              endOf(other) < call.start,
          ),
        "write that was refused after one under a greater token",
      );
      change(pages, stale, { ...stale, result: { accepted: true } });
    },
  },
  {
    name: "an event is lost",
    seenBy: ["sequence", "sightings"],
    plant(pages) {
      const { sequence } = release(pages);
      rewriteEvents(pages, (event) => (event.sequence === sequence ? undefined : event));
    },
  },
  {
    name: "an event is lost without a gap",
    seenBy: ["acknowledged", "ends"],
    unseenBy: ["sequence", "sightings"],
    plant(pages) {
      closeUp(pages, release(pages).sequence);
    },
  },
  {
    name: "a watcher is shown what the log does not have",
    seenBy: ["sightings"],
    unseenBy: ["sequence"],
    plant(pages) {
      const place = pages.log.findIndex((event) => event.topic === "lease.renewed");
      pages.log = pages.log.map((event, index) =>
        index === place ? { ...event, expiresAt: (event.expiresAt ?? 0) + 1 } : event,
      );
    },
  },
  {
    name: "a claim has a second winner",
    seenBy: ["tasks"],
    plant(pages) {
      const { calls } = pages;
      const isEnd = (call: CallLine): boolean => call.op === "completeTask" && call.outcome === "ok";
      for (const claim of calls.filter((call) => call.op === "claimTask" && call.outcome === "ok")) {
        const { task } = claim.result ?? {};
        const end = calls.find(
          (call) => isEnd(call) && call.args.task === task && call.args.agent === claim.args.agent,
        );
        const second = calls.find(
          (call) =>
            call.op === "claimTask" &&
            call.outcome === "unknown" &&
            call.args.agent !== claim.args.agent &&
            call.start < (end?.start ?? 0) &&
            endOf(call) > endOf(claim) &&
            endOf(call) < (end?.start ?? 0),
        );
        if (second !== undefined) {
          const { code: _, ...call } = second;
          const won: CallLine = {
            ...call,
            start: endOf(claim) + 1,
            outcome: "ok",
            result: claim.result ?? {},
          };
          change(pages, second, won);
          return;
        }
      }
      throw new NoPlace("the recording has no claim with another claimer beside it");
    },
  },
  {
    name: "a task is lost",
    seenBy: ["task-flow"],
    unseenBy: ["sequence", "sightings"],
    plant(pages) {
      closeUp(pages, find(pages.log, (event) => event.topic === "task.requeued", "requeued task").sequence);
    },
  },
  {
    name: "a term has two leaders",
    seenBy: ["terms", "elections"],
    plant(pages) {
      const second = find(
        pages.calls,
        (call) => call.op === "campaign" && call.outcome === "ok" && BigInt(call.result?.term ?? "0") > 1n,
        "second term",
      );
      const { group } = second.args;
      const term = second.result?.term;
      const lowered = <Named extends Fields>(fields: Named): Named =>
        fields.term === term ? { ...fields, term: String(BigInt(term ?? "0") - 1n) } : fields;
      pages.calls = pages.calls.map((call) =>
        call.args.group === group && call.result !== undefined
          ? { ...call, result: lowered(call.result) }
          : call,
      );
      rewriteEvents(pages, (event) => (event.group === group ? lowered(event) : event));
    },
  },
  {
    name: "a later candidate is preferred to an earlier one",
    seenBy: ["elections"],
    plant(pages) {
      const campaigns = pages.calls.filter((call) => call.op === "campaign" && call.outcome === "ok");
      for (const change of pages.log.filter(
        ({ topic, term }) => topic === "leader.changed" && term !== "1",
      )) {
        const { group, term, leader } = change;
        const shown = campaigns.filter((call) => call.args.group === group && call.result?.term === term);
        const first = campaigns.find((call) => call.args.group === group && call.args.agent === leader);
        // Entered behind the successor, for good, and still waits after the change.
        const passedOver = shown.find(
          ({ args }) =>
            first !== undefined &&
            args.agent !== leader &&
            pages.calls.every(
              (call) =>
                call.args.group !== group ||
                call.args.agent !== args.agent ||
                (call.op === "campaign" && call.start > endOf(first)),
            ) &&
            campaigns.some(
              (call) =>
                call.args.group === group &&
                call.args.agent === args.agent &&
                BigInt(call.result?.term ?? "0") < BigInt(term ?? "0"),
            ),
        );
        if (leader !== "" && passedOver !== undefined) {
          const other = passedOver.args.agent ?? "";
          pages.calls = pages.calls.map((call) =>
            shown.includes(call) ? { ...call, result: { ...call.result, leader: other } } : call,
          );
          rewriteEvents(pages, (event) =>
            event.sequence === change.sequence ? { ...event, leader: other } : event,
          );
          return;
        }
      }
      throw new NoPlace("the recording has no change of leadership with another candidate waiting");
    },
  },
  {
    name: "what follows from a death does not follow at once",
    seenBy: ["deaths"],
    plant(pages) {
      const place = lastFollower(pages.log);
      const [follower, other] = [pages.log[place], pages.log[place + 1]];
      if (follower === undefined || other === undefined) {
        throw new NoPlace("the recording has no death with anything behind it");
      }
      // The two change places.
      const swapped = new Map([
        [follower.sequence, { ...other, sequence: follower.sequence, occurredAt: follower.occurredAt }],
        [other.sequence, { ...follower, sequence: other.sequence }],
      ]);
      rewriteEvents(pages, (event) => swapped.get(event.sequence) ?? event);
    },
  },
  {
    name: "a change was asked for by nobody",
    seenBy: ["causes"],
    plant(pages) {
      const grant = find(
        pages.calls,
        (call) => isGrant(call) && pages.calls.every((other) => other === call || !sameHold(other, call)),
        "grant whose agent asked once",
      );
      pages.calls = pages.calls.filter((call) => call !== grant);
    },
  },
  {
    name: "a list differs from the log",
    seenBy: ["lists"],
    plant(pages) {
      const [first, ...others] = pages.final.tasks;
      pages.final = { ...pages.final, tasks: [{ ...first, retryCount: 77 }, ...others] };
    },
  },
  {
    name: "a lease expires before its time",
    seenBy: ["time"],
    plant(pages) {
      const expired = find(
        pages.log,
        (event) =>
          event.topic === "lease.expired" &&
          pages.calls.some((call) => isGrant(call) && call.result?.token === event.token) &&
          !pages.calls.some(
            (call) =>
              call.outcome === "unknown" && call.args.key === event.key && call.args.agent === event.agent,
          ),
        "expiry of an answered grant of whose time all is known",
      );
      pages.calls = pages.calls.map((call) =>
        call.result?.token === expired.token ? { ...call, args: { ...call.args, ttlSeconds: 600 } } : call,
      );
    },
  },
];

function sameHold(one: CallLine, other: CallLine): boolean {
  return one.op === "acquire" && one.args.key === other.args.key && one.args.agent === other.args.agent;
}

/** Where the last event stands that follows from a death, with another event behind it; -1 without one. */
function lastFollower(log: readonly EventLine[]): number {
  const leaders = new Map<string | undefined, string | undefined>();
  const holders = new Map<string | undefined, string | undefined>();
  let dying: string | undefined;
  let followers = 0;
  for (const [index, event] of log.entries()) {
    const follows =
      dying !== undefined &&
      (event.topic === "task.requeued" ||
        (event.topic === "lease.released" && holders.get(event.key) === dying) ||
        (event.topic === "leader.changed" && leaders.get(event.group) === dying));
    if (!follows && followers > 0) {
      return index - 1;
    }
    followers = follows ? followers + 1 : 0;
    if (!follows) {
      dying = event.topic === "agent.died" ? event.agent : undefined;
    }
    holders.set(event.key, event.agent);
    leaders.set(event.group, event.leader);
  }
  return -1;
}
