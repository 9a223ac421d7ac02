// What a server of A2A refuses, as an error of the suite: by a word for programs, whatever binding and dialect said it.

import {
  brandError,
  type FailedCall,
  type HttpFailure,
  httpError,
  isRetryableStatus,
  ServiceError,
  type ServiceErrorOptions,
} from "@x/core";
import { isJsonObject, type Violation } from "../../wire/a2a/fields.ts";
import { isInterrupted, type ReadTaskState, type Task } from "../../wire/a2a/objects.ts";
import type { ProblemName, ReadProblem } from "../../wire/a2a/problems.ts";

const packageName = "@x/bindu-bridge";

/** The service's name in core's loops. */
export const serviceName = "a2a";

/**
 * A server refused a call. `code` is the specification's word in lower case, such as `task_not_found`, `task_not_cancelable`,
 * `unsupported_operation`, `version_not_supported`, `invalid_params`; `reason` is the word as the server wrote it.
 */
export class A2AError extends ServiceError {
  /** The number of JSON-RPC, such as -32001. */
  readonly rpcCode: number | undefined;
  /** What the server says of the case, such as the id of the task. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What is wrong with the parameters, with its place. */
  readonly violations: readonly Violation[];
  static {
    brandError(A2AError, packageName, "A2AError");
  }
  constructor(
    message: string,
    options: ServiceErrorOptions &
      Partial<Pick<ReadProblem, "metadata" | "violations">> & { readonly rpcCode?: number | undefined },
  ) {
    super(message, options);
    this.rpcCode = options.rpcCode;
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
  }
}

/**
 * What was asked has no answer: the task failed, was rejected or canceled, or the agent asks back. `code` is the state in lower
 * case, such as `input_required`; the message is what the agent says.
 */
export class A2ATaskError extends ServiceError {
  readonly task: Task<ReadTaskState>;
  static {
    brandError(A2ATaskError, packageName, "A2ATaskError");
  }
  constructor(task: Task<ReadTaskState>, said: string, operation: string) {
    const state = task.status.state.slice("TASK_STATE_".length).toLowerCase();
    const asks = isInterrupted(task.status.state) ? ` Answer with { taskId: "${task.id}" }.` : "";
    super(`${operation}: the task is ${state.replace("_", "-")}${said === "" ? "" : `: ${said}`}.${asks}`, {
      service: serviceName,
      operation,
      code: state,
      details: { taskId: task.id },
    });
    this.task = task;
  }
}

/** A problem that a server told. */
export function problemError(
  { name, reason, code, message, metadata, violations }: ReadProblem,
  call: FailedCall,
  about: { readonly status?: number; readonly retryAfterMs?: number | undefined } = {},
): A2AError {
  const { status } = about;
  const places = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  const text = message.replace(/\.$/, "") || name.toLowerCase().replaceAll("_", " ");
  return new A2AError(`${call.operation}: ${text}${places === "" ? "" : ` (${places})`}.`, {
    ...call,
    ...about,
    code: name.toLowerCase(),
    reason: reason ?? name,
    rpcCode: code,
    metadata,
    violations,
    retryable:
      name === "UNAVAILABLE" ||
      name === "TOO_MANY_STREAMS" ||
      (status !== undefined && isRetryableStatus(status) && status !== 500),
  });
}

/** A refusal of our own, before anything is sent. */
export function localProblem(name: ProblemName, message: string, operation: string): A2AError {
  return new A2AError(`${operation}: ${message}.`, {
    service: serviceName,
    operation,
    code: name.toLowerCase(),
    reason: name,
  });
}

/** What a failed request means: the problem in its body, a redirect, or what core says of the failure. */
export function failureError(
  failure: HttpFailure,
  call: FailedCall,
  read: (error: unknown, status: number) => ReadProblem,
): ServiceError {
  if (failure.kind !== "answer") {
    return httpError(failure, call);
  }
  const { answer, retryAfterMs } = failure;
  const { status } = answer;
  if (status >= 300 && status < 400) {
    return new A2AError(
      `${call.operation}: the server answered with HTTP status ${status}, a redirect that is not followed.`,
      {
        ...call,
        status,
        code: "redirected",
        details: { location: answer.header("location") },
      },
    );
  }
  const error = errorIn(answer.text);
  if (error !== undefined || status === 404 || status === 405) {
    return problemError(read(error ?? {}, status), call, { status, retryAfterMs });
  }
  return httpError(failure, call);
}

/** The member `error` of a body, in whatever binding. */
function errorIn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) && isJsonObject(body.error) ? body.error : undefined;
  } catch {
    return undefined;
  }
}
