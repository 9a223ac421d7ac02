// The webhooks of a task: set, told without their secrets, taken away.
import { randomUUID } from "node:crypto";
import type { TaskPushNotificationConfig } from "../../../wire/a2a/objects.ts";
import { readCreatePushRequest, readListPushRequest, readPushRequest } from "../../../wire/a2a/read.ts";
import { urlProblem } from "../../engine/webhook-post.ts";
import { ask, canPush, type Face } from "./face.ts";
import { checked, FaceProblem, invalidParam } from "./problems.ts";
import { pushFromA2A, pushToA2A } from "./stored.ts";

/** What no header of HTTP can carry: it would be found out when the first event is told. */
const notInHeaders = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * @param path where the config stands in the request, with a dot at its end
 * @throws {FaceProblem} for one that could never be told: an address where nothing may be sent (a name is judged when something
 * is), or secrets that no header carries
 */
export function checkWebhook(
  { webhooks }: Face,
  { url, token = "", authentication }: TaskPushNotificationConfig,
  path = "",
): void {
  const problem = urlProblem(url, webhooks);
  if (problem !== undefined) {
    throw invalidParam(`${path}url`, problem.replace(/^Push notification URL /, "").replace(/\.$/, ""));
  }
  const { scheme = "", credentials = "" } = authentication ?? {};
  for (const [field, text] of Object.entries({
    token,
    "authentication.scheme": scheme,
    "authentication.credentials": credentials,
  })) {
    if (notInHeaders.test(text)) {
      throw invalidParam(path + field, "holds a character that a header of HTTP cannot carry");
    }
  }
}

function demandPush(face: Face): void {
  if (!canPush(face.agent())) {
    throw new FaceProblem({ name: "PUSH_NOTIFICATION_NOT_SUPPORTED" });
  }
}

export async function createPush(face: Face, params: unknown): Promise<TaskPushNotificationConfig> {
  demandPush(face);
  const { taskId, ...config } = checked((violations) => readCreatePushRequest(params, violations));
  checkWebhook(face, config);
  const { agentId } = face;
  const own = pushFromA2A(config, config.id ?? randomUUID());
  const set = await ask(face, { type: "setPush", agentId, taskId, config: own }, taskId);
  return pushToA2A(taskId, set.config, { secrets: true });
}

export async function getPush(face: Face, params: unknown): Promise<TaskPushNotificationConfig> {
  demandPush(face);
  const { taskId, id } = checked((violations) => readPushRequest(params, violations));
  const { task } = await ask(face, { type: "getTask", agentId: face.agentId, taskId }, taskId);
  const config = task.pushes.find((each) => each.id === id);
  if (config === undefined) {
    const message = "The task has no push notification configuration with this id";
    throw new FaceProblem({ name: "TASK_NOT_FOUND", message, metadata: { taskId, id } });
  }
  return pushToA2A(taskId, config, { secrets: false });
}

export async function listPushes(
  face: Face,
  params: unknown,
): Promise<{
  readonly configs: readonly TaskPushNotificationConfig[];
  readonly nextPageToken: string | undefined;
}> {
  demandPush(face);
  const request = checked((violations) => readListPushRequest(params, violations));
  const { taskId, pageSize = Infinity, pageToken = "0" } = request;
  if (!/^\d{1,4}$/.test(pageToken)) {
    throw invalidParam("pageToken", "is none of this server's");
  }
  const { task } = await ask(face, { type: "getTask", agentId: face.agentId, taskId }, taskId);
  const start = Number(pageToken);
  const page = task.pushes.slice(start, start + pageSize);
  const end = start + page.length;
  return {
    configs: page.map((config) => pushToA2A(taskId, config, { secrets: false })),
    nextPageToken: end < task.pushes.length ? String(end) : undefined,
  };
}

export async function deletePush(face: Face, params: unknown): Promise<object> {
  demandPush(face);
  const { taskId, id } = checked((violations) => readPushRequest(params, violations));
  await ask(face, { type: "deletePush", agentId: face.agentId, taskId, configId: id, form: null }, taskId);
  return {};
}
