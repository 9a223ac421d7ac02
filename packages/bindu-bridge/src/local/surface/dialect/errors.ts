// How the dialect tells what goes wrong: nearly always one of three numbers, and which HTTP status goes with it.
import { HttpProblem, type RpcFailure } from "@x/core/service";
import { errorCodes } from "../../../wire/dialect.ts";

/** What is not there, or not as it was thought; told with the status 200. */
const notFound: ReadonlySet<string> = new Set([
  "not_cancelable",
  "context_not_found",
  "push_not_found",
  "push_mismatch",
  "bad_webhook",
]);

export const unimplemented = (method: string): HttpProblem =>
  new HttpProblem(404, "unimplemented", `Method '${method}' is not implemented`);

export const pushUnsupported = (): HttpProblem =>
  new HttpProblem(400, "push_unsupported", "this agent was registered without push notifications");

export const badWebhook = (why: string): HttpProblem =>
  new HttpProblem(400, "bad_webhook", `Invalid push notification configuration: ${why}`);

export const pushNotFound = (): HttpProblem =>
  new HttpProblem(404, "push_not_found", "Push notification configuration not found for task.");

/** The last word on a problem in JSON-RPC. */
export function dialectFailure(problem: HttpProblem): RpcFailure | undefined {
  const { status, code, message } = problem;
  if (notFound.has(code)) {
    return { code: errorCodes.notFound, message };
  }
  switch (code) {
    case "task_not_found":
      return { code: errorCodes.notFound, message: "Task not found" };
    case "too_many_pushes":
      return { code: errorCodes.notFound, message: badWebhook(message).message };
    case "push_unsupported":
      return { code: errorCodes.pushUnsupported, message };
    case "unimplemented":
      return { code: errorCodes.unknownMethod, message: "Method not found", data: message, status: 404 };
    case "task_terminal":
    case "task_exists":
    case "too_much":
      return { code: errorCodes.internal, message: "Internal error", data: message, status: 500 };
  }
  if (status === 413) {
    return undefined;
  }
  if (status >= 500) {
    return { code: errorCodes.internal, message: "Internal error", data: message, status };
  }
  return {
    code: errorCodes.invalid,
    message: "This is no request of JSON-RPC that this agent understands",
    data: message,
    status: 400,
    id: null,
  };
}
