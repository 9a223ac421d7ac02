// The objects of A2A 1.0 as JSON, without a member too many, a null, or a default that need not be there.
import { z } from "zod";

const text = z.string().min(1);
const metadata = z.record(z.string(), z.json()).refine((value) => Object.keys(value).length > 0);
const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).min(1);
const timestamp = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);

const partOf = <Content extends z.ZodRawShape>(content: Content) =>
  z.strictObject({
    ...content,
    metadata: metadata.optional(),
    filename: text.optional(),
    mediaType: text.optional(),
  });

const part = z.union([
  partOf({ text: z.string() }),
  partOf({ raw: z.base64() }),
  partOf({ url: text }),
  partOf({ data: z.json() }),
]);

export const message = z.strictObject({
  messageId: text,
  role: z.enum(["ROLE_USER", "ROLE_AGENT"]),
  parts: listOf(part),
  contextId: text.optional(),
  taskId: text.optional(),
  metadata: metadata.optional(),
  extensions: listOf(text).optional(),
  referenceTaskIds: listOf(text).optional(),
});

const status = z.strictObject({
  state: z.enum([
    "TASK_STATE_SUBMITTED",
    "TASK_STATE_WORKING",
    "TASK_STATE_INPUT_REQUIRED",
    "TASK_STATE_AUTH_REQUIRED",
    "TASK_STATE_COMPLETED",
    "TASK_STATE_FAILED",
    "TASK_STATE_CANCELED",
    "TASK_STATE_REJECTED",
  ]),
  message: message.optional(),
  timestamp,
});

const artifact = z.strictObject({
  artifactId: text,
  parts: listOf(part),
  name: text.optional(),
  description: text.optional(),
  metadata: metadata.optional(),
  extensions: listOf(text).optional(),
});

export const task = z.strictObject({
  id: text,
  status,
  contextId: text,
  artifacts: listOf(artifact).optional(),
  history: listOf(message).optional(),
  metadata: metadata.optional(),
});

const statusUpdate = z.strictObject({
  taskId: text,
  contextId: text,
  status,
  metadata: metadata.optional(),
});

const artifactUpdate = z.strictObject({
  taskId: text,
  contextId: text,
  artifact,
  append: z.literal(true).optional(),
  lastChunk: z.literal(true).optional(),
  metadata: metadata.optional(),
});

export const sendResponse = z.union([z.strictObject({ task }), z.strictObject({ message })]);

export const streamResponse = z.union([
  z.strictObject({ task }),
  z.strictObject({ message }),
  z.strictObject({ statusUpdate }),
  z.strictObject({ artifactUpdate }),
]);

/** A list shows no artifacts unless they are asked for, and then always. */
const listedTask = task.extend({ artifacts: z.array(artifact).optional() });

export const taskList = z.strictObject({
  tasks: z.array(listedTask),
  nextPageToken: z.string(),
  pageSize: z.int(),
  totalSize: z.int(),
});

export const pushConfig = z.strictObject({
  url: text,
  id: text,
  taskId: text,
  token: text.optional(),
  authentication: z.strictObject({ scheme: text, credentials: text.optional() }).optional(),
});

export const pushConfigs = z.strictObject({
  configs: z.array(pushConfig),
  nextPageToken: z.string().optional(),
});

const extension = z.strictObject({
  uri: text,
  description: text.optional(),
  required: z.boolean().optional(),
  params: z.record(z.string(), z.json()).optional(),
});

export const card = z.strictObject({
  name: text,
  description: text,
  version: text,
  supportedInterfaces: listOf(
    z.strictObject({
      url: z.url().regex(/[^/]$/),
      protocolBinding: z.enum(["JSONRPC", "HTTP+JSON"]),
      protocolVersion: z.enum(["1.0", "0.3"]),
    }),
  ),
  provider: z.strictObject({ url: text, organization: text }).optional(),
  documentationUrl: text.optional(),
  iconUrl: text.optional(),
  capabilities: z.strictObject({
    streaming: z.boolean().optional(),
    pushNotifications: z.boolean().optional(),
    extendedAgentCard: z.boolean().optional(),
    extensions: listOf(extension).optional(),
  }),
  defaultInputModes: listOf(text),
  defaultOutputModes: listOf(text),
  skills: listOf(
    z.strictObject({
      id: text,
      name: text,
      description: text,
      tags: listOf(text),
      examples: listOf(text).optional(),
      inputModes: listOf(text).optional(),
      outputModes: listOf(text).optional(),
    }),
  ),
});

const errorInfo = z.strictObject({
  "@type": z.literal("type.googleapis.com/google.rpc.ErrorInfo"),
  reason: text,
  domain: text,
  metadata: z.record(z.string(), z.string()).optional(),
});

const badRequest = z.strictObject({
  "@type": z.literal("type.googleapis.com/google.rpc.BadRequest"),
  fieldViolations: listOf(z.strictObject({ field: z.string(), description: text })),
});

/** The first one is the information that clients tell errors by, where there is one. */
const details = z.union([z.tuple([errorInfo], z.union([errorInfo, badRequest])), z.tuple([badRequest])]);

export const rpcError = z.strictObject({
  code: z.int(),
  message: text,
  data: details.optional(),
});

export const httpError = z.strictObject({
  code: z.int(),
  status: text,
  message: text,
  details: details.optional(),
});

export type Task = z.infer<typeof task>;
export type Message = z.infer<typeof message>;
export type StreamResponse = z.infer<typeof streamResponse>;
