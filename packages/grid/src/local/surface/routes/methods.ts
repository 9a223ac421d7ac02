// What the methods of tasks, rooms and schedules have in common.
import type { RpcCall } from "../../../wire/profile.ts";
import type { Caller } from "../access.ts";
import type { Fields } from "../fields.ts";
import { fingerprintOf } from "../messages.ts";

/** A call that was let in. */
export interface RpcRequest {
  readonly caller: Caller;
  readonly fields: Fields;
  /** The node in the path: the target of a new task, and of no meaning elsewhere. */
  readonly pathNodeId: string;
}

/** What answers each call, by our names of calls. */
export type Methods = Readonly<Record<RpcCall, (request: RpcRequest) => Promise<unknown>>>;

export const idForm = { min: 1, max: 128 };

/** The id under which a request may come again, and what it asks for. */
export function requestOf(
  fields: Fields,
  ...facts: readonly unknown[]
): { readonly requestId: string | null; readonly fingerprint: string } {
  const requestId = fields.optionalText("requestId", idForm) ?? null;
  return { requestId, fingerprint: requestId === null ? "" : fingerprintOf(...facts) };
}
