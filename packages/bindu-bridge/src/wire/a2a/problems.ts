// The errors of A2A: what each is in JSON-RPC and over HTTP, written by the server and read by the client.

import { Fields, isJsonObject, tolerant, type Violation } from "./fields.ts";

/** The reason of an ErrorInfo; those that have none on the wire have the names of their cases. */
export type ProblemName =
  | "TASK_NOT_FOUND"
  | "TASK_NOT_CANCELABLE"
  | "PUSH_NOTIFICATION_NOT_SUPPORTED"
  | "UNSUPPORTED_OPERATION"
  | "CONTENT_TYPE_NOT_SUPPORTED"
  | "INVALID_AGENT_RESPONSE"
  | "EXTENDED_AGENT_CARD_NOT_CONFIGURED"
  | "EXTENSION_SUPPORT_REQUIRED"
  | "VERSION_NOT_SUPPORTED"
  | "PARSE_ERROR"
  | "INVALID_REQUEST"
  | "METHOD_NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "INVALID_PARAMS"
  | "INTERNAL_ERROR"
  | "BODY_TOO_LARGE"
  | "MESSAGE_ID_REUSED"
  | "LIMIT_REACHED"
  | "TOO_MANY_STREAMS"
  | "UNAVAILABLE"
  | "UNAUTHENTICATED";

/** What each is in JSON-RPC, over HTTP, and in words. */
export const problems: Readonly<
  Record<ProblemName, readonly [code: number, http: number, status: string, text: string]>
> = {
  TASK_NOT_FOUND: [-32001, 404, "NOT_FOUND", "Task not found"],
  TASK_NOT_CANCELABLE: [-32002, 400, "FAILED_PRECONDITION", "Task cannot be canceled"],
  PUSH_NOTIFICATION_NOT_SUPPORTED: [
    -32003,
    400,
    "FAILED_PRECONDITION",
    "Push notifications are not supported",
  ],
  UNSUPPORTED_OPERATION: [-32004, 400, "FAILED_PRECONDITION", "Operation not supported"],
  CONTENT_TYPE_NOT_SUPPORTED: [-32005, 415, "INVALID_ARGUMENT", "Content type not supported"],
  INVALID_AGENT_RESPONSE: [-32006, 500, "INTERNAL", "Invalid agent response"],
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: [-32007, 400, "FAILED_PRECONDITION", "There is no extended agent card"],
  EXTENSION_SUPPORT_REQUIRED: [-32008, 400, "FAILED_PRECONDITION", "An extension is required"],
  VERSION_NOT_SUPPORTED: [-32009, 400, "FAILED_PRECONDITION", "Version not supported"],
  PARSE_ERROR: [-32700, 400, "INVALID_ARGUMENT", "Invalid JSON payload"],
  INVALID_REQUEST: [-32600, 400, "INVALID_ARGUMENT", "Invalid request"],
  METHOD_NOT_FOUND: [-32601, 404, "NOT_FOUND", "Method not found"],
  METHOD_NOT_ALLOWED: [-32601, 405, "UNIMPLEMENTED", "Method not allowed"],
  INVALID_PARAMS: [-32602, 400, "INVALID_ARGUMENT", "Invalid parameters"],
  INTERNAL_ERROR: [-32603, 500, "INTERNAL", "Internal error"],
  BODY_TOO_LARGE: [-32600, 413, "RESOURCE_EXHAUSTED", "The body is too large"],
  MESSAGE_ID_REUSED: [-32602, 409, "ALREADY_EXISTS", "The message id was used for another message"],
  LIMIT_REACHED: [-32603, 429, "RESOURCE_EXHAUSTED", "A limit of this server is reached"],
  TOO_MANY_STREAMS: [-32603, 503, "UNAVAILABLE", "Too many streams are open"],
  UNAVAILABLE: [-32603, 503, "UNAVAILABLE", "The server does not serve now"],
  UNAUTHENTICATED: [-32000, 401, "UNAUTHENTICATED", "The request is not signed as it must be"],
};

/** Those of which no ErrorInfo tells: a client goes by their code. */
const withoutInfo: ReadonlySet<ProblemName> = new Set(["PARSE_ERROR", "BODY_TOO_LARGE"]);

/** Reasons of our own, which the specification does not have. */
const ownReasons: ReadonlySet<string> = new Set<ProblemName>([
  "MESSAGE_ID_REUSED",
  "LIMIT_REACHED",
  "TOO_MANY_STREAMS",
  "UNAVAILABLE",
  "UNAUTHENTICATED",
]);

const infoType = "type.googleapis.com/google.rpc.ErrorInfo";
const violationsType = "type.googleapis.com/google.rpc.BadRequest";

