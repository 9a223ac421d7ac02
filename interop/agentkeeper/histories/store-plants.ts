// Faults of a daemon that lets its store or its machine's clock be tampered with, as its recordings would show them.
import { NoPlace } from "../../shared/histories/planted.ts";
import type { DaemonLine } from "../../shared/histories/recording.ts";
import { find, isGrant, type Pages, type Plant } from "./plants.ts";
import type { CallLine, EventLine } from "./recording.ts";

type LineOf<Kind extends DaemonLine["kind"]> = Extract<DaemonLine, { readonly kind: Kind }>;

function linesOf<Kind extends DaemonLine["kind"]>(pages: Pages, kind: Kind): LineOf<Kind>[] {
  return pages.daemon.filter((line): line is LineOf<Kind> => line.kind === kind);
}

/** What the machine's clock showed at a moment, in milliseconds. */
function wallAt(pages: Pages, micros: number): number {
  const clocks = linesOf(pages, "clock");
  const near =
    clocks.findLast(({ mono }) => mono <= micros) ?? find(clocks, () => true, "reading of the clock");
  return near.wall + (micros - near.mono) / 1_000;
}

function firstOf<Kind extends DaemonLine["kind"]>(pages: Pages, kind: Kind): LineOf<Kind> {
  return find(linesOf(pages, kind), () => true, `line about a ${kind}`);
}

const isGrantOf =
  ({ args, result }: CallLine) =>
  ({ topic, key, token }: EventLine): boolean =>
    topic === "lease.acquired" && key === args.key && token === result?.token;

export const storePlants: readonly Plant[] = [
  {
    name: "a log that was cut is taken for a whole one",
    seenBy: ["acknowledged", "sightings"],
    unseenBy: ["sequence"],
    plant(pages) {
      const { at } = firstOf(pages, "cut");
      const life = linesOf(pages, "run").findLast(({ ended }) => ended !== undefined && ended < at);
      const ended = life?.ended ?? 0;
      const grant = pages.calls.findLast((call) => isGrant(call) && (call.end ?? at) < ended);
      if (grant === undefined) {
        throw new NoPlace("the recording has no grant before its log is cut");
      }
      const first = find(pages.log, isGrantOf(grant), "event of the grant").sequence;
      const forgotten = pages.log.filter(
        ({ sequence, occurredAt }) => sequence >= first && occurredAt < wallAt(pages, ended),
      );
      // What comes next takes their places.
      const kept = pages.log.filter((event) => !forgotten.includes(event));
      pages.log = kept.map((event, index) => ({ ...event, sequence: index + 1 }));
      pages.final = { ...pages.final, sequence: pages.final.sequence - forgotten.length };
    },
  },
  {
    name: "a second daemon serves the directory",
    seenBy: ["acknowledged", "tokens-history"],
    plant(pages) {
      const { at } = firstOf(pages, "second");
      const grant = find(
        pages.calls.toReversed(),
        (call) => isGrant(call) && (call.end ?? at) < at,
        "grant before a second daemon was started",
      );
      const args = { ...grant.args, key: `${grant.args.key}-of-the-second` };
      pages.calls = [...pages.calls, { ...grant, args, start: at, end: at + 1_000 }];
    },
  },
  {
    name: "the daemon follows each jump of its machine's clock",
    seenBy: ["acknowledged", "sequence"],
    plant(pages) {
      const jumps = linesOf(pages, "jump").map(({ start, end, byMs }) => ({
        from: wallAt(pages, start),
        to: wallAt(pages, end),
        byMs,
      }));
      let moved = 0;
      const follow = (event: EventLine): EventLine => {
        const jump = jumps.find(({ from, to }) => event.occurredAt >= from && event.occurredAt <= to);
        moved += jump === undefined ? 0 : 1;
        return { ...event, occurredAt: event.occurredAt + (jump?.byMs ?? 0) };
      };
      pages.log = pages.log.map(follow);
      pages.seen = pages.seen.map(({ file, events }) => ({ file, events: events.map(follow) }));
      if (moved === 0) {
        throw new NoPlace("the recording has no event during a jump");
      }
    },
  },
  {
    name: "tokens are given again after the store was put back",
    seenBy: ["put-back"],
    plant(pages) {
      const afterwards = afterwardsOf(pages);
      const { token = "" } = find(pages.log.toReversed(), ({ topic }) => topic === "lease.acquired", "grant");
      pages.afterwards = { ...afterwards, tokens: [token, ...afterwards.tokens.slice(1)] };
    },
  },
  {
    name: "nobody is told that the store was put back",
    seenBy: ["put-back"],
    plant(pages) {
      pages.afterwards = { ...afterwardsOf(pages), gapTold: false };
    },
  },
];

function afterwardsOf({ afterwards }: Pages): NonNullable<Pages["afterwards"]> {
  if (afterwards === undefined) {
    throw new NoPlace("the recording has no store that was put back");
  }
  return afterwards;
}
