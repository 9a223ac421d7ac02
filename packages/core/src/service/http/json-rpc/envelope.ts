// The envelopes of JSON-RPC 2.0: what a call must look like, and the text of its answer.
import { isJsonNumber, type JsonNumber } from "../../../json/number.ts";
import type { JsonObject, JsonValue } from "../../../json/parse.ts";
import { HttpProblem } from "../problem.ts";

/** What names a call: a text, a number as it was written, or null. */
export type RpcId = string | JsonNumber | null;

/** What a call says, before anything is known of its method. */
export interface RpcEnvelope {
  /** `undefined` where the member is missing. */
  readonly id: RpcId | undefined;
  readonly method: string;
  /** With the text of numbers; `undefined` when absent or null. */
  readonly params: JsonObject | readonly JsonValue[] | undefined;
}

/** An error as it goes out. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  /** Left out when `undefined`. */
  readonly data?: unknown;
}

/** A result that is JSON already, such as one whose numbers must stay as they are. */
export class WrittenResult {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Says that a result is the text of a JSON value, which is sent as it is. */
export function writtenResult(text: string): WrittenResult {
  return new WrittenResult(text);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isJsonNumber(value);
}

/** The id of what may be no call at all; null where it has none that is legal, as the specification asks for. */
export function idOf(value: JsonValue): RpcId {
  const id = isObject(value) && Object.hasOwn(value, "id") ? value.id : null;
  return isLegalId(id) ? id : null;
}

function isLegalId(value: JsonValue | undefined): value is RpcId {
  return value === null || typeof value === "string" || isJsonNumber(value);
}

/**
 * Reads one call.
 *
 * @throws {HttpProblem} 400 `invalid_request`; `invalid_params` where they are neither an object nor an array
 */
export function readEnvelope(value: JsonValue): RpcEnvelope {
  if (!isObject(value)) {
    throw invalid("a call must be a JSON object");
  }
  const { jsonrpc, method, params } = membersOf(value);
  const id = Object.hasOwn(value, "id") ? value.id : undefined;
  if (jsonrpc !== "2.0") {
    throw invalid('the member jsonrpc must be "2.0"');
  }
  if (typeof method !== "string") {
    throw invalid("the member method must be a text");
  }
  if (id !== undefined && !isLegalId(id)) {
    throw invalid("the member id must be a text, a number or null");
  }
  if (params === undefined || params === null) {
    return { id, method, params: undefined };
  }
  if (typeof params !== "object" || isJsonNumber(params)) {
    throw new HttpProblem(400, "invalid_params", "the member params must be an object or an array");
  }
  return { id, method, params };
}

/** Own members only: a text may name what every object inherits. */
function membersOf(value: JsonObject): Readonly<Record<string, JsonValue | undefined>> {
  return Object.assign(Object.create(null), value);
}

function invalid(detail: string): HttpProblem {
  return new HttpProblem(400, "invalid_request", detail);
}

/** The text of an answer with a result. */
export function resultText(id: RpcId, result: unknown): string {
  const text = result instanceof WrittenResult ? result.text : (JSON.stringify(result) ?? "null");
  return `{"jsonrpc":"2.0","id":${idText(id)},"result":${text}}`;
}

/** The text of an answer with an error. */
export function errorText(id: RpcId, { code, message, data }: RpcError): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"error":${JSON.stringify({ code, message, data })}}`;
}

function idText(id: RpcId): string {
  return isJsonNumber(id) ? id.text : JSON.stringify(id);
}
