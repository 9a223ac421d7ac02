// How a turn ends, whoever says so.
import type { CommandOf } from "../rules/model/commands.ts";

/** How a turn ends. */
export type Ending = Pick<CommandOf<"endTurn">, "state" | "message" | "said" | "direct" | "pieces">;

/** What was shown of an answer before it was whole. */
export interface Shown {
  readonly artifactId: string;
  readonly text: string;
}
