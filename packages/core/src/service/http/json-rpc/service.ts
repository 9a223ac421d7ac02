// JSON-RPC 2.0 over HTTP: one route for all methods of a service.
import type { JsonValue } from "../../../json/parse.ts";
import { type Answer, type AnswerHeaders, empty, events, jsonText } from "../answer.ts";
import { clientGone } from "../body.ts";
import type { HttpExchange, HttpRequest } from "../exchange.ts";
import { HttpProblem } from "../problem.ts";
import type { HttpRoute, RouteDoc, RouteLimits, ServeTools } from "../route.ts";
import type { SseEvent, SseStream } from "../sse.ts";
import {
  errorText,
  idOf,
  type RpcEnvelope,
  type RpcError,
  type RpcId,
  readEnvelope,
  resultText,
} from "./envelope.ts";
import type { RpcMethod } from "./methods.ts";

/** How a problem is told. */
export interface RpcFailure extends RpcError {
  /** HTTP status of the answer. Calls of a batch have none of their own. @default 200 */
  readonly status?: number;
  /** The id of the answer. @default the call's own, null where it cannot be known */
  readonly id?: RpcId;
}

/** What a service says to define its methods. */
export interface JsonRpcSpec<Caller> extends RouteLimits {
  /** With parameters in braces. Calls come by POST. */
  readonly path: string;
  readonly doc: RouteDoc;
  /**
   * Refuses by what the headers say, before anything of the body is read.
   *
   * @throws {HttpProblem} for who may not
   */
  readonly screen?: (request: HttpRequest) => void | Promise<void>;
  /** Who makes this call. Runs for each, before its method is looked up and its parameters are checked. @throws {HttpProblem} for who may not */
  readonly admit: (request: HttpRequest, call: RpcEnvelope) => Caller | Promise<Caller>;
  readonly methods: Readonly<Record<string, RpcMethod<Caller>>>;
  /** Numbers of the service's own problems, by their words. Words that stand here win over those of {@link rpcCodes}. */
  readonly codes?: Readonly<Record<string, number>>;
  /**
   * Has the last word on how a problem is told. `made` is what the codes make of it, with `{ reason: <word>, ...fields }` as
   * data; `undefined` for a word without a number. What it answers `undefined` for is answered as on any other route;
   * within a batch, where that cannot be, as an internal error. Must not throw.
   */
  readonly failure?: (
    problem: HttpProblem,
    made: RpcFailure | undefined,
    method: string | undefined,
  ) => RpcFailure | undefined;
  /** Several calls in one array: refused as `batch_not_supported`, or at most so many of them. @default "refuse" */
  readonly batch?: "refuse" | { readonly most: number };
  /** What a call without an id is: carried out and not answered, or answered with the id null. @default "notification" */
  readonly withoutId?: "notification" | "null";
  /** Status of the empty answer to notifications. @default 204 */
  readonly notificationStatus?: number;
  /** The id as answers write it, for a service that reads one in several forms. @default as it came */
  readonly echo?: (id: RpcId) => RpcId;
  /** Whether parameters may come by position. @default false */
  readonly arrayParams?: boolean;
  /** Refuses JSON that two readers could read in two ways. @default true */
  readonly strict?: boolean;
}

/** Numbers of the problems that the kit itself finds, by their words. */
export const rpcCodes: Readonly<Record<string, number>> = {
  malformed_json: -32700,
  too_deep: -32700,
  duplicate_member: -32700,
  bad_number: -32700,
  bad_string: -32700,
  invalid_request: -32600,
  batch_not_supported: -32600,
  batch_too_long: -32600,
  method_not_found: -32601,
  invalid_params: -32602,
  internal: -32603,
};

/** What became of one call. */
type Outcome =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly status: number;
      readonly headers?: AnswerHeaders;
    }
  | { readonly kind: "stream"; readonly stream: SseStream }
  /** Of a notification nothing is said. */
  | { readonly kind: "silent" };

/** A request that carries calls. */
interface Carrier {
  readonly exchange: HttpExchange;
  readonly tools: ServeTools;
  readonly inBatch: boolean;
}

const silent: Outcome = { kind: "silent" };

