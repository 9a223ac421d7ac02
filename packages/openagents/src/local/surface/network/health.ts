// What the server says of itself, in the form that official clients read strictly.
import { packageVersion } from "../../../version.ts";
import type { Body } from "../../../wire/body.ts";
import { mods } from "../../../wire/names.ts";
import { featureNames } from "../../../wire/paths.ts";
import { defaultGroup, type Group } from "../../rules/model/rule-options.ts";
import type { State } from "../../rules/model/state.ts";
import type { Surface } from "../context.ts";

/** @param host the host by which the caller knows the server: what is bound to every interface is found there */
export function healthData(surface: Surface, host: string): Body {
  const { engine, rules } = surface;
  const now = engine.now();
  return engine.peek((state) => {
    const groups = groupMembers(state);
    return {
      network_id: rules.networkId,
      network_uuid: engine.startId,
      network_name: rules.networkName,
      initialized: true,
      created_by_version: packageVersion,
      is_running: true,
      uptime_seconds: (now.wall - engine.startedMs) / 1_000,
      agent_count: state.agents.size,
      agents: Object.fromEntries(
        [...state.agents.values()].map(({ facts, seenMono }) => [
          facts.id,
          {
            capabilities: [],
            last_seen: (now.wall - (now.mono - seenMono)) / 1_000,
            transport_type: facts.transport,
            address: null,
            group: facts.group,
          },
        ]),
      ),
      groups: Object.fromEntries(groups),
      group_config: [...rules.groups, guests].map(({ name, description, metadata, passwordHash }) => ({
        name,
        description,
        agent_count: groups.get(name)?.length ?? 0,
        metadata,
        has_password: passwordHash !== null,
      })),
      default_agent_group: defaultGroup,
      requires_password: rules.requirePassword,
      mods: [
        {
          name: mods.messaging,
          enabled: true,
          config: { default_channels: rules.channels.map((name) => ({ name, description: "" })) },
        },
        {
          name: mods.discovery,
          enabled: true,
          config: { broadcast_connection: true, broadcast_disconnection: true },
        },
      ],
      dynamic_mods: { loaded: [], count: 0, details: {} },
      topology_mode: "centralized",
      transports: surface.addresses().map(({ type, host: bound, port }) => ({
        type,
        config: { host: isEverywhere(bound) ? host : bound, port },
      })),
      manifest_transport: "http",
      recommended_transport: "http",
      max_connections: rules.maxAgents,
      readme: null,
      features: Object.fromEntries(featureNames.map((name) => [name, true])),
      limits: { max_body: surface.maxBody, queue_limit: rules.queueLimit },
    };
  });
}

const guests: Group = {
  name: defaultGroup,
  description: "Default group for agents without specific credentials",
  passwordHash: null,
  metadata: {},
};

const isEverywhere = (host: string): boolean => host === "0.0.0.0" || host === "::";

function groupMembers({ agents }: State): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { facts } of agents.values()) {
    const members = groups.get(facts.group);
    if (members === undefined) {
      groups.set(facts.group, [facts.id]);
    } else {
      members.push(facts.id);
    }
  }
  return groups;
}
