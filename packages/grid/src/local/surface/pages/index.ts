// The pages of the operator's port: nodes, tasks, rooms, schedules, grids.
import {
  ago,
  facts,
  html,
  listSection,
  type Markup,
  type Page,
  section,
  state,
  tabs,
  until,
} from "@x/core/service";
import { taskStates } from "../../../wire/forms.ts";
import type { GridWireProfile } from "../../../wire/profile.ts";
import type { Engine } from "../../engine/engine.ts";
import { type GridNode, isTerminal, type Schedule, type Task } from "../../rules/model/entities.ts";
import { isOnline, type State } from "../../rules/model/state.ts";

interface Shown {
  readonly engine: Engine;
  readonly url: () => string;
  readonly profile: GridWireProfile;
}

export function gridPages(shown: Shown): readonly Page[] {
  return [
    nodesPage(shown),
    nodePage(shown),
    tasksPage(shown),
    roomsPage(shown),
    schedulesPage(shown),
    gridsPage(shown),
  ];
}

/** The name of a node, leading to its page. */
function nodeLink({ nodes }: State, nodeId: string): Markup {
  return html`<a href="/agents/${encodeURIComponent(nodeId)}">${nodes.get(nodeId)?.name ?? nodeId}</a>`;
}

function nodesPage({ engine, url, profile }: Shown): Page {
  return {
    path: "/",
    title: "Nodes",
    count: () => engine.peek(({ nodes }) => nodes.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => {
        const presence = query.choice("online", ["", "yes", "no"]);
        return [
          listSection<GridNode>(query, {
            id: "nodes",
            title: "Nodes",
            words: ["node", "nodes"],
            columns: [
              { title: "Name", sort: "name" },
              { title: "Online", kind: "word" },
              { title: "Status", kind: "word" },
              { title: "Owner", wide: true },
              { title: "Tasks", kind: "number", sort: "tasks" },
              { title: "Seen", kind: "word", sort: "seen" },
            ],
            keys: {
              name: ({ name }) => name,
              tasks: ({ nodeId }) => all.tasksOf.get(nodeId)?.size ?? 0,
              seen: ({ lastSeenMs }) => -lastSeenMs,
            },
            order: "",
            from: all.nodes.values(),
            size: all.nodes.size,
            ...(presence === ""
              ? {}
              : { matches: (node) => isOnline(all, node, wall) === (presence === "yes") }),
            tabs: tabs(query, "online", "Presence", [
              { value: "", title: "All" },
              { value: "yes", title: "Online" },
              { value: "no", title: "Offline" },
            ]),
            searches: "Search names and ids",
            texts: ({ name, nodeId, description }) => [name, nodeId, description],
            row: (node) => ({
              key: node.nodeId,
              id: node.nodeId,
              cells: [
                nodeLink(all, node.nodeId),
                isOnline(all, node, wall) ? state("online", "good") : state("offline", "quiet"),
                node.status,
                node.claim === null
                  ? node.autonomous
                    ? "autonomous"
                    : "not claimed"
                  : (node.claim.owner ?? "claimed"),
                all.tasksOf.get(node.nodeId)?.size ?? 0,
                ago(node.lastSeenMs, wall),
              ],
            }),
            start: {
              sentence:
                "No agent has registered yet. An agent registers by itself when it is told where this server is.",
              code: `GRID_URL=${url()}`,
            },
          }),
          section(
            "claim",
            "Claim",
            html`<p>An agent that shows a claim code is claimed at <a href="${url()}${profile.routes.claimPage.path}">its form</a>.</p>`,
          ),
        ];
      }),
  };
}

function nodePage({ engine }: Shown): Page {
  return {
    path: "/agents/:id",
    title: "Node",
    under: "/",
    render: ({ id }) =>
      engine.peek((all, { wall }) => {
        const node = all.nodes.get(id);
        if (node === undefined) {
          return [section("node", "Node", html`<p>There is no such node.</p>`)];
        }
        return [
          section(
            "node",
            node.name,
            facts([
              ["Id", node.nodeId],
              ["Description", node.description],
              ["Online", isOnline(all, node, wall) ? "yes" : "no"],
              ["Status", node.status],
              ["Says", node.statusMessage ?? ""],
              ["Summary", node.summary ?? ""],
              ["Owner", node.claim?.owner ?? ""],
              ["Skills", node.skills.map(({ name }) => name).join(", ")],
              ["Grids", node.gridIds.map((gridId) => all.grids.get(gridId)?.name ?? gridId).join(", ")],
              ["Streams", all.streams.get(id) ?? 0],
              ["Seen", ago(node.lastSeenMs, wall)],
              ["Last read", node.fetchedMs === null ? "never" : ago(node.fetchedMs, wall)],
            ]),
          ),
        ];
      }),
  };
}

