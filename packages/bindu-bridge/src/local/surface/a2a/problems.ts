// What is wrong with a request, in the words of A2A: made of what the rules refuse and of what the kit finds, told in both
// bindings.
import { HttpProblem, type ProblemAnswer, type RpcFailure, type TextAnswer } from "@x/core/service";
import { Violations } from "../../../wire/a2a/fields.ts";
import {
  httpErrorOf,
  type Problem,
  type ProblemName,
  problems,
  rpcErrorOf,
} from "../../../wire/a2a/problems.ts";
import type { Refusal, RefusalReason } from "../../rules/model/refusal.ts";

/** A refused request. */
export class FaceProblem extends HttpProblem {
  readonly problem: Problem;
  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    const [, status, , text] = problems[problem.name];
    super(status, problem.name.toLowerCase(), problem.message ?? text, { headers });
    this.problem = problem;
  }
}

/** Reads parameters, all of them before anything is looked up. @throws {FaceProblem} `INVALID_PARAMS` with every violation */
export function checked<Value>(read: (violations: Violations) => Value): Value {
  const violations = new Violations();
  const value = read(violations);
  if (violations.found.length > 0) {
    throw new FaceProblem({ name: "INVALID_PARAMS", violations: violations.found });
  }
  return value;
}

/** One parameter that is wrong. */
export const invalidParam = (field: string, description: string): FaceProblem =>
  new FaceProblem({ name: "INVALID_PARAMS", violations: [{ field, description }] });

const names: Readonly<Partial<Record<RefusalReason, ProblemName>>> = {
  task_not_found: "TASK_NOT_FOUND",
  push_not_found: "TASK_NOT_FOUND",
  agent_not_found: "TASK_NOT_FOUND",
  context_not_found: "TASK_NOT_FOUND",
  task_terminal: "UNSUPPORTED_OPERATION",
  not_cancelable: "TASK_NOT_CANCELABLE",
  context_mismatch: "INVALID_PARAMS",
  key_reused: "MESSAGE_ID_REUSED",
  too_much: "LIMIT_REACHED",
  too_many_pushes: "LIMIT_REACHED",
};

/** Whose word is shorter than what the rules say to callers of the dialect. */
const ownWords: ReadonlySet<ProblemName> = new Set<ProblemName>(["TASK_NOT_FOUND", "TASK_NOT_CANCELABLE"]);

export function refusalProblem({ refused, detail }: Refusal, taskId?: string): FaceProblem {
  const name = names[refused] ?? "INTERNAL_ERROR";
  const violations =
    refused === "context_mismatch" ? [{ field: "message.contextId", description: detail }] : undefined;
  return new FaceProblem({
    name,
    message: ownWords.has(name) || violations !== undefined ? undefined : detail,
    metadata: taskId === undefined ? undefined : { taskId },
    violations,
  });
}

/** The words of the kit. */
const kitNames: Readonly<Record<string, ProblemName>> = {
  malformed_json: "PARSE_ERROR",
  too_deep: "PARSE_ERROR",
  duplicate_member: "PARSE_ERROR",
  bad_number: "PARSE_ERROR",
  bad_string: "PARSE_ERROR",
  invalid_request: "INVALID_REQUEST",
  batch_not_supported: "INVALID_REQUEST",
  method_not_found: "METHOD_NOT_FOUND",
  not_found: "METHOD_NOT_FOUND",
  method_not_allowed: "METHOD_NOT_ALLOWED",
  invalid_params: "INVALID_PARAMS",
  too_large: "BODY_TOO_LARGE",
  unsupported_media_type: "CONTENT_TYPE_NOT_SUPPORTED",
  unavailable: "UNAVAILABLE",
};

/** What the text of the kit adds; of a body that is too long or no JSON the table says enough. */
function problemOf(problem: HttpProblem): Problem {
  if (problem instanceof FaceProblem) {
    return problem.problem;
  }
  const name = kitNames[problem.code] ?? (problem.status < 500 ? "INVALID_REQUEST" : "INTERNAL_ERROR");
  return name === "PARSE_ERROR" || name === "INTERNAL_ERROR" ? { name } : { name, message: problem.message };
}

/** In JSON-RPC: with HTTP 200, for official clients throw away the body of all else; save where a repeat later is asked for. */
export function rpcFailure(problem: HttpProblem): RpcFailure {
  const told = problemOf(problem);
  const [, status] = problems[told.name];
  return { ...rpcErrorOf(told), status: status === 413 || status === 503 || status === 401 ? status : 200 };
}

/** In HTTP+JSON. */
export function httpFailure(problem: HttpProblem, type: string): TextAnswer {
  const { status, body } = httpErrorOf(problemOf(problem));
  return { kind: "text", status, type, text: JSON.stringify(body), headers: problem.headers };
}

/** For paths below the face where nothing stands, and for other verbs than those that stand there. */
export const faceProblemAnswer: ProblemAnswer = (problem) => httpFailure(problem, "application/json");
