// Who calls: an agent is who has the secret of its registration, of which only the hash is kept.
import type { Agent, State } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";

/** The agent behind a secret, which is heard from by it. */
export function authenticated(
  state: State,
  agentId: string,
  secretHash: string,
  turn: NetworkTurn,
): Agent | undefined {
  const agent = state.agents.get(agentId);
  if (agent === undefined || !sameHash(agent.facts.secretHash, secretHash)) {
    return undefined;
  }
  agent.seenMono = turn.now.mono;
  return agent;
}

/** Compares in a time that does not depend on where they differ. */
export function sameHash(known: string, given: string): boolean {
  if (known === "" || known.length !== given.length) {
    return false;
  }
  let difference = 0;
  for (let index = 0; index < known.length; index += 1) {
    difference |= known.charCodeAt(index) ^ given.charCodeAt(index);
  }
  return difference === 0;
}
