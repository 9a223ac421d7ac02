// What scenes ask of a load process.

/** One step of a staged scene, done by an agent that the load does not use. */
export type Step =
  /** Acquires until it holds the key. */
  | { readonly kind: "hold"; readonly key: string; readonly ttlSeconds: number }
  /** Writes to the guarded resource under the token of the last hold, whether it still holds or not. */
  | { readonly kind: "write"; readonly key: string }
  /** Renews the last hold. */
  | { readonly kind: "renew"; readonly key: string; readonly ttlSeconds: number }
  /** Claims with a new agent that has this tool; answers when the daemon has the claim, which then waits for ever. */
  | { readonly kind: "block"; readonly tool: string }
  /** Creates a task for this tool. */
  | { readonly kind: "create"; readonly tool: string; readonly ttlSeconds: number }
  /** Claims and completes one task with a new agent that has this tool. */
  | { readonly kind: "serve"; readonly tool: string }
  /** Enters a group, or asks about it by entering again. `as` names the agent within this process. */
  | { readonly kind: "campaign"; readonly group: string; readonly as: string }
  /** Leaves a group. */
  | { readonly kind: "resign"; readonly group: string; readonly as: string };
