// A request for a booking, as the rules see it once it has passed the checks that need no calendar.
import { pythonCompactJson, sha256Hex } from "@x/core";
import { isoformat } from "../../../wire/isoformat.ts";
import type { CommandOf } from "../model/commands.ts";
import { bookingFingerprint, keyScope } from "../model/keys.ts";
import type { KeyFacts, Placed } from "../model/records.ts";
import { invalid, type Refusal } from "../model/refusal.ts";
import type { Agent, Booking, Calendar } from "../model/state.ts";
import { writtenJson } from "../model/written-json.ts";
import { type Claim, claimOf } from "./placement.ts";

export type CreateCommand = CommandOf<"createBooking">;

/** A request that passed everything but the table. */
export interface Request {
  readonly command: CreateCommand;
  readonly agent: Agent;
  readonly calendar: Calendar;
  readonly claim: Claim;
  readonly key: KeyFacts | undefined;
}

const minuteMs = 60_000;
const longestMs = 8 * 60 * minuteMs;
const farthestMs = 366 * 24 * 60 * minuteMs;

export function requestOf(
  command: CreateCommand,
  agent: Agent,
  calendar: Calendar,
  key: KeyFacts | undefined,
): Request {
  const { mode, startMs, endMs, bufferBeforeMin, bufferAfterMin } = command;
  const { agentId, priority } = agent;
  const claim = claimOf(calendar, {
    mode,
    agentId,
    priority,
    startMs,
    endMs,
    bufferBeforeMin,
    bufferAfterMin,
  });
  return { command, agent, calendar, claim, key };
}

export function keyOf(command: CreateCommand): KeyFacts | undefined {
  const { idempotencyKey, agentId, mode } = command;
  return idempotencyKey === null
    ? undefined
    : { scope: keyScope(agentId, mode, idempotencyKey), fingerprint: bookingFingerprint(command) };
}

/** What is wrong with a span of time, whenever it is asked for. */
export function spanProblem(startMs: number, endMs: number): Refusal | undefined {
  if (endMs <= startMs) {
    return invalid("end", "end must be after start");
  }
  return endMs - startMs > longestMs ? invalid("end", "a booking lasts 8 hours at most") : undefined;
}

/** What is wrong with a request at any time. */
export function shapeProblem({
  startMs,
  endMs,
  bufferBeforeMin,
  bufferAfterMin,
}: CreateCommand): Refusal | undefined {
  const span = spanProblem(startMs, endMs);
  if (span !== undefined) {
    return span;
  }
  if (bufferBeforeMin < 0 || bufferBeforeMin > 240) {
    return invalid("buffer_before_min", "a buffer is 0 to 240 minutes");
  }
  if (bufferAfterMin < 0 || bufferAfterMin > 240) {
    return invalid("buffer_after_min", "a buffer is 0 to 240 minutes");
  }
  return undefined;
}

/** What is wrong with it now. */
export function timeProblem(
  { startMs, endMs }: Pick<CreateCommand, "startMs" | "endMs">,
  nowMs: number,
): Refusal | undefined {
  if (endMs <= nowMs) {
    return invalid("end", "end must be in the future");
  }
  if (startMs > nowMs + farthestMs) {
    return invalid("start", "start must be within 366 days from now");
  }
  return undefined;
}

/**
 * What a request asks for, with what it takes over from the agent's own hold on the slot; and the hash of what is agreed
 * on then, as receipts and the audit chain state it: that of `hash_evidence`.
 */
export function placedBy(
  { command, claim }: Request,
  from: Pick<Booking, "title" | "invitee" | "metadata"> | undefined,
): { readonly placed: Placed; readonly paramsSha256: string } {
  const { startMs, endMs, bufferBeforeMin, bufferAfterMin } = claim;
  const title = command.title ?? from?.title ?? null;
  const invitee = command.invitee ?? writtenJson(from?.invitee ?? null);
  const metadata = command.metadata ?? writtenJson(from?.metadata ?? null);
  // In the order of the sorted keys.
  const agreed =
    `{"end":"${isoformat(endMs)}","invitee":${invitee?.canonical ?? "null"},"metadata":${metadata?.canonical ?? "{}"},` +
    `"start":"${isoformat(startMs)}","title":${title === null ? "null" : pythonCompactJson(title)}}`;
  return {
    placed: {
      startMs,
      endMs,
      bufferBeforeMin,
      bufferAfterMin,
      title,
      invitee: invitee?.text ?? null,
      metadata: metadata?.text ?? null,
      conferencing: command.conferencing,
    },
    paramsSha256: sha256Hex(agreed),
  };
}
