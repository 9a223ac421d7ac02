// Tasks that are there: one, a page of them, the end of one.
import type { Task as A2ATask, ListTasksResponse } from "../../../wire/a2a/objects.ts";
import { pageSizes, readListRequest, readTaskRequest } from "../../../wire/a2a/read.ts";
import { writeTimestamp } from "../../../wire/a2a/timestamps.ts";
import type { Task } from "../../rules/model/entities.ts";
import { ask, type Face } from "./face.ts";
import { checked, invalidParam } from "./problems.ts";
import { stateFromA2A, taskToA2A, viewOf } from "./stored.ts";

export async function getTask(face: Face, params: unknown): Promise<A2ATask> {
  const { id, historyLength } = checked((violations) => readTaskRequest(params, violations));
  const { task } = await ask(face, { type: "getTask", agentId: face.agentId, taskId: id }, id);
  return taskToA2A(task, viewOf(task), { historyLength });
}

export async function cancelTask(face: Face, params: unknown): Promise<A2ATask> {
  const { id } = checked((violations) => readTaskRequest(params, violations));
  const { task } = await ask(face, { type: "cancelTask", agentId: face.agentId, taskId: id }, id);
  return taskToA2A(task);
}

/** Where a page ends: behind the task with this time of its status and this id. */
interface Place {
  readonly statusMs: number;
  readonly taskId: string;
}

/** The newest status first; among equal ones the greater id. */
const byPlace = (one: Place, other: Place): number =>
  other.statusMs - one.statusMs || (one.taskId < other.taskId ? 1 : one.taskId > other.taskId ? -1 : 0);

export async function listTasks(face: Face, params: unknown): Promise<ListTasksResponse> {
  const request = checked((violations) => readListRequest(params, violations));
  const {
    contextId = null,
    status,
    pageSize = pageSizes.usual,
    pageToken,
    includeArtifacts = false,
  } = request;
  const behind = pageToken === undefined ? undefined : readPlace(pageToken);
  const { tasks } = await ask(face, { type: "listTasks", agentId: face.agentId, contextId });
  const state = status && stateFromA2A(status);
  const { statusTimestampAfter: after = -Infinity } = request;
  const found = tasks.filter(
    (task) => (state === undefined || task.state === state) && task.statusMs >= after,
  );
  const left = behind === undefined ? found : found.filter((task) => byPlace(behind, task) < 0);
  const page = left.toSorted(byPlace).slice(0, pageSize);
  const showing = {
    historyLength: request.historyLength ?? 0,
    artifacts: includeArtifacts,
    emptyArtifacts: includeArtifacts,
  };
  return {
    tasks: page.map((task) => taskToA2A(task, viewOf(task), showing)),
    nextPageToken: left.length > page.length ? writePlace(page.at(-1)) : "",
    pageSize,
    totalSize: found.length,
  };
}

function writePlace(task: Task | undefined): string {
  const place = task === undefined ? [] : [writeTimestamp(task.statusMs), task.taskId];
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** @throws {FaceProblem} for a token that no list has given */
function readPlace(token: string): Place {
  try {
    const place: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    const [time, taskId]: readonly unknown[] = Array.isArray(place) ? place : [];
    const statusMs = typeof time === "string" ? Date.parse(time) : Number.NaN;
    if (typeof taskId === "string" && !Number.isNaN(statusMs)) {
      return { statusMs, taskId };
    }
  } catch {
    // As any other text.
  }
  throw invalidParam("pageToken", "is none of this server's");
}
