// A refusal is a reply: what the rules answer when a command may not be carried out.

/** Why a command was refused, as a stable word. A service adds what its callers need to know. */
export interface Refusal<Reason extends string = string> {
  readonly refused: Reason;
}

/** Whether a reply is a refusal; `Own` is the kind that the service answers. */
export function isRefusal<Own extends Refusal = Refusal>(reply: unknown): reply is Own {
  return typeof reply === "object" && reply !== null && "refused" in reply;
}
