// The pages of the operator's port: who is there and how far behind, groups, channels and workspaces. No secret, and nothing that was
// said.
import { ago, facts, listSection, type Page, section, state, tabs } from "@x/core/service";
import { channelLane } from "../../rules/messaging/messages.ts";
import type { NetworkRules } from "../../rules/model/rule-options.ts";
import {
  type Agent,
  type ChannelState,
  homeOf,
  type State,
  type Workspace,
} from "../../rules/model/state.ts";
import type { Surface } from "../context.ts";
import { type Inhabitant, inhabitantsOf } from "../workspace/encode.ts";
import { fetchState } from "./fetch-state.ts";

export function operatorPages(surface: Surface): readonly Page[] {
  return [agentsPage(surface), channelsPage(surface), workspacesPage(surface)];
}

/** What waits for an agent. */
const depthOf = (agent: Agent | undefined): number =>
  agent === undefined ? 0 : Math.min(agent.queue.entries.length, agent.queue.lastSeq - agent.takenTo);

function agentsPage({ engine, rules, metrics, addresses }: Surface): Page {
  return {
    path: "/",
    title: "Agents",
    count: () => engine.peek(({ agents }) => agents.size),
    render: ({ query }) =>
      engine.peek((all, now) => {
        const home = homeOf(all);
        const inhabitants = inhabitantsOf(all, home, now);
        const side = query.choice("side", ["", "network", "workspace"]);
        const agentOf = ({ name }: Inhabitant): Agent | undefined => all.agents.get(name);
        return [
          listSection<Inhabitant>(query, {
            id: "agents",
            title: "Agents",
            words: ["agent", "agents"],
            columns: [
              { title: "Name", sort: "name" },
              { title: "State", kind: "word" },
              { title: "Group", kind: "word" },
              { title: "Over", kind: "word" },
              { title: "Waiting", kind: "number", sort: "waiting" },
              { title: "Fetched", kind: "word" },
              { title: "Heard", kind: "word", sort: "heard" },
            ],
            keys: {
              name: ({ name }) => name,
              waiting: (one) => depthOf(agentOf(one)),
              heard: ({ lastHeardMs }) => -lastHeardMs,
            },
            order: "",
            from: inhabitants,
            size: inhabitants.length,
            ...(side === ""
              ? {}
              : { matches: (one: Inhabitant) => (agentOf(one) !== undefined) === (side === "network") }),
            tabs: tabs(query, "side", "Where they are", [
              { value: "", title: "All" },
              { value: "network", title: "Network" },
              { value: "workspace", title: "Workspace" },
            ]),
            searches: "Search names",
            texts: ({ name, description }) => [name, description ?? ""],
            row(one) {
              const agent = agentOf(one);
              return {
                key: one.name,
                id: one.name,
                cells: [
                  one.name,
                  fetchState(one, now.wall),
                  agent?.facts.group ?? one.role,
                  agent?.facts.transport ?? "workspace",
                  depthOf(agent),
                  one.fetchedMs === undefined || one.fetchedMs === null ? "" : ago(one.fetchedMs, now.wall),
                  ago(one.lastHeardMs, now.wall),
                ],
              };
            },
            start: {
              sentence:
                "No agent has registered yet. An agent connects when it is told where this server is.",
              code: `connect_to_server("${addresses()[0]?.host ?? ""}", ${addresses()[0]?.port ?? 0})`,
            },
          }),
          section(
            "network",
            "Network",
            facts([
              ["Name", rules.networkName],
              ["Channels", namesOf(home)],
              ["Events since the start", metrics.events],
              ["Events a minute", Math.round((metrics.events * 60_000) / (now.wall - engine.startedMs + 1))],
              ["Queued since the start", all.counts.queued],
              ["Dropped since the start", all.counts.dropped],
              ...groupFacts(all, rules),
            ]),
          ),
        ];
      }),
  };
}

/** The first names, for who looks at one page only. */
function namesOf({ channels }: Workspace): string {
  const names = [...channels.keys()];
  return names.length > 20 ? `${names.slice(0, 20).join(", ")}, ...` : names.join(", ");
}

function groupFacts({ agents }: State, { groups }: NetworkRules): (readonly [string, number])[] {
  const sizes = new Map(groups.map(({ name }) => [name, 0]));
  for (const { facts: own } of agents.values()) {
    sizes.set(own.group, (sizes.get(own.group) ?? 0) + 1);
  }
  return [...sizes].map(([name, size]) => [`Group ${name}`, size] as const);
}

function channelsPage({ engine }: Surface): Page {
  return {
    path: "/channels",
    title: "Channels",
    count: () => engine.peek((all) => homeOf(all).channels.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => {
        const { channels, lanes } = homeOf(all);
        const laneOf = ({ facts: own }: ChannelState) => lanes.get(channelLane(own.name));
        return [
          listSection<ChannelState>(query, {
            id: "channels",
            title: "Channels",
            words: ["channel", "channels"],
            columns: [
              { title: "Name", sort: "name" },
              { title: "Members", kind: "number", sort: "members" },
              { title: "Messages", kind: "number", sort: "messages" },
              { title: "Last", kind: "word" },
            ],
            keys: {
              name: ({ facts: own }) => own.name,
              members: ({ members }) => -members.size,
              messages: (channel) => -(laneOf(channel)?.length ?? 0),
            },
            order: "",
            from: channels.values(),
            size: channels.size,
            searches: "Search names",
            texts: ({ facts: own }) => [own.name, own.description, own.title],
            row(channel) {
              const lane = laneOf(channel);
              const last = lane?.at(lane.length - 1);
              return {
                key: channel.facts.name,
                id: channel.facts.name,
                cells: [
                  channel.facts.name,
                  channel.members.size,
                  lane?.length ?? 0,
                  last === undefined ? "" : ago(last.atMs, wall),
                ],
              };
            },
            start: { sentence: "There is no channel yet.", code: "--channels=general" },
          }),
        ];
      }),
  };
}

function workspacesPage({ engine }: Surface): Page {
  return {
    path: "/workspaces",
    title: "Workspaces",
    count: () => engine.peek(({ workspaces }) => workspaces.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => [
        listSection<Workspace>(query, {
          id: "workspaces",
          title: "Workspaces",
          words: ["workspace", "workspaces"],
          columns: [
            { title: "Name", sort: "name" },
            { title: "Address", kind: "word" },
            { title: "World", kind: "word" },
            { title: "Members", kind: "number" },
            { title: "Events", kind: "number", sort: "events" },
            { title: "Files", kind: "number" },
            { title: "Active", kind: "word" },
          ],
          keys: { name: ({ facts: own }) => own.name, events: ({ log }) => -log.length },
          order: "",
          from: all.workspaces.values(),
          size: all.workspaces.size,
          searches: "Search names and addresses",
          texts: ({ facts: own }) => [own.name, own.slug, own.id],
          row: ({ facts: own, members, log, files, activeMs }) => ({
            key: own.id,
            id: own.slug,
            cells: [
              own.name,
              own.slug,
              own.id === all.homeId ? state("with the network", "good") : state("its own", "quiet"),
              members.size,
              log.length,
              files.size,
              ago(activeMs, wall),
            ],
          }),
          start: { sentence: "There is no workspace yet.", code: "POST /v1/workspaces" },
        }),
      ]),
  };
}