/** A request that is refused. */
export interface Problem {
  readonly name: ProblemName;
  /** @default that of the table */
  readonly message?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly violations?: readonly Violation[] | undefined;
}

/** What `data` and `details` hold; `undefined` where that is nothing. */
function detailsOf({ name, metadata, violations = [] }: Problem): readonly unknown[] | undefined {
  const domain = ownReasons.has(name) ? "x-bindu" : "a2a-protocol.org";
  const info = withoutInfo.has(name) ? [] : [{ "@type": infoType, reason: name, domain, metadata }];
  const bad = violations.length === 0 ? [] : [{ "@type": violationsType, fieldViolations: violations }];
  const details = [...info, ...bad];
  return details.length === 0 ? undefined : details;
}

/** The member `error` of JSON-RPC. */
export function rpcErrorOf(problem: Problem): {
  readonly code: number;
  readonly message: string;
  readonly data: readonly unknown[] | undefined;
} {
  const [code, , , text] = problems[problem.name];
  return { code, message: problem.message ?? text, data: detailsOf(problem) };
}

/** The body of HTTP+JSON, and its status. */
export function httpErrorOf(problem: Problem): { readonly status: number; readonly body: unknown } {
  const [, http, status, text] = problems[problem.name];
  const message = problem.message ?? text;
  return { status: http, body: { error: { code: http, status, message, details: detailsOf(problem) } } };
}

/** An error as a client reads it from whatever a server answered. */
export interface ReadProblem {
  readonly name: ProblemName;
  /** The word of the server's ErrorInfo, where it has one. */
  readonly reason: string | undefined;
  /** The code of JSON-RPC. */
  readonly code: number | undefined;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
}

const names = Object.keys(problems).filter((name): name is ProblemName => Object.hasOwn(problems, name));

/**
 * What an `error` says: by its ErrorInfo, else by its code, else by the status of the answer. `httpStatus` is that of the
 * answer; JSON-RPC says most errors with 200.
 */
export function readProblem(error: unknown, httpStatus: number): ReadProblem {
  const fields = new Fields(error, "", tolerant);
  const said = fields.value("data") ?? fields.value("details");
  const details = Array.isArray(said) ? said.filter(isJsonObject) : isJsonObject(said) ? [said] : [];
  const info = details.find((detail) => typeof detail.reason === "string");
  const reason = typeof info?.reason === "string" ? info.reason : undefined;
  const code = codeOf(fields.value("code"));
  const ofReason = names.find((name) => name === reason);
  const ofCode = names.find((name) => code !== undefined && problems[name][0] === code);
  return {
    name: ofReason ?? ofCode ?? namesOfTexts.get(fields.value("status")) ?? nameOfStatus(httpStatus),
    reason,
    code,
    message: fields.anyText("message") ?? (typeof said === "string" ? said : ""),
    metadata: textsOf(info?.metadata),
    violations: details.flatMap(violationsOf),
  };
}

/** What a status text means by itself: an unknown path has none. */
const namesOfTexts: ReadonlyMap<unknown, ProblemName> = new Map<unknown, ProblemName>([
  ["NOT_FOUND", "TASK_NOT_FOUND"],
  ["FAILED_PRECONDITION", "UNSUPPORTED_OPERATION"],
  ["INVALID_ARGUMENT", "INVALID_PARAMS"],
]);

/** JSON-RPC's numbers are negative; HTTP+JSON has the status there. */
function codeOf(value: unknown): number | undefined {
  const code = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof code === "number" && Number.isInteger(code) && code < 0 ? code : undefined;
}

const namesOfStatuses: ReadonlyMap<number, ProblemName> = new Map<number, ProblemName>([
  [400, "INVALID_PARAMS"],
  [401, "UNAUTHENTICATED"],
  [404, "METHOD_NOT_FOUND"],
  [405, "METHOD_NOT_FOUND"],
  [409, "MESSAGE_ID_REUSED"],
  [413, "BODY_TOO_LARGE"],
  [429, "LIMIT_REACHED"],
  [415, "CONTENT_TYPE_NOT_SUPPORTED"],
  [501, "METHOD_NOT_FOUND"],
  [502, "UNAVAILABLE"],
  [503, "UNAVAILABLE"],
  [504, "UNAVAILABLE"],
]);

function nameOfStatus(status: number): ProblemName {
  return (
    namesOfStatuses.get(status) ?? (status >= 400 && status < 500 ? "INVALID_REQUEST" : "INTERNAL_ERROR")
  );
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function violationsOf({ fieldViolations }: Readonly<Record<string, unknown>>): readonly Violation[] {
  return (Array.isArray(fieldViolations) ? fieldViolations : []).map((violation) => {
    const fields = new Fields(violation, "", tolerant);
    return { field: fields.anyText("field") ?? "", description: fields.anyText("description") ?? "" };
  });
}
