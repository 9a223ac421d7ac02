// What both surfaces, the wire of upstream and our additive one, have in common.
import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { CommandOf as KernelCommandOf } from "@x/core/service";
import { type AgentCard, TaskStatus } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { Engine } from "../engine/engine.ts";
import type { Command, CommandOf, Replies } from "../rules/model/commands.ts";
import { isRefusal, type Refusal } from "../rules/model/refusal.ts";
import type { KeeperTypes } from "../rules/model/turn.ts";
import type { CardView } from "../rules/model/views.ts";
import { kernelStatus, refusalError, statusError } from "./errors.ts";

/** The official client refuses messages above 4 MiB; an answer stays below this. */
const largestAnswerBytes = 4_000_000;

/** Carries out a command; a refusal or a fault of the kernel is thrown as the status that callers see. */
export async function ask<Type extends Command["type"]>(
  engine: Engine,
  command: KernelCommandOf<KeeperTypes, Type>,
  options?: { readonly signal?: AbortSignal },
): Promise<Replies[Type]> {
  let reply: Replies[Type] | Refusal;
  try {
    reply = await engine.run(command, options);
  } catch (error) {
    throw kernelStatus(error);
  }
  if (isRefusal(reply)) {
    throw refusalError(reply);
  }
  return reply;
}

/** What an item of a list costs in its message beside its own bytes: a tag and a length. */
const itemOverheadBytes = 5;

/**
 * Makes the messages of a list, and refuses one that the official client could not receive; no more of it is made than that needs.
 *
 * @throws ConnectError `RESULT_TOO_LARGE`
 */
export function boundedList<View, Schema extends DescMessage>(
  schema: Schema,
  views: readonly View[],
  encode: (view: View) => MessageShape<Schema>,
): MessageShape<Schema>[] {
  const items: MessageShape<Schema>[] = [];
  let bytes = 0;
  for (const view of views) {
    const item = encode(view);
    bytes += toBinary(schema, item).length + itemOverheadBytes;
    if (bytes > largestAnswerBytes) {
      throw statusError(
        Code.ResourceExhausted,
        "RESULT_TOO_LARGE",
        `the ${items.length + 1} first of ${views.length} items would have ${bytes} bytes, above the ${largestAnswerBytes} that every client can receive; ask for less`,
        { bytes: String(bytes), limit: String(largestAnswerBytes) },
      );
    }
    items.push(item);
  }
  return items;
}

/** The card of a request; what is absent is empty. */
export function readCard(card: AgentCard | undefined): CardView {
  return {
    name: card?.name ?? "",
    description: card?.description ?? "",
    version: card?.version ?? "",
    capabilities: (card?.capabilities ?? []).map(({ name, description }) => ({ name, description })),
    tools: card?.tools ?? [],
    metadata: card?.metadata ?? {},
  };
}

/** The status of a request; `undefined` for all. */
export function readTaskStatus(status: TaskStatus): CommandOf<"listTasks">["status"] {
  switch (status) {
    case TaskStatus.PENDING:
      return "pending";
    case TaskStatus.CLAIMED:
      return "claimed";
    case TaskStatus.COMPLETED:
      return "completed";
    case TaskStatus.FAILED:
      return "failed";
    case TaskStatus.DEAD:
      return "dead";
    default:
      return undefined;
  }
}
