// A message on its way to a task: read, keyed, submitted, and heard out where its caller waits.
import { randomUUID } from "node:crypto";
import { canonicalJson, parseJson, sha256Hex } from "@x/core";
import { headers } from "../../../wire/a2a/names.ts";
import type { Message, SendMessageRequest, SendMessageResponse } from "../../../wire/a2a/objects.ts";
import { readSendRequest } from "../../../wire/a2a/read.ts";
import { repeatKey } from "../../../wire/a2a/repeat-key.ts";
import { given } from "../../engine/a2a-answer.ts";
import type { Replies } from "../../rules/model/commands.ts";
import type { Task } from "../../rules/model/entities.ts";
import { ask, canPush, type Face, type FaceCaller, handlerHeaders } from "./face.ts";
import { endsTurn, type Look, taskAt } from "./moments.ts";
import { checked, FaceProblem, invalidParam } from "./problems.ts";
import { checkWebhook } from "./push-calls.ts";
import { messageFromA2A, messageToA2A, pushFromA2A, type TaskView, taskToA2A } from "./stored.ts";

/** A message that is durable. */
export interface Submitted extends Pick<Replies["send"], "task" | "turn" | "replayed"> {
  readonly request: SendMessageRequest;
}

/** @throws {FaceProblem} before a task exists, for anything that is wrong */
export async function submit(
  face: Face,
  caller: FaceCaller,
  params: unknown,
  kind: "unary" | "stream",
): Promise<Submitted> {
  if (face.isStopping()) {
    throw new FaceProblem({ name: "UNAVAILABLE", message: "The core is stopping" }, { "retry-after": "1" });
  }
  const request = checked((violations) => readSendRequest(params, violations));
  const { message, configuration, metadata } = request;
  const push = configuration?.taskPushNotificationConfig;
  if (push !== undefined && !canPush(face.agent())) {
    throw new FaceProblem({ name: "PUSH_NOTIFICATION_NOT_SUPPORTED" });
  }
  if (push !== undefined) {
    checkWebhook(face, push, "configuration.taskPushNotificationConfig.");
  }
  const key = keyOf(caller, message);
  const { taskId } = message;
  const reply = await ask(
    face,
    {
      type: "send",
      agentId: face.agentId,
      taskId: taskId ?? randomUUID(),
      create: taskId === undefined ? "always" : "never",
      contextId: message.contextId ?? null,
      newContextId: randomUUID(),
      message: messageFromA2A(message),
      direct: kind === "unary" && configuration?.returnImmediately !== true,
      stream: kind === "stream",
      headers: handlerHeaders(caller, message.messageId),
      ...given({
        metadata,
        push: push && pushFromA2A(push, push.id ?? randomUUID()),
        key:
          key === undefined
            ? undefined
            : { key, hash: sha256Hex(canonicalJson(parseJson(JSON.stringify(message)))) },
      }),
    },
    taskId,
  );
  if (reply.replayed) {
    caller.request.setHeader(headers.replayed, "true");
  }
  return { request, ...reply };
}

function keyOf({ request }: FaceCaller, { messageId }: Message): string | undefined {
  const key = request.header(headers.idempotencyKey);
  if (key !== undefined && (key.length < 1 || key.length > 256)) {
    throw invalidParam("Idempotency-Key", "must be 1 to 256 characters");
  }
  return repeatKey(key, messageId);
}

/** The answer to a send: at once where that was asked for, else when the turn is over, or has taken too long. */
export async function answerSend(
  face: Face,
  { request, task, turn }: Submitted,
): Promise<SendMessageResponse> {
  const { historyLength, returnImmediately = false } = request.configuration ?? {};
  if (returnImmediately) {
    return { task: taskToA2A(task, undefined, { historyLength }) };
  }
  const ended = await turnOver(face, task, turn);
  const message = ended.task.hidden ? directMessage(ended.task) : undefined;
  return message === undefined ? { task: taskToA2A(ended.task, ended.view, { historyLength }) } : { message };
}

/** The task when one of its turns is over, or the time is: as it was then, where another turn has begun since. */
async function turnOver(
  face: Face,
  { taskId, turns }: Task,
  turn: number,
): Promise<{ readonly task: Task; readonly view?: TaskView }> {
  const { agentId, engine } = face;
  const after = turns[turn]?.after ?? 0;
  const isOver = ({ task, events }: Look): boolean => task.turns.length - 1 > turn || events.some(endsTurn);
  const { blockingMs: withinMs } = face;
  let last: Look | undefined;
  for await (const look of engine.follow({ agentId, taskId }, { after, withinMs, isOver })) {
    last = look;
  }
  if (last === undefined) {
    throw new FaceProblem({ name: "TASK_NOT_FOUND", metadata: { taskId } });
  }
  if (last.task.turns.length - 1 === turn) {
    return last;
  }
  const whole = await ask(face, { type: "readEvents", agentId, taskId, after: 0 }, taskId);
  const end = whole.events.find((event) => event.n > after && endsTurn(event));
  return end === undefined ? whole : { task: whole.task, view: taskAt(whole, end.n, turn) };
}

/** What an agent says instead of a task: a message of no task. */
function directMessage(task: Task): Message | undefined {
  const said = task.history.at(-1);
  if (said?.role !== "agent") {
    return undefined;
  }
  const { taskId: _, ...message } = messageToA2A(said, task);
  return message;
}
