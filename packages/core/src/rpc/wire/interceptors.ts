// What both ends need to run Connect's interceptors.

import { create, type DescMessage } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import type { AnyMessage, AnyMessageInit } from "./messages.ts";

/** A call as interceptors see it. */
export type AnyFn = ReturnType<Interceptor>;

/** Wraps a call in interceptors; the first of the list is the outermost. */
export function applyInterceptors(innermost: AnyFn, interceptors: readonly Interceptor[]): AnyFn {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
}

/** Messages may be partial where they are made; interceptors are promised whole ones. */
export function wholeMessages(
  schema: DescMessage,
  messages: AsyncIterable<AnyMessageInit>,
): AsyncIterable<AnyMessage> {
  const whole = (result: IteratorResult<AnyMessageInit>): IteratorResult<AnyMessage> =>
    result.done === true ? result : { done: false, value: create(schema, result.value) };
  return {
    [Symbol.asyncIterator]() {
      const inner = messages[Symbol.asyncIterator]();
      return {
        next: () => inner.next().then(whole),
        return: (value) => inner.return?.(value).then(whole) ?? Promise.resolve({ done: true, value }),
      };
    },
  };
}