/** Defines the route. The calls of a batch are carried out one after the other. */
export function jsonRpc<Caller>(spec: JsonRpcSpec<Caller>): HttpRoute {
  const { batch = "refuse", withoutId = "notification", notificationStatus = 204, strict = true } = spec;
  const methods = new Map(Object.entries(spec.methods));
  const codes = new Map(Object.entries({ ...rpcCodes, ...spec.codes }));

  /** @throws {HttpProblem} what is to be answered as on any other route */
  const failed = (
    { tools, inBatch }: Carrier,
    error: unknown,
    id: RpcId,
    method?: string,
  ): Outcome & { readonly kind: "text" } => {
    if (error === clientGone) {
      throw error;
    }
    const problem = tools.problemOf(error);
    const code = codes.get(problem.code);
    const data = { reason: problem.code, ...problem.fields };
    const made = code === undefined ? undefined : { code, message: problem.message, data };
    const told = spec.failure === undefined ? made : spec.failure(problem, made, method);
    if (told === undefined && !inBatch) {
      throw problem;
    }
    const failure: RpcFailure = told ?? { code: -32603, message: problem.message, data };
    return {
      kind: "text",
      text: errorText(failure.id === undefined ? id : failure.id, failure),
      status: failure.status ?? 200,
      headers: problem.headers,
    };
  };

  const carryOut = async (carrier: Carrier, value: JsonValue): Promise<Outcome> => {
    const { exchange, inBatch } = carrier;
    const sent = idOf(value);
    const id = spec.echo === undefined ? sent : spec.echo(sent);
    let name: string | undefined;
    let isSilent = false;
    try {
      const envelope = readEnvelope(value);
      name = envelope.method;
      isSilent = envelope.id === undefined && withoutId === "notification";
      checkParams(envelope, spec.arrayParams ?? false);
      const caller = await spec.admit(exchange, envelope);
      if (exchange.isAbandoned) {
        throw clientGone;
      }
      const method = methods.get(name);
      if (method === undefined) {
        throw new HttpProblem(404, "method_not_found", `there is no method ${name.slice(0, 100)}`);
      }
      const call = {
        request: exchange,
        caller,
        envelope,
        resultText: (result: unknown) => resultText(id, result),
      };
      if (method.kind === "unary") {
        const text = resultText(id, await method.run(call));
        return isSilent ? silent : { kind: "text", text, status: 200 };
      }
      if (inBatch || isSilent) {
        throw new HttpProblem(400, "invalid_request", "a stream needs a request of its own, and an id");
      }
      const stream = await method.open(call);
      return {
        kind: "stream",
        stream: withLastWord(stream, (error) => failed(carrier, error, id, name).text),
      };
    } catch (error) {
      const outcome = failed(carrier, error, id, name);
      return isSilent ? silent : outcome;
    }
  };

  const carryOutAll = async (carrier: Carrier, values: readonly JsonValue[]): Promise<Answer> => {
    const texts: string[] = [];
    for (const value of values) {
      const outcome = await carryOut(carrier, value);
      if (outcome.kind === "text") {
        texts.push(outcome.text);
      }
    }
    return texts.length === 0 ? empty(notificationStatus) : jsonText(200, `[${texts.join(",")}]`);
  };

  const answerOf = (outcome: Outcome): Answer => {
    switch (outcome.kind) {
      case "text":
        return jsonText(outcome.status, outcome.text, outcome.headers);
      case "stream":
        return events(outcome.stream);
      case "silent":
        return empty(notificationStatus);
    }
  };

  return {
    ...spec,
    method: "POST",
    params: undefined,
    query: undefined,
    body: { type: "application/json" },
    async serve(exchange, tools): Promise<Answer> {
      const carrier = { exchange, tools, inBatch: false };
      let value: JsonValue;
      try {
        await spec.screen?.(exchange);
        value = await exchange.body.json(strict);
        if (Array.isArray(value)) {
          checkBatch(value, batch);
        }
      } catch (error) {
        return answerOf(failed(carrier, error, null));
      }
      return Array.isArray(value)
        ? await carryOutAll({ ...carrier, inBatch: true }, value)
        : answerOf(await carryOut(carrier, value));
    },
  };
}

function checkParams({ params }: RpcEnvelope, arrayParams: boolean): void {
  if (Array.isArray(params) && !arrayParams) {
    throw new HttpProblem(400, "invalid_params", "the member params must be an object");
  }
}

function checkBatch({ length }: readonly JsonValue[], batch: "refuse" | { readonly most: number }): void {
  if (batch === "refuse") {
    throw new HttpProblem(400, "batch_not_supported", "several calls in one request are not possible here");
  }
  if (length === 0) {
    throw new HttpProblem(400, "invalid_request", "a batch without a call");
  }
  if (length > batch.most) {
    throw new HttpProblem(400, "batch_too_long", `a batch has at most ${batch.most} calls, not ${length}`);
  }
}

/** The same stream; what it throws while its reader is there goes out as its last event. */
function withLastWord(stream: SseStream, tell: (error: unknown) => string): SseStream {
  return {
    ...stream,
    async *open(signal): AsyncGenerator<SseEvent, void> {
      try {
        yield* stream.open(signal);
      } catch (error) {
        if (signal.aborted) {
          throw error;
        }
        yield { data: tell(error) };
      }
    },
  };
}
