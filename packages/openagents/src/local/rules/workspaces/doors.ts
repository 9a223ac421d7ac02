// Who may look into a workspace: everybody who has its token.
import { sameHash } from "../agents/authentication.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { State, Workspace } from "../model/state.ts";

/** A workspace by its id or its slug. */
export const workspaceAt = (state: State, network: string): Workspace | undefined =>
  state.workspaces.get(network) ?? state.workspaces.get(state.slugs.get(network) ?? "");

/** The workspace of who has its token. */
export function letIn(
  state: State,
  { network, tokenHash }: { readonly network: string; readonly tokenHash: string },
): Workspace | Refusal {
  const workspace = workspaceAt(state, network);
  if (workspace === undefined) {
    return refuse("workspace_not_found", "Network not found");
  }
  return sameHash(workspace.facts.tokenHash, tokenHash)
    ? workspace
    : refuse("bad_token", "Invalid workspace credentials");
}
