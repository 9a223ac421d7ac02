// What both surfaces, the wire of upstream and our additive one, have in common.
import { type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { type AgentCard, TaskStatus } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { Keeper } from "../engine/engine.ts";
import type { CommandOf } from "../rules/model/commands.ts";
import type { CardView } from "../rules/model/views.ts";
import { statusError } from "./errors.ts";

export interface SurfaceOptions {
  /** Watch streams that may be open at once. */
  readonly maxWatchers: number;
}

/** The official client refuses messages above 4 MiB; an answer stays below this. */
const largestAnswerBytes = 4_000_000;

/** @throws ConnectError `TOO_MANY_WATCHERS` */
export function demandWatcher(keeper: Keeper, { maxWatchers }: SurfaceOptions): void {
  if (keeper.watchers >= maxWatchers) {
    throw statusError(
      Code.ResourceExhausted,
      "TOO_MANY_WATCHERS",
      `${maxWatchers} watches are open, which is the daemon's limit (--max-watchers)`,
    );
  }
}

/** Refuses an answer that the official client could not receive. @throws ConnectError `RESULT_TOO_LARGE` */
export function bounded<Schema extends DescMessage>(
  schema: Schema,
  response: MessageShape<Schema>,
): MessageShape<Schema> {
  const bytes = toBinary(schema, response).length;
  if (bytes > largestAnswerBytes) {
    throw statusError(
      Code.ResourceExhausted,
      "RESULT_TOO_LARGE",
      `the answer would have ${bytes} bytes, above the ${largestAnswerBytes} that every client can receive; ask for less`,
      { bytes: String(bytes), limit: String(largestAnswerBytes) },
    );
  }
  return response;
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
