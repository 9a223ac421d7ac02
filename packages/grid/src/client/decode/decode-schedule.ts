// Schedules.

import type { GridDeletedSchedule, GridSchedule } from "../../types.ts";
import { type Read, withRaw } from "./reading.ts";

export function scheduleOf(read: Read, value: unknown): GridSchedule {
  const from = read(value);
  return withRaw(from, {
    id: from.text("id") ?? from.id("scheduleId"),
    messageText: from.text("messageText") ?? "",
    description: from.text("description"),
    schedule: from.text("schedule"),
    cronExprs: from.has("cronExprs") ? from.texts("cronExprs") : null,
    intervalSeconds: from.number("intervalSeconds"),
    fireAt: from.text("fireAt"),
    timezone: from.text("timezone") ?? "UTC",
    status: from.text("status") ?? "active",
    maxFires: from.number("maxFires"),
    fireCount: from.number("fireCount") ?? 0,
    nextFireAt: from.text("nextFireAt"),
    lastFiredAt: from.text("lastFiredAt"),
    createdBy: from.text("createdBy") ?? "agent",
    metadata: from.object("metadata") ?? {},
    createdAt: from.text("createdAt"),
    updatedAt: from.text("updatedAt"),
  });
}

/** What a deletion is answered, by a server that may answer nothing. */
export function deletedScheduleOf(read: Read, value: unknown, scheduleId: string): GridDeletedSchedule {
  const from = read(value ?? {});
  return withRaw(from, {
    deleted: !from.has("deleted") || from.flag("deleted"),
    scheduleId: from.text("scheduleId") ?? scheduleId,
  });
}
