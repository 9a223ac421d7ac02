// Who may look into a workspace: everybody who has its token.
import { agentOfOnm } from "../../../wire/onm.ts";
import { sameHash } from "../agents/authentication.ts";
import { isAgentId } from "../agents/registration.ts";
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

/**
 * Why nobody with the token alone may speak under an address; `undefined` where anybody may. Agents of the network have secrets of
 * their own, and names such as `system` and `mod:x` are believed there.
 */
export function speakerProblem(state: State, workspace: Workspace, source: string): Refusal | undefined {
  if (workspace.facts.id !== state.homeId || source.startsWith("human:")) {
    return undefined;
  }
  const name = agentOfOnm(source);
  if (state.agents.has(name)) {
    return refuse("not_yours", "the source is an agent of the network: it posts with its own secret");
  }
  return isAgentId(name)
    ? undefined
    : refuse("not_yours", "the source is no agent and no human: write openagents:<name> or human:<name>");
}
