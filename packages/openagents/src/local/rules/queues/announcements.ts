// What the server itself says: who comes and goes, and what they can do. For `apply` alone.
import { discoveryNotifications, modDestination, mods, systemNotices } from "../../../wire/names.ts";
import type { Said } from "../model/entities.ts";
import { withMembers } from "../model/exact-json.ts";
import { nextId, type State } from "../model/state.ts";
import { deliver, recipientsOf } from "./deliveries.ts";

/** @param payload JSON text */
export function announcement(
  state: State,
  name: string,
  source: string,
  to: string | null,
  payload: string,
  atMs: number,
): Said {
  return {
    id: nextId(state),
    name,
    source,
    to,
    payload,
    metadata: "{}",
    visibility: "network",
    atMs,
    group: null,
  };
}

function announce(...parts: Parameters<typeof announcement>): void {
  const [state] = parts;
  const said = announcement(...parts);
  deliver(state, said, null, recipientsOf(state, said), said.atMs);
}

const fromDiscovery = modDestination(mods.discovery);

export function tellConnected(
  state: State,
  id: string,
  group: string,
  capabilities: string,
  atMs: number,
): void {
  const about = JSON.stringify({ agent_id: id, agent_group: group });
  const payload = withMembers(about, `"capabilities":${capabilities},"connected_at":${atMs / 1_000}`);
  announce(state, discoveryNotifications.connected, fromDiscovery, "broadcast", payload, atMs);
}

export function tellDisconnected(state: State, id: string, reason: string, atMs: number): void {
  const payload = JSON.stringify({ agent_id: id, reason });
  announce(state, discoveryNotifications.disconnected, fromDiscovery, "broadcast", payload, atMs);
}

export function tellAble(state: State, id: string, capabilities: string, atMs: number): void {
  const payload = withMembers(JSON.stringify({ agent_id: id }), `"capabilities":${capabilities}`);
  announce(state, discoveryNotifications.capabilities, fromDiscovery, "broadcast", payload, atMs);
}

export function tellKicked(state: State, id: string, by: string, group: string, atMs: number): void {
  const payload = JSON.stringify({
    target_agent_id: id,
    kicked_by: by,
    target_group: group,
    reason: "Kicked by admin",
    timestamp: atMs / 1_000,
  });
  announce(state, systemNotices.agentKicked, "system", "agent:broadcast", payload, atMs);
}
