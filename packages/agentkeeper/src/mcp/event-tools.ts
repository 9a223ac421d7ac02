// What has happened, and what happens next: a part of the replayable watch, read up to now.
import { FailedPreconditionError, hasCode, InvalidArgumentError } from "@x/core/base";
import { defineTool, listAnswer, type Tool, type ToolContext } from "@x/core/mcp";
import { z } from "zod";
import type { AgentKeeperClient } from "../client/client.ts";
import type { WatchEvent } from "../types.ts";
import { payloadFields } from "./encode.ts";

/** Events that one call looks at. */
const mostLookedAt = 10_000n;

const service = "agentkeeper";
const operation = "recent_events";

/** Where a model has read to: a place in one store. */
interface Place {
  readonly logId: string;
  readonly sequence: bigint;
}

const writePlace = ({ logId, sequence }: Place): string => `${sequence}@${logId}`;

function readPlace(cursor: string): Place {
  const [, sequence, logId] = /^(\d{1,19})@(.+)$/.exec(cursor) ?? [];
  if (sequence === undefined || logId === undefined) {
    throw new InvalidArgumentError(`${operation}: cursor must be the next_cursor of an answer before`, {
      service,
      operation,
    });
  }
  return { logId, sequence: BigInt(sequence) };
}

interface Reading {
  readonly from: Place;
  /** Read up to here; what is behind it is waited for. */
  readonly upTo: bigint;
  readonly limit: number;
  /** Without a cursor the newest are wanted, else the next. */
  readonly keep: "first" | "last";
  readonly waitMs: number;
  fits(event: WatchEvent): boolean;
}

interface Read {
  readonly events: readonly WatchEvent[];
  readonly sequence: bigint;
}

export function eventTools(client: AgentKeeperClient): readonly Tool[] {
  return [
    defineTool({
      name: "recent_events",
      description:
        "Lists what has happened, oldest first: agents that came and went, leases, leaders, tasks, policies. Without a cursor the newest events; with the next_cursor of an answer before, what came after it, so that nothing is missed. wait_seconds waits for a first event if there is none yet.",
      input: {
        topics: z
          .array(z.string())
          .default([])
          .describe("Only topics that begin with one of these, such as task. or agent.died; all by default"),
        limit: z.number().int().min(1).max(500).default(50),
        cursor: z.string().nullish().describe("The next_cursor of an answer before"),
        wait_seconds: z.number().min(0).max(3_600).default(0),
      },
      hints: { readOnlyHint: true },
      async run({ topics, limit, cursor, wait_seconds }, context) {
        const { signal, progress } = context;
        const { logId, lastSequence, firstRetainedSequence } = await client.getServerInfo({ signal });
        const fits = (event: WatchEvent): boolean =>
          topics.length === 0 || topics.some((prefix) => topicOf(event).startsWith(prefix));
        const back = topics.length === 0 ? BigInt(limit) : mostLookedAt;
        const earliest = lastSequence > back ? lastSequence - back : 0n;
        const oldest = firstRetainedSequence > 0n ? firstRetainedSequence - 1n : 0n;
        const from = cursor ? readPlace(cursor) : { logId, sequence: earliest > oldest ? earliest : oldest };
        if (from.logId !== logId) {
          throw gap();
        }
        const end = from.sequence + mostLookedAt;
        const reading: Reading = {
          from,
          upTo: lastSequence < end ? lastSequence : end,
          limit,
          keep: cursor ? "first" : "last",
          waitMs: wait_seconds * 1_000,
          fits,
        };
        if (wait_seconds > 0) {
          progress("waiting for events", wait_seconds);
        }
        const { events, sequence } = await read(client, reading, context);
        return listAnswer({
          name: "events",
          items: events.map((event) => ({
            topic: topicOf(event),
            sequence: event.sequence,
            at: event.timestamp,
            ...payloadFields(event.payload),
          })),
          cursorAfter: (index) =>
            writePlace({ logId: from.logId, sequence: events[index]?.sequence ?? sequence }),
          next: writePlace({ logId: from.logId, sequence }),
        });
      },
    }),
  ];
}

const topicOf = (event: WatchEvent): string => (event.topic === "other" ? event.newerTopic : event.topic);

const gap = (cause?: unknown): FailedPreconditionError =>
  new FailedPreconditionError(
    `${operation}: what came after this cursor is no longer known, or the daemon has another store now. Call without a cursor, and look at the present state of what you follow.`,
    { service, operation, code: "resume_gap", cause },
  );

async function read(
  client: AgentKeeperClient,
  { from, upTo, limit, keep, waitMs, fits }: Reading,
  { signal }: ToolContext,
): Promise<Read> {
  const events: WatchEvent[] = [];
  let { sequence } = from;
  const isDone = (): boolean =>
    keep === "first" && events.length >= limit
      ? true
      : sequence >= upTo && (waitMs === 0 || events.length > 0);
  if (sequence === upTo && isDone()) {
    return { events, sequence };
  }
  // All topics, for only so it is known when everything up to now was seen.
  const watch = client.watch([], undefined, { cursor: sequence, logId: from.logId, signal });
  const patience = waitMs > 0 ? setTimeout(() => watch.cancel(), waitMs) : undefined;
  try {
    for await (const event of watch) {
      sequence = event.sequence;
      if (fits(event)) {
        events.push(event);
        if (events.length > limit) {
          events.shift();
        }
      }
      if (isDone()) {
        break;
      }
    }
    return { events, sequence };
  } catch (error) {
    throw hasCode(error, "resume_gap") ? gap(error) : error;
  } finally {
    clearTimeout(patience);
    await watch.close();
  }
}
