// The methods of a JSON-RPC service: the shape of their parameters, and what they do.
import type { z } from "zod";
import { toPlainJson } from "../../../json/parse.ts";
import type { HttpRequest } from "../exchange.ts";
import { HttpProblem } from "../problem.ts";
import { shaped } from "../shaped.ts";
import type { SseStream } from "../sse.ts";
import type { RpcEnvelope } from "./envelope.ts";

/** A call that was let in and has the right shape. */
export interface RpcCall<Caller, Params> {
  readonly request: HttpRequest;
  readonly caller: Caller;
  readonly envelope: RpcEnvelope;
  readonly params: Params;
  /** The text of an answer to this call, for the data of an event of its stream. */
  resultText(result: unknown): string;
}

/** A call whose parameters nobody has looked at. */
export type UncheckedCall<Caller> = Omit<RpcCall<Caller, unknown>, "params">;

/** A method, whatever its parameters are. */
export type RpcMethod<Caller> =
  | { readonly kind: "unary"; run(call: UncheckedCall<Caller>): unknown }
  | { readonly kind: "stream"; open(call: UncheckedCall<Caller>): SseStream | Promise<SseStream> };

/** What every method says. */
interface MethodSpec<Params> {
  /**
   * The shape of the plain value of the parameters; absent ones are checked as an empty object. A tuple takes them by
   * position. Without it the method looks into the envelope.
   */
  readonly params?: z.ZodType<Params>;
}

/** Defines a method with one result. What it answers is sent as JSON, `undefined` as null. */
export function rpcMethod<Caller, Params = undefined>(
  spec: MethodSpec<Params> & { readonly handle: (call: RpcCall<Caller, Params>) => unknown },
): RpcMethod<Caller> {
  return {
    kind: "unary",
    run: (call) => spec.handle({ ...call, params: paramsOf(spec.params, call.envelope) }),
  };
}

/**
 * Defines a method that answers server-sent events. What it throws before it answers a stream is an ordinary error; what
 * the stream throws later goes out as its last event.
 */
export function rpcStream<Caller, Params = undefined>(
  spec: MethodSpec<Params> & {
    readonly open: (call: RpcCall<Caller, Params>) => SseStream | Promise<SseStream>;
  },
): RpcMethod<Caller> {
  return {
    kind: "stream",
    open: (call) => spec.open({ ...call, params: paramsOf(spec.params, call.envelope) }),
  };
}

/** @throws {HttpProblem} 400 `invalid_params` with the first member that has not its shape */
function paramsOf<Params>(schema: z.ZodType<Params> | undefined, { params = {} }: RpcEnvelope): Params {
  try {
    // An absent schema makes its type `undefined`.
    return (schema && shaped(schema, toPlainJson(params))) as Params;
  } catch (error) {
    if (error instanceof HttpProblem) {
      throw new HttpProblem(400, "invalid_params", error.message, { fields: error.fields });
    }
    throw error;
  }
}
