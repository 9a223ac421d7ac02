// The methods of A2A 1.0 for one agent, whichever binding a call comes by.
import type {
  ListTasksResponse,
  SendMessageResponse,
  Task,
  TaskPushNotificationConfig,
} from "../../../wire/a2a/objects.ts";
import { activateExtensions, type Face, type FaceCaller } from "./face.ts";
import { FaceProblem } from "./problems.ts";
import { createPush, deletePush, getPush, listPushes } from "./push-calls.ts";
import { answerSend, submit } from "./sends.ts";
import { demandStream, type Frames, sendFrames, subscribeFrames } from "./streams.ts";
import { cancelTask, getTask, listTasks } from "./task-calls.ts";

export interface UnaryMethod<Result> {
  readonly kind: "unary";
  readonly run: (caller: FaceCaller, params: unknown) => Promise<Result>;
}

export interface StreamMethod {
  readonly kind: "stream";
  readonly open: (caller: FaceCaller, params: unknown) => Promise<Frames>;
}

export type FaceMethod = UnaryMethod<unknown> | StreamMethod;

/** Each with its result. */
export interface FaceMethods {
  readonly SendMessage: UnaryMethod<SendMessageResponse>;
  readonly SendStreamingMessage: StreamMethod;
  readonly SubscribeToTask: StreamMethod;
  readonly GetTask: UnaryMethod<Task>;
  readonly CancelTask: UnaryMethod<Task>;
  readonly CreateTaskPushNotificationConfig: UnaryMethod<TaskPushNotificationConfig>;
  readonly GetTaskPushNotificationConfig: UnaryMethod<TaskPushNotificationConfig>;
  readonly ListTaskPushNotificationConfigs: UnaryMethod<{
    readonly configs: readonly TaskPushNotificationConfig[];
  }>;
  readonly DeleteTaskPushNotificationConfig: UnaryMethod<object>;
  readonly ListTasks: UnaryMethod<ListTasksResponse>;
  readonly GetExtendedAgentCard: UnaryMethod<never>;
}

export function faceMethods(face: Face): FaceMethods {
  const unary = <Result>(run: (face: Face, params: unknown) => Promise<Result>): UnaryMethod<Result> => ({
    kind: "unary",
    async run(caller, params) {
      activateExtensions(face, caller.request, false);
      return await run(face, params);
    },
  });
  const stream = (isSend: boolean, open: StreamMethod["open"]): StreamMethod => ({
    kind: "stream",
    async open(caller, params) {
      demandStream(face, caller);
      activateExtensions(face, caller.request, isSend);
      return await open(caller, params);
    },
  });
  return {
    SendMessage: {
      kind: "unary",
      async run(caller, params) {
        activateExtensions(face, caller.request, true);
        return await answerSend(face, await submit(face, caller, params, "unary"));
      },
    },
    SendStreamingMessage: stream(true, async (caller, params) =>
      sendFrames(face, caller, await submit(face, caller, params, "stream")),
    ),
    SubscribeToTask: stream(false, (caller, params) => subscribeFrames(face, caller, params)),
    GetTask: unary(getTask),
    ListTasks: unary(listTasks),
    CancelTask: unary(cancelTask),
    CreateTaskPushNotificationConfig: unary(createPush),
    GetTaskPushNotificationConfig: unary(getPush),
    ListTaskPushNotificationConfigs: unary(listPushes),
    DeleteTaskPushNotificationConfig: unary(deletePush),
    GetExtendedAgentCard: {
      kind: "unary",
      run: () =>
        Promise.reject(
          new FaceProblem({ name: "UNSUPPORTED_OPERATION", message: "There is no extended agent card" }),
        ),
    },
  };
}
