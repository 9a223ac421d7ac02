// The methods of the dialect: requests become commands of the rules, replies become answers.
import {
  HttpProblem,
  type HttpRequest,
  isRefusal,
  type RpcMethod,
  rpcMethod,
  rpcStream,
  type SseStream,
} from "@x/core/service";
import { methods } from "../../../wire/dialect.ts";
import { writeHandlerHeaders } from "../../../wire/handler-headers.ts";
import { shownId } from "../../../wire/uuid.ts";
import { resolveTarget } from "../../engine/webhook-post.ts";
import type { CommandOf, Replies } from "../../rules/model/commands.ts";
import type { PushConfig } from "../../rules/model/entities.ts";
import { agentOf, ask, type Surface } from "../context.ts";
import { encodeEvent, encodePush, encodeSubmitted, encodeTask } from "./encode.ts";
import { badWebhook, pushNotFound, pushUnsupported, unimplemented } from "./errors.ts";
import {
  contextParams,
  contextsParams,
  deletePushParams,
  feedbackParams,
  type GivenPush,
  getParams,
  listPushParams,
  type SendParams,
  sendParams,
  setPushParams,
  taskParams,
} from "./shapes.ts";

export function dialectMethods(
  surface: Surface,
  agentId: string,
): Readonly<Record<string, RpcMethod<undefined>>> {
  const { engine } = surface;

  const demandPushes = (): void => {
    if (agentOf(surface, agentId).config.pushNotifications !== true) {
      throw pushUnsupported();
    }
  };

  const readPush = async (given: GivenPush): Promise<PushConfig> => {
    demandPushes();
    const target = await resolveTarget(given.url, surface.webhooks);
    if ("problem" in target) {
      throw badWebhook(target.problem);
    }
    const { id, url, token, authentication } = given;
    return {
      id,
      form: "bindu",
      url,
      ...(token === undefined ? {} : { token }),
      ...(authentication === undefined ? {} : { authentication }),
    };
  };

  const sending = async (
    { message: given, configuration }: SendParams,
    request: HttpRequest,
    stream: boolean,
  ): Promise<Replies["send"]> => {
    if (surface.isStopping()) {
      throw new HttpProblem(503, "unavailable", "the core is stopping", { headers: { "retry-after": "1" } });
    }
    const { contextId, taskId, messageId, role, parts, referenceTaskIds, metadata } = given;
    const push = configuration.pushNotificationConfig;
    const command: CommandOf<"send"> = {
      type: "send",
      agentId,
      taskId,
      create: "if_absent",
      contextId,
      newContextId: contextId,
      message: {
        messageId,
        role,
        parts,
        ...(referenceTaskIds === undefined ? {} : { referenceTaskIds }),
        metadata: metadata ?? {},
      },
      direct: false,
      stream,
      headers: writeHandlerHeaders({
        messageId,
        traceparent: request.header("traceparent"),
        tracestate: request.header("tracestate"),
      }),
      ...(push === undefined ? {} : { push: await readPush(push) }),
    };
    return await ask(surface, command, { signal: request.signal });
  };

  const getTask = async (taskId: string): Promise<Replies["getTask"]["task"]> =>
    (await ask(surface, { type: "getTask", agentId, taskId })).task;

  const ownPush = async (taskId: string): Promise<object> => {
    const known = await engine.run({ type: "getTask", agentId, taskId });
    const pushes = isRefusal(known) ? [] : known.task.pushes;
    const config = pushes.find(({ form }) => form === "bindu");
    if (config === undefined) {
      throw pushNotFound();
    }
    return { id: taskId, push_notification_config: encodePush(config) };
  };

  return {
    [methods.send]: rpcMethod({
      params: sendParams,
      async handle({ params, request }) {
        const { task } = await sending(params, request, false);
        if (params.configuration.blocking !== true) {
          return encodeTask(task);
        }
        let latest = task;
        const { blockingMs: withinMs } = surface;
        for await (const look of engine.follow(task, { withinMs, signal: request.signal })) {
          latest = look.task;
        }
        return encodeTask(latest);
      },
    }),

    [methods.stream]: rpcStream({
      params: sendParams,
      async open({ params, request }): Promise<SseStream> {
        const { task } = await sending(params, request, true);
        request.setHeader("content-type", "text/event-stream; charset=utf-8");
        request.setHeader("cache-control", "no-cache");
        return {
          async *open(signal) {
            yield { data: JSON.stringify(encodeSubmitted(task)) };
            for await (const look of engine.follow(task, { after: task.lastN, signal })) {
              for (const event of look.events) {
                yield { data: JSON.stringify(encodeEvent(look.task, event)) };
              }
            }
          },
        };
      },
    }),

    [methods.getTask]: rpcMethod({
      params: getParams,
      handle: async ({ params }) => encodeTask(await getTask(params.taskId), params.historyLength),
    }),

    [methods.listTasks]: rpcMethod({
      async handle({ envelope }) {
        if (envelope.params === undefined) {
          throw new HttpProblem(400, "invalid_params", "params: an object is required");
        }
        const { tasks } = await ask(surface, { type: "listTasks", agentId, contextId: null });
        return tasks.map((task) => encodeTask(task));
      },
    }),

    [methods.cancelTask]: rpcMethod({
      params: taskParams,
      handle: async ({ params }) =>
        encodeTask((await ask(surface, { type: "cancelTask", agentId, ...params })).task),
    }),

    [methods.resubscribe]: rpcMethod({
      handle() {
        throw unimplemented(methods.resubscribe);
      },
    }),

    [methods.feedback]: rpcMethod({
      params: feedbackParams,
      async handle({ params: { taskId, feedback, rating = null, metadata = {} } }) {
        await ask(surface, {
          type: "addFeedback",
          agentId,
          taskId,
          feedback: { feedback, rating, metadata },
        });
        return { message: "Feedback submitted successfully", task_id: taskId };
      },
    }),

    [methods.listContexts]: rpcMethod({
      params: contextsParams,
      async handle({ params: { historyLength = 0 } }) {
        const { contexts } = await ask(surface, { type: "listContexts", agentId });
        const shown = historyLength > 0 ? contexts.slice(0, historyLength) : contexts;
        return shown.map(({ contextId, taskIds }) => ({
          context_id: shownId(contextId),
          task_count: taskIds.length,
          task_ids: taskIds,
        }));
      },
    }),

    [methods.clearContext]: rpcMethod({
      params: contextParams,
      async handle({ params: { contextId } }) {
        await ask(surface, { type: "clearContext", agentId, contextId });
        return { message: `Context ${contextId} and all associated tasks cleared successfully` };
      },
    }),

    [methods.setPush]: rpcMethod({
      params: setPushParams,
      async handle({ params: { id: taskId, pushNotificationConfig } }) {
        demandPushes();
        await getTask(taskId);
        const config = await readPush(pushNotificationConfig);
        await ask(surface, { type: "setPush", agentId, taskId, config });
        return { id: taskId, push_notification_config: encodePush(config) };
      },
    }),

    [methods.getPush]: rpcMethod({
      params: taskParams,
      handle({ params }) {
        demandPushes();
        return ownPush(params.taskId);
      },
    }),

    [methods.listPush]: rpcMethod({
      params: listPushParams,
      handle({ params }) {
        demandPushes();
        return ownPush(params.id);
      },
    }),

    [methods.deletePush]: rpcMethod({
      params: deletePushParams,
      async handle({ params: { id: taskId, pushNotificationConfigId: configId } }) {
        demandPushes();
        const found = await ownPush(taskId);
        await ask(surface, { type: "deletePush", agentId, taskId, configId, form: "bindu" });
        return found;
      },
    }),
  };
}
