// Schedules over JSON-RPC; the admin's and the REST routes take the same way.
import { randomUUID } from "node:crypto";
import type { CommandOf, ScheduleChanges, WantedTiming } from "../../rules/model/commands.ts";
import type { Schedule } from "../../rules/model/entities.ts";
import { ask, type Surface } from "../context.ts";
import { iso } from "../encode.ts";
import { badMember } from "../errors.ts";
import type { Fields } from "../fields.ts";
import { readMetadata } from "../messages.ts";
import { type Methods, requestOf } from "./methods.ts";

const idForm = { min: 1, max: 128 };
const textForm = { min: 1, max: 10_000 };
const mostFires = 1_000_000_000;

export function scheduleMethods(
  surface: Surface,
): Pick<
  Methods,
  | "createSchedule"
  | "listSchedules"
  | "getSchedule"
  | "updateSchedule"
  | "deleteSchedule"
  | "previewSchedule"
  | "runSchedule"
> {
  const { encode, names } = surface;
  const { rpc } = names;

  const firingsOf = ({ firings }: Schedule): Record<string, unknown> =>
    rpc({
      firings: firings.map(({ taskId, scheduledMs, firedMs }) =>
        rpc({ taskId, scheduledFor: iso(scheduledMs), firedAt: iso(firedMs) }),
      ),
    });

  return {
    async createSchedule({ caller, fields }) {
      const command = creation(fields, caller.nodeId, "agent");
      return encode.schedule((await ask(surface, caller, command)).schedule);
    },

    async listSchedules({ caller }) {
      const { schedules } = await ask(surface, caller, { type: "listSchedules", nodeId: caller.nodeId });
      return rpc({ schedules: schedules.map(encode.schedule) });
    },

    async getSchedule({ caller, fields }) {
      const { schedule } = await ask(surface, caller, {
        type: "getSchedule",
        nodeId: caller.nodeId,
        scheduleId: scheduleIdOf(fields),
      });
      return { ...encode.schedule(schedule), ...firingsOf(schedule) };
    },

    async updateSchedule({ caller, fields }) {
      const { schedule } = await ask(surface, caller, {
        type: "updateSchedule",
        nodeId: caller.nodeId,
        scheduleId: scheduleIdOf(fields),
        changes: changesOf(fields),
      });
      return encode.schedule(schedule);
    },

    async deleteSchedule({ caller, fields }) {
      const { scheduleId } = await ask(surface, caller, {
        type: "deleteSchedule",
        nodeId: caller.nodeId,
        scheduleId: scheduleIdOf(fields),
      });
      return rpc({ deleted: true, scheduleId });
    },

    async runSchedule({ caller, fields }) {
      const { schedule } = await ask(surface, caller, {
        type: "runSchedule",
        nodeId: caller.nodeId,
        scheduleId: scheduleIdOf(fields),
      });
      return { ...encode.schedule(schedule), ...firingsOf(schedule) };
    },

    async previewSchedule({ caller, fields }) {
      const { schedule, firings } = await ask(surface, caller, {
        type: "previewSchedule",
        nodeId: caller.nodeId,
        timing: timingOf(fields),
        timezone: zoneOf(fields) ?? "UTC",
        count: fields.optionalWhole("count", { min: 1, max: 100 }) ?? 5,
      });
      const { timing, phrase, timezone } = schedule;
      return rpc({
        schedule: phrase,
        cronExprs: timing.kind === "cron" ? timing.expressions : null,
        intervalSeconds: timing.kind === "interval" ? timing.seconds : null,
        fireAt: timing.kind === "once" ? iso(timing.atMs) : null,
        timezone,
        firings: firings.map(iso),
      });
    },
  };
}

/** The command that makes a schedule of what a body says. */
export function creation(
  fields: Fields,
  nodeId: string,
  createdBy: "agent" | "owner",
): CommandOf<"createSchedule"> {
  const timing = timingOf(fields);
  const messageText = fields.text("messageText", textForm);
  const timezone = zoneOf(fields) ?? "UTC";
  const description = fields.optionalText("description", { max: 2_000 }) ?? null;
  const maxFires = fields.optionalWhole("maxFires", { min: 1, max: mostFires }) ?? null;
  const metadata = readMetadata(fields);
  const request = requestOf(
    fields,
    "schedule",
    timing,
    messageText,
    timezone,
    description,
    maxFires,
    metadata,
  );
  return {
    type: "createSchedule",
    nodeId,
    scheduleId: randomUUID(),
    createdBy,
    messageText,
    timing,
    timezone,
    description,
    maxFires,
    metadata,
    request,
  };
}

const scheduleIdOf = (fields: Fields): string => fields.text("scheduleId", idForm);

const zoneOf = (fields: Fields): string | undefined => fields.optionalText("timezone", { max: 64 });

function timingOf(fields: Fields): WantedTiming {
  const cronExprs = fields.optionalTexts("cronExprs", { most: 10, max: 200 }) ?? null;
  if (cronExprs?.length === 0) {
    throw badMember("cronExprs", "must be a list of 1 to 10 expressions");
  }
  return {
    phrase: fields.optionalText("schedule", { max: 500 }) ?? null,
    cronExprs,
    fireAt: fields.optionalText("fireAt", { max: 64 }) ?? null,
  };
}

function changesOf(fields: Fields): ScheduleChanges {
  const timing = timingOf(fields);
  const isTimed = timing.phrase !== null || timing.cronExprs !== null || timing.fireAt !== null;
  const has = (name: Parameters<Fields["has"]>[0]): boolean => fields.has(name);
  return {
    timing: isTimed ? timing : undefined,
    messageText: fields.optionalText("messageText", textForm),
    timezone: zoneOf(fields),
    description: has("description")
      ? (fields.optionalText("description", { max: 2_000 }) ?? null)
      : undefined,
    maxFires: has("maxFires")
      ? (fields.optionalWhole("maxFires", { min: 1, max: mostFires }) ?? null)
      : undefined,
    status: fields.optionalChoice("status", ["active", "paused"]),
    metadata: has("metadata") ? readMetadata(fields) : undefined,
  };
}
