// What happens to a task, frame by frame: the task first, then its numbered events, each durable before it is told.
import { gapKey } from "../../../wire/a2a/names.ts";
import type { StreamResponse } from "../../../wire/a2a/objects.ts";
import { readTaskRequest } from "../../../wire/a2a/read.ts";
import { isBusy, isTerminal, type TaskEvent } from "../../rules/model/entities.ts";
import { ask, canStream, type Face, type FaceCaller, lastEventId, mostStreams } from "./face.ts";
import { endsTurn, type Look, taskAt } from "./moments.ts";
import { checked, FaceProblem } from "./problems.ts";
import type { Submitted } from "./sends.ts";
import { eventToA2A, saysWhy, taskToA2A, viewOf } from "./stored.ts";

/** What one event of a stream holds, its JSON, and its number. */
export interface Frame {
  readonly n: number;
  readonly response: StreamResponse;
  readonly json: string;
}

export type Frames = (signal: AbortSignal) => AsyncGenerator<Frame, void>;

/** Where a stream begins and ends. */
interface Span {
  readonly taskId: string;
  /** Behind which event; `undefined` for the task as it is now. */
  readonly after: number | undefined;
  /** The turn whose end is that of the stream. */
  readonly turn?: number;
  /** Goes on past waits that are over. */
  readonly isResumed?: boolean;
}

/** Takes the place of a stream. @throws {FaceProblem} where there is none, or nothing can be read as it grows */
export function demandStream(face: Face, { request: { signal } }: FaceCaller): void {
  if (!canStream(face.agent())) {
    throw new FaceProblem({ name: "UNSUPPORTED_OPERATION", message: "This agent does not stream" });
  }
  if (face.openStreams >= mostStreams) {
    throw new FaceProblem({ name: "TOO_MANY_STREAMS" }, { "retry-after": "5" });
  }
  if (!signal.aborted) {
    // From now on, for its message may wait long for its turn, until its answer is through or its caller gone.
    face.openStreams += 1;
    signal.addEventListener("abort", () => {
      face.openStreams -= 1;
    });
  }
}

/** The frames of the turn that a message began, from its beginning or from behind what the caller has seen. */
export function sendFrames(face: Face, caller: FaceCaller, { task, turn, replayed }: Submitted): Frames {
  const { taskId } = task;
  const begin = task.turns[turn]?.after ?? 0;
  const seen = replayed ? lastEventId(caller.request) : undefined;
  return (signal) => frames(face, { taskId, after: Math.max(begin, seen ?? 0), turn }, signal);
}

/** @throws {FaceProblem} for a task that is not there, or over */
export async function subscribeFrames(face: Face, caller: FaceCaller, params: unknown): Promise<Frames> {
  const { id: taskId } = checked((violations) => readTaskRequest(params, violations));
  const after = lastEventId(caller.request);
  const { task } = await ask(face, { type: "getTask", agentId: face.agentId, taskId }, taskId);
  if (isTerminal(task.state) && (after === undefined || after >= task.lastN)) {
    const message = "Task is in a terminal state";
    throw new FaceProblem({ name: "UNSUPPORTED_OPERATION", message, metadata: { taskId } });
  }
  return (signal) => frames(face, { taskId, after, isResumed: after !== undefined }, signal);
}

async function* frames(face: Face, span: Span, signal: AbortSignal): AsyncGenerator<Frame, void> {
  const { agentId, engine } = face;
  const { taskId } = span;
  const look = await ask(face, { type: "readEvents", agentId, taskId, after: 0 }, taskId);
  const begin = opening(look, span);
  yield begin;
  let last = begin.n;
  if (isOverAlready(look, span, last)) {
    return;
  }
  const looks = engine.follow({ agentId, taskId }, { after: look.task.lastN, signal, isOver: () => false });
  for (
    let next: Look | undefined = look;
    next !== undefined;
    next = (await looks.next()).value ?? undefined
  ) {
    for (const event of next.events) {
      if (event.n <= last) {
        continue;
      }
      last = event.n;
      const message = event.kind === "status" && saysWhy(next.task, event) ? event.messageAt : undefined;
      const said = message === undefined ? undefined : next.task.history[message];
      yield frame(event.n, eventToA2A(next.task, event, said));
      if (isOver(next, span, event)) {
        return;
      }
    }
  }
}

/** The first frame: the task where the reader goes on, or as it is now where events between are missing. */
function opening(look: Look, { after, turn }: Span): Frame {
  const { task, firstN } = look;
  const { lastN } = task;
  if (after === undefined) {
    return taskFrame(lastN, look, viewOf(task));
  }
  if (after > lastN || (after < lastN && firstN > after + 1)) {
    const gap = { after, resumedAt: lastN, reason: after > lastN ? "unknown" : "trimmed" };
    return taskFrame(lastN, look, viewOf(task), { [gapKey]: gap });
  }
  return taskFrame(after, look, taskAt(look, after, turn));
}

/** Whether nothing follows the first frame: of a task that waits, its next turn does. */
function isOverAlready({ task, events }: Look, { turn }: Span, n: number): boolean {
  if (turn === undefined) {
    return isTerminal(task.state) && n >= task.lastN;
  }
  const after = task.turns[turn]?.after ?? 0;
  return events.some((event) => event.n > after && event.n <= n && endsTurn(event));
}

/** Whether nothing follows an event that was told. */
function isOver({ task }: Look, { turn, isResumed }: Span, event: TaskEvent): boolean {
  if (!endsTurn(event)) {
    return false;
  }
  if (turn !== undefined) {
    return event.n > (task.turns[turn]?.after ?? 0);
  }
  return (
    isTerminal(event.state) || (isResumed === true ? event.n === task.lastN && !isBusy(task.state) : true)
  );
}

/** Official clients take at most 4 MiB for one event; the envelope of JSON-RPC needs a little. */
const longestFrame = 4 * 1024 * 1024 - 4_096;

const frame = (n: number, response: StreamResponse): Frame => ({
  n,
  response,
  json: JSON.stringify(response),
});

/** A task that is too long for an event is told without its history, then without its artifacts: GetTask has them. */
function taskFrame(n: number, { task }: Look, view: ReturnType<typeof viewOf>, metadata?: object): Frame {
  const showings = [{}, { historyLength: 0 }, { historyLength: 0, artifacts: false }];
  let made: Frame | undefined;
  for (const showing of showings) {
    const all = metadata === undefined ? showing : { ...showing, metadata: { ...metadata } };
    made = frame(n, { task: taskToA2A(task, view, all) });
    if (Buffer.byteLength(made.json) <= longestFrame) {
      break;
    }
  }
  return made ?? frame(n, { task: taskToA2A(task, view) });
}