function tasksPage({ engine }: Shown): Page {
  return {
    path: "/tasks",
    title: "Tasks",
    count: () => engine.peek(({ tasks }) => tasks.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => {
        const wanted = query.choice("state", ["", ...taskStates]);
        return [
          listSection<Task>(query, {
            id: "tasks",
            title: "Tasks",
            words: ["task", "tasks"],
            columns: [
              { title: "State", kind: "word" },
              { title: "From" },
              { title: "To" },
              { title: "Messages", kind: "number", sort: "messages" },
              { title: "Unread", kind: "number", sort: "unread" },
              { title: "Changed", kind: "word", sort: "changed" },
            ],
            keys: {
              messages: ({ lastSeq }) => lastSeq,
              unread: ({ sender, receiver }) => sender.unread + receiver.unread,
              changed: ({ updatedMs }) => -updatedMs,
            },
            order: "changed",
            from: all.tasks.values(),
            size: all.tasks.size,
            ...(wanted === "" ? {} : { matches: (task) => task.state === wanted }),
            tabs: tabs(query, "state", "State", [
              { value: "", title: "All" },
              ...taskStates.map((value) => ({ value, title: value.replace("_", " ") })),
            ]),
            searches: "Search ids",
            texts: ({ taskId, contextId, senderNodeId, receiverNodeId }) => [
              taskId,
              contextId,
              senderNodeId,
              receiverNodeId,
            ],
            row: (task) => ({
              key: task.taskId,
              cells: [
                state(task.state, toneOf(task.state)),
                nodeLink(all, task.senderNodeId),
                nodeLink(all, task.receiverNodeId),
                task.lastSeq,
                task.sender.unread + task.receiver.unread,
                ago(task.updatedMs, wall),
              ],
            }),
            start: { sentence: "No task has been sent yet.", code: "client.sendTask(nodeId, text)" },
          }),
        ];
      }),
  };
}

function toneOf(task: (typeof taskStates)[number]): "good" | "warn" | "bad" | "quiet" {
  if (!isTerminal(task)) {
    return task === "input_required" || task === "auth_required" ? "warn" : "good";
  }
  return task === "failed" || task === "rejected" ? "bad" : "quiet";
}

function roomsPage({ engine }: Shown): Page {
  return {
    path: "/rooms",
    title: "Rooms",
    count: () => engine.peek(({ rooms }) => rooms.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => [
        listSection(query, {
          id: "rooms",
          title: "Rooms",
          words: ["room", "rooms"],
          columns: [
            { title: "Name" },
            { title: "State", kind: "word" },
            { title: "Joined" },
            { title: "Messages", kind: "number", sort: "messages" },
            { title: "Last", kind: "word", sort: "last" },
          ],
          keys: { messages: ({ lastSeq }) => lastSeq, last: ({ lastActivityMs }) => -lastActivityMs },
          order: "last",
          from: all.rooms.values(),
          size: all.rooms.size,
          searches: "Search names and ids",
          texts: ({ name, roomId }) => [name ?? "", roomId],
          row: (room) => ({
            key: room.roomId,
            cells: [
              room.name ?? room.roomId,
              room.closed === null ? state("open", "good") : state(room.closed.reason, "quiet"),
              room.participants
                .filter(({ status }) => status === "joined")
                .map(({ nodeId }) => all.nodes.get(nodeId)?.name ?? nodeId)
                .join(", "),
              room.lastSeq,
              ago(room.lastActivityMs, wall),
            ],
          }),
          start: { sentence: "No room has been made yet.", code: "client.createRoom([nodeId])" },
        }),
      ]),
  };
}

function schedulesPage({ engine }: Shown): Page {
  return {
    path: "/timetable",
    title: "Schedules",
    count: () => engine.peek(({ schedules }) => schedules.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => [
        listSection(query, {
          id: "schedules",
          title: "Schedules",
          words: ["schedule", "schedules"],
          columns: [
            { title: "Node" },
            { title: "When" },
            { title: "Text", wide: true },
            { title: "Status", kind: "word" },
            { title: "Fired", kind: "number", sort: "fired" },
            { title: "Next", kind: "word", sort: "next" },
          ],
          keys: {
            fired: ({ fireCount }) => fireCount,
            next: ({ nextMs }) => nextMs ?? Number.MAX_SAFE_INTEGER,
          },
          order: "next",
          from: all.schedules.values(),
          size: all.schedules.size,
          searches: "Search texts and ids",
          texts: ({ messageText, scheduleId, nodeId }) => [messageText, scheduleId, nodeId],
          row: (schedule) => ({
            key: schedule.scheduleId,
            cells: [
              nodeLink(all, schedule.nodeId),
              whenOf(schedule),
              schedule.messageText.slice(0, 120),
              state(schedule.status, schedule.status === "active" ? "good" : "quiet"),
              schedule.fireCount,
              schedule.nextMs === null ? "" : until(schedule.nextMs, wall),
            ],
          }),
          start: {
            sentence: "No schedule has been made yet.",
            code: 'client.createSchedule({ schedule: "every hour" })',
          },
        }),
      ]),
  };
}

function whenOf({ phrase, timing, timezone }: Schedule): string {
  if (phrase !== null) {
    return phrase;
  }
  return timing.kind === "cron"
    ? `${timing.expressions.join(", ")} ${timezone}`
    : new Date(timing.kind === "once" ? timing.atMs : timing.anchorMs).toISOString();
}

function gridsPage({ engine }: Shown): Page {
  return {
    path: "/grids",
    title: "Grids",
    count: () => engine.peek(({ grids }) => grids.size),
    render: ({ query }) =>
      engine.peek((all) => {
        const members = new Map<string, number>();
        for (const { gridIds } of all.nodes.values()) {
          for (const gridId of gridIds) {
            members.set(gridId, (members.get(gridId) ?? 0) + 1);
          }
        }
        return [
          listSection(query, {
            id: "grids",
            title: "Grids",
            words: ["grid", "grids"],
            columns: [
              { title: "Name", sort: "name" },
              { title: "Id" },
              { title: "Members", kind: "number", sort: "members" },
            ],
            keys: { name: ({ name }) => name, members: ({ gridId }) => members.get(gridId) ?? 0 },
            order: "",
            from: all.grids.values(),
            size: all.grids.size,
            searches: "Search names and ids",
            texts: ({ name, gridId }) => [name, gridId],
            row: ({ gridId, name }) => ({ key: gridId, cells: [name, gridId, members.get(gridId) ?? 0] }),
            start: { sentence: "There is no grid.", code: "" },
          }),
        ];
      }),
  };
}
