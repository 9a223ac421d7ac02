// Schedules: messages of a node to itself, at a time or again and again.
import { uuid5 } from "@x/core";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { Firing, Schedule, Task } from "../model/entities.ts";
import { isRefusal, type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import { keptOf, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { unknownNode } from "../nodes/nodes.ts";
import { compareIds } from "../order.ts";
import { requestConflict, requestKey } from "../request-ids.ts";
import { change } from "../tasks/changes.ts";
import { freshSide } from "../tasks/parties.ts";
import { firingAfter, newestFiring, readTiming } from "./timing.ts";

const mostSchedules = 100;
const rememberedFirings = 20;

const unknownSchedule = (scheduleId: string): Refusal =>
  refuse("schedule_not_found", `there is no schedule ${scheduleId.slice(0, 64)}`);

export function createSchedule(
  state: State,
  command: CommandOf<"createSchedule">,
  turn: GridTurn,
): Replies["createSchedule"] | Refusal {
  const { nodeId, scheduleId, createdBy, request } = command;
  const { wall } = turn.now;
  if (!state.nodes.has(nodeId)) {
    return unknownNode(nodeId);
  }
  const key = requestKey(request.requestId ?? "");
  const kept = request.requestId === null ? undefined : keptOf(state, nodeId, key, wall);
  if (kept !== undefined) {
    const schedule = state.schedules.get(kept.id);
    if (kept.fingerprint !== request.fingerprint) {
      return requestConflict();
    }
    return schedule === undefined ? unknownSchedule(kept.id) : { schedule };
  }
  const read = readTiming(command.timing, command.timezone, wall);
  if (isRefusal(read)) {
    return read;
  }
  if ((state.schedulesOf.get(nodeId)?.size ?? 0) >= mostSchedules) {
    return refuse("schedule_limit", `a node has at most ${mostSchedules} schedules`);
  }
  const { messageText, description, maxFires, metadata } = command;
  const schedule: Schedule = {
    ...read,
    scheduleId,
    nodeId,
    messageText,
    description,
    status: "active",
    maxFires,
    fireCount: 0,
    nextMs: firingAfter(read.timing, read.timezone, wall),
    lastFiredMs: null,
    createdBy,
    metadata,
    createdMs: wall,
    updatedMs: wall,
    firings: [],
  };
  turn.emit({
    type: "schedule.set",
    schedule,
    kept:
      request.requestId === null
        ? undefined
        : { nodeId, key, fingerprint: request.fingerprint, id: scheduleId, seq: null, atMs: wall },
  });
  return { schedule };
}

export function listSchedules(
  state: State,
  { nodeId }: CommandOf<"listSchedules">,
): Replies["listSchedules"] {
  const schedules = [...(state.schedulesOf.get(nodeId) ?? [])].flatMap((id) => state.schedules.get(id) ?? []);
  schedules.sort((a, b) => a.createdMs - b.createdMs || compareIds(a.scheduleId, b.scheduleId));
  return { schedules };
}

export function getSchedule(
  state: State,
  { nodeId, scheduleId }: Pick<CommandOf<"getSchedule">, "nodeId" | "scheduleId">,
): Replies["getSchedule"] | Refusal {
  const schedule = state.schedules.get(scheduleId);
  return schedule?.nodeId === nodeId ? { schedule } : unknownSchedule(scheduleId);
}

/** A schedule that its node may change. */
function ownSchedule(
  state: State,
  asked: Pick<CommandOf<"getSchedule">, "nodeId" | "scheduleId">,
): Replies["getSchedule"] | Refusal {
  const found = getSchedule(state, asked);
  return !isRefusal(found) && found.schedule.createdBy === "owner"
    ? refuse("schedule_read_only", "only the owner changes what the owner has made")
    : found;
}

export function updateSchedule(
  state: State,
  command: CommandOf<"updateSchedule">,
  turn: GridTurn,
): Replies["updateSchedule"] | Refusal {
  const found = ownSchedule(state, command);
  if (isRefusal(found)) {
    return found;
  }
  const { schedule: before } = found;
  const { timing: wanted, status = before.status, timezone: zone, ...rest } = command.changes;
  const { wall } = turn.now;
  const timezone = zone ?? before.timezone;
  // Another zone alone is checked like a new schedule, and names other instants from now on.
  const read =
    wanted === undefined && zone === undefined
      ? before
      : readTiming(wanted ?? wantedOf(before), timezone, wall);
  if (isRefusal(read)) {
    return read;
  }
  const { timing, timezone: effective, phrase } = read;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const changed: Schedule = { ...before, ...given, timing, timezone: effective, phrase, updatedMs: wall };
  const schedule = settled(changed, status, before, wall);
  if (isRefusal(schedule)) {
    return schedule;
  }
  turn.emit({ type: "schedule.set", schedule });
  return { schedule };
}

/** What a schedule was made of. */
function wantedOf({ phrase, timing }: Schedule): Parameters<typeof readTiming>[0] {
  const none = { phrase: null, cronExprs: null, fireAt: null };
  if (phrase !== null) {
    return { ...none, phrase };
  }
  return timing.kind === "cron"
    ? { ...none, cronExprs: timing.expressions }
    : { ...none, fireAt: new Date(timing.kind === "once" ? timing.atMs : 0).toISOString() };
}

/** The status that follows from a change, and the next firing with it. */
function settled(
  schedule: Schedule,
  wanted: Schedule["status"],
  before: Schedule,
  nowMs: number,
): Schedule | Refusal {
  const { timing, timezone, maxFires, fireCount } = schedule;
  if (maxFires !== null && maxFires <= fireCount) {
    return { ...schedule, status: "completed", nextMs: null };
  }
  if (wanted !== "active") {
    return { ...schedule, status: wanted, nextMs: null };
  }
  const isUnchanged = before.status === "active" && before.timing === timing && before.timezone === timezone;
  const nextMs = isUnchanged ? before.nextMs : firingAfter(timing, timezone, nowMs);
  return nextMs === null
    ? refuse("schedule_in_past", "this schedule has no firing left")
    : { ...schedule, status: "active", nextMs };
}

export function deleteSchedule(
  state: State,
  command: CommandOf<"deleteSchedule">,
  turn: GridTurn,
): Replies["deleteSchedule"] | Refusal {
  const found = ownSchedule(state, command);
  if (isRefusal(found)) {
    return found;
  }
  turn.emit({ type: "schedule.deleted", scheduleId: command.scheduleId });
  return { scheduleId: command.scheduleId };
}

/** When a schedule would fire, without making it. */
export function previewSchedule(
  _state: State,
  { timing, timezone, count }: CommandOf<"previewSchedule">,
  turn: GridTurn,
): Replies["previewSchedule"] | Refusal {
  const read = readTiming(timing, timezone, turn.now.wall);
  if (isRefusal(read)) {
    return read;
  }
  const firings: number[] = [];
  let at = firingAfter(read.timing, read.timezone, turn.now.wall);
  while (at !== null && firings.length < count) {
    firings.push(at);
    at = firingAfter(read.timing, read.timezone, at);
  }
  return { schedule: read, firings };
}

/** Fires a schedule once more, now: it counts, and what comes next stays as it is. */
export function runSchedule(
  state: State,
  command: CommandOf<"runSchedule">,
  turn: GridTurn,
  rules: GridRules,
): Replies["runSchedule"] | Refusal {
  const found = getSchedule(state, command);
  if (isRefusal(found)) {
    return found;
  }
  const { wall } = turn.now;
  return { schedule: fire(found.schedule, wall, found.schedule.nextMs, turn, rules) };
}

/** A firing is due, or was missed: the newest of those that were, unless that is too old. */
export function fireDue(state: State, scheduleId: string, turn: GridTurn, rules: GridRules): void {
  const schedule = state.schedules.get(scheduleId);
  if (schedule === undefined || schedule.nextMs === null) {
    return;
  }
  const { wall } = turn.now;
  const { timing, timezone, nextMs } = schedule;
  const newest = newestFiring(timing, timezone, nextMs, wall, rules.missedGraceMs);
  const after = firingAfter(timing, timezone, Math.max(wall, nextMs));
  if (newest !== undefined) {
    fire(schedule, newest, after, turn, rules);
    return;
  }
  turn.emit({
    type: "schedule.set",
    schedule: { ...schedule, nextMs: after, status: after === null ? "completed" : schedule.status },
  });
}

/** One firing: the task of a node to itself, and the schedule that has fired. */
function fire(
  schedule: Schedule,
  scheduledMs: number,
  nextMs: number | null,
  turn: GridTurn,
  rules: GridRules,
): Schedule {
  const { scheduleId, nodeId, maxFires } = schedule;
  const { wall } = turn.now;
  const fireCount = schedule.fireCount + 1;
  const isOver =
    (nextMs === null && schedule.status === "active") || (maxFires !== null && fireCount >= maxFires);
  const taskId = uuid5("dns", `${scheduleId} firing ${fireCount}`);
  const metadata = JSON.stringify({
    scheduleId,
    fireCount,
    scheduledFor: new Date(scheduledMs).toISOString(),
  });
  const firing: Firing = { taskId, scheduledMs, firedMs: wall };
  const fired: Schedule = {
    ...schedule,
    fireCount,
    lastFiredMs: wall,
    nextMs: isOver ? null : nextMs,
    status: isOver ? "completed" : schedule.status,
    firings: [...schedule.firings, firing].slice(-rememberedFirings),
  };
  turn.emit({ type: "schedule.set", schedule: fired });
  const task: Task = {
    taskId,
    contextId: scheduleId,
    senderNodeId: nodeId,
    receiverNodeId: nodeId,
    state: "submitted",
    stateAtMs: wall,
    stateSeq: null,
    lastSeq: 0,
    sender: freshSide,
    receiver: freshSide,
    checkIn: null,
    metadata,
    parentTaskId: null,
    createdMs: wall,
    updatedMs: wall,
    failAtMs: null,
  };
  const parts = JSON.stringify([{ type: "text", text: schedule.messageText }]);
  const message = { messageId: null, parts, metadata, fingerprint: "" };
  change(task, { actor: "sender", message, notifyType: "schedule" }, turn, rules);
  return fired;
}
