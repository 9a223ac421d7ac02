// The parameters of the dialect: every name in camel case or snake case, ids as UUIDs in any form that Python reads.
import { z } from "zod";

import { notAUuid, parseUuid } from "../../../wire/uuid.ts";
import type { Extra, Part } from "../../rules/model/entities.ts";

const isObject = (value: unknown): value is Extra =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** An object whose names may be written in snake case; a null is as good as nothing where nothing is. */
function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const names = Object.keys(shape).map((name) => [name, snake(name)] as const);
  return z.preprocess((value) => {
    if (!isObject(value)) {
      return value;
    }
    const given: Record<string, unknown> = {};
    for (const [name, inSnake] of names) {
      const member = value[name] ?? value[inSnake];
      if (member !== undefined && member !== null) {
        given[name] = member;
      }
    }
    return given;
  }, z.object(shape));
}

const uuid = z.string().transform((text, context) => {
  const read = parseUuid(text);
  if (read === undefined) {
    context.addIssue({ code: "custom", message: notAUuid });
    return z.NEVER;
  }
  return read;
});

const extra = z.custom<Extra>(isObject, "must be an object");
const whole = z.int();
const texts = z.array(z.string());

const textPart = object({ kind: z.literal("text"), text: z.string(), metadata: extra.optional() });
const dataPart = object({
  kind: z.literal("data"),
  data: extra,
  text: z.string(),
  metadata: extra.optional(),
});
const filePart = object({
  kind: z.literal("file"),
  file: object({
    bytes: z.string(),
    mimeType: z.string().optional(),
    name: z.string().optional(),
    uri: z.string().optional(),
  }),
  text: z.string(),
  metadata: extra.optional(),
});

const part = z.unknown().transform((value, context): Part => {
  const kind = isObject(value) ? value.kind : undefined;
  const shape = kind === "text" ? textPart : kind === "data" ? dataPart : filePart;
  const read = shape.safeParse(value);
  if (!read.success) {
    for (const { message, path } of read.error.issues) {
      context.addIssue({ code: "custom", message, path: [...path] });
    }
    return z.NEVER;
  }
  return defined(read.data) as Part;
});

/** Without the members that are not there. */
function defined<Value extends object>(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, name === "file" ? defined(member) : member]),
  ) as Value;
}

/** A webhook as a caller names it. */
export interface GivenPush {
  readonly id: string;
  readonly url: string;
  readonly token?: string | undefined;
  readonly authentication?: Extra | undefined;
}

const pushConfig: z.ZodType<GivenPush> = object({
  id: uuid,
  url: z.string(),
  token: z.string().optional(),
  authentication: extra.optional(),
});

const message = object({
  role: z.enum(["user", "agent", "system"]),
  kind: z.literal("message"),
  messageId: uuid,
  contextId: uuid,
  taskId: uuid,
  parts: z.array(part),
  referenceTaskIds: z.array(uuid).optional(),
  metadata: extra.optional(),
});

/** The parameters of both ways to send. */
export interface SendParams {
  readonly message: {
    readonly role: "user" | "agent" | "system";
    readonly messageId: string;
    readonly contextId: string;
    readonly taskId: string;
    readonly parts: readonly Part[];
    readonly referenceTaskIds?: readonly string[] | undefined;
    readonly metadata?: Extra | undefined;
  };
  readonly configuration: {
    readonly pushNotificationConfig?: GivenPush | undefined;
    readonly blocking?: boolean | undefined;
  };
}

export const sendParams: z.ZodType<SendParams> = object({
  message,
  configuration: object({
    acceptedOutputModes: texts,
    pushNotificationConfig: pushConfig.optional(),
    longRunning: z.boolean().optional(),
    blocking: z.boolean().optional(),
    historyLength: whole.optional(),
  }),
});

interface OfTask {
  readonly taskId: string;
}

export const getParams: z.ZodType<OfTask & { readonly historyLength?: number | undefined }> = object({
  taskId: uuid,
  historyLength: whole.optional(),
});

export const taskParams: z.ZodType<OfTask> = object({ taskId: uuid });

export const feedbackParams: z.ZodType<
  OfTask & {
    readonly feedback: string;
    readonly rating?: number | undefined;
    readonly metadata?: Extra | undefined;
  }
> = object({
  taskId: uuid,
  feedback: z.string(),
  rating: z.number().optional(),
  metadata: extra.optional(),
});

export const contextsParams: z.ZodType<{ readonly historyLength?: number | undefined }> = object({
  historyLength: whole.optional(),
});

export const contextParams: z.ZodType<{ readonly contextId: string }> = object({ contextId: uuid });

/** Calls about webhooks name the task by `id`. */
interface OfPush {
  readonly id: string;
}

export const setPushParams: z.ZodType<OfPush & { readonly pushNotificationConfig: GivenPush }> = object({
  id: uuid,
  pushNotificationConfig: pushConfig,
  longRunning: z.boolean().optional(),
});

export const listPushParams: z.ZodType<OfPush> = object({ id: uuid });

export const deletePushParams: z.ZodType<OfPush & { readonly pushNotificationConfigId: string }> = object({
  id: uuid,
  pushNotificationConfigId: uuid,
});
