// The calls of A2A 1.0 with their parameters, as a client makes them.

import type { Metadata, SendMessageRequest, TaskPushNotificationConfig, TaskState } from "./objects.ts";

export type A2ACall =
  | { readonly method: "SendMessage"; readonly params: SendMessageRequest }
  | { readonly method: "SendStreamingMessage"; readonly params: SendMessageRequest }
  | {
      readonly method: "GetTask";
      readonly params: { readonly id: string; readonly historyLength?: number | undefined };
    }
  | { readonly method: "ListTasks"; readonly params: ListTasksParams }
  | {
      readonly method: "CancelTask";
      readonly params: { readonly id: string; readonly metadata?: Metadata | undefined };
    }
  | { readonly method: "SubscribeToTask"; readonly params: { readonly id: string } }
  | { readonly method: "CreateTaskPushNotificationConfig"; readonly params: TaskPushNotificationConfig }
  | {
      readonly method: "GetTaskPushNotificationConfig" | "DeleteTaskPushNotificationConfig";
      readonly params: { readonly taskId: string; readonly id: string };
    }
  | { readonly method: "ListTaskPushNotificationConfigs"; readonly params: { readonly taskId: string } };

/** What a list is asked for. */
export interface ListTasksParams {
  readonly contextId?: string | undefined;
  readonly status?: TaskState | undefined;
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
  readonly historyLength?: number | undefined;
  /** ISO 8601 with an offset; tasks whose status is as new as that, or newer. */
  readonly statusTimestampAfter?: string | undefined;
  readonly includeArtifacts?: boolean | undefined;
}
