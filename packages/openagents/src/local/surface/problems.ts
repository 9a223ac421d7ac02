// What goes wrong, in the form of the product whose path it is.
import { HttpProblem, json, type ProblemAnswer, text } from "@x/core/service";
import type { Refusal, RefusalReason } from "../rules/model/refusal.ts";

/** Failures of the network's API. */
export const networkProblem: ProblemAnswer = ({ status, message, fields }) =>
  json(status, {
    success: false,
    error_message: status === 413 ? "Request Entity Too Large" : message,
    ...fields,
  });

/** The envelope of a workspace's API. */
export const workspaceProblem: ProblemAnswer = ({ status, code, message, fields }) => {
  if (status === 422) {
    return json(422, fields);
  }
  // The kit says so of a body that is no JSON, and of one that is too deep, which may be JSON.
  if (code === "invalid_request" && !message.includes("nested deeper")) {
    return json(422, {
      detail: [{ type: "json_invalid", loc: ["body", 1], msg: "JSON decode error" }],
    });
  }
  return json(status, {
    code: status,
    message: status === 413 ? "Request Entity Too Large" : message,
    data: null,
  });
};

/** What stands nowhere, or not in this way. */
export const problemAnswer: ProblemAnswer = (problem, request) => {
  const words =
    problem.status === 404 ? "Not Found" : problem.status === 405 ? "Method Not Allowed" : undefined;
  if (words === undefined) {
    return networkProblem(problem, request);
  }
  return request.path?.startsWith("/v1/") === true
    ? json(problem.status, { detail: words })
    : text(problem.status, "text/plain; charset=utf-8", `${problem.status}: ${words}`);
};

/** Statuses of what the rules refuse; 400 for all others. */
const statuses: { readonly [Reason in RefusalReason]?: number } = {
  unauthenticated: 401,
  bad_token: 401,
  session_revoked: 401,
  unknown_channel: 401,
  join_forbidden: 403,
  not_yours: 403,
  workspace_not_found: 404,
  not_in_network: 404,
  channel_not_found: 404,
  file_not_found: 404,
  channel_exists: 409,
  full: 503,
};

export function refusalProblem({ refused, detail }: Refusal, message: string = detail): HttpProblem {
  return new HttpProblem(statuses[refused] ?? 400, refused, message);
}
