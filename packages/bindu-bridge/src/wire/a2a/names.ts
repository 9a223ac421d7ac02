// The names of A2A 1.0 on the wire: methods, their routes below the face, headers, extensions.

/** The 11 methods, with verb and path of the HTTP+JSON binding. The body of a POST holds all that is not in its path. */
export const routes = {
  SendMessage: { verb: "POST", path: "/message:send" },
  SendStreamingMessage: { verb: "POST", path: "/message:stream" },
  GetTask: { verb: "GET", path: "/tasks/{id}" },
  ListTasks: { verb: "GET", path: "/tasks" },
  CancelTask: { verb: "POST", path: "/tasks/{id}:cancel" },
  SubscribeToTask: { verb: "POST", path: "/tasks/{id}:subscribe" },
  CreateTaskPushNotificationConfig: { verb: "POST", path: "/tasks/{taskId}/pushNotificationConfigs" },
  GetTaskPushNotificationConfig: { verb: "GET", path: "/tasks/{taskId}/pushNotificationConfigs/{id}" },
  ListTaskPushNotificationConfigs: { verb: "GET", path: "/tasks/{taskId}/pushNotificationConfigs" },
  DeleteTaskPushNotificationConfig: { verb: "DELETE", path: "/tasks/{taskId}/pushNotificationConfigs/{id}" },
  GetExtendedAgentCard: { verb: "GET", path: "/extendedAgentCard" },
} as const;

export type A2AMethod = keyof typeof routes;

export function isA2AMethod(name: unknown): name is A2AMethod {
  return typeof name === "string" && Object.hasOwn(routes, name);
}

/** Where the face lies below the address of an agent. */
export const facePath = "/a2a";

export const cardPath = "/.well-known/agent-card.json";

/** Header names, in lower case. */
export const headers = {
  version: "a2a-version",
  extensions: "a2a-extensions",
  oldExtensions: "x-a2a-extensions",
  idempotencyKey: "idempotency-key",
  replayed: "idempotent-replayed",
  notificationToken: "x-a2a-notification-token",
  deliveryId: "x-delivery-id",
  eventSequence: "x-event-sequence",
} as const;

/** The media type of the HTTP+JSON binding and of webhooks. */
export const a2aMediaType = "application/a2a+json";

/** Extensions of our own, which a card names. */
export const extensionUris = {
  binduCard: "urn:x:a2a:bindu-card:v1",
  resume: "urn:x:a2a:resume:v1",
  idempotentSend: "urn:x:a2a:idempotent-send:v1",
  signedRequests: "urn:x:a2a:signed-requests:v1",
} as const;

/** The member of a task's metadata that says which events are missing. */
export const gapKey = "urn:x:a2a:gap:v1";
