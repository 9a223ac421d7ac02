// From answers to what callers see: whatever case, style and shape the server has; what is missing is null, what is new stays in `raw`.

import { GridServerError } from "../errors.ts";
import type {
  GridAck,
  GridArtifact,
  GridClaim,
  GridMessage,
  GridNode,
  GridRoom,
  GridRoomMessage,
  GridSchedule,
  GridSkill,
  GridTask,
  ReceivedPart,
  RoomNotification,
  SearchResult,
  TaskNotification,
  WithRaw,
} from "../types.ts";
import { isBody, readPart, readState } from "../wire/forms.ts";
import { type Body, namesOf } from "../wire/names.ts";
import type { GridWireProfile } from "../wire/profile.ts";

/** One object of an answer under our names. */
export interface Reading {
  readonly raw: Body;
  has(name: string): boolean;
  text(name: string): string | null;
  /** @throws GridServerError `bad_response` */
  id(name: string): string;
  number(name: string): number | null;
  flag(name: string): boolean;
  object(name: string): Body | null;
  objects(name: string): readonly Body[];
  texts(name: string): readonly string[];
}

/** What decodes the answers of one method. */
export interface Decoder {
  read(value: unknown): Reading;
  /** The items of a list, bare or under any of the names that lists have. */
  list(value: unknown): readonly Body[];
  /** @param nodeId whose node it is, where the answer does not say it */
  node(value: unknown, nodeId?: string): GridNode;
  searchResult(value: unknown): SearchResult;
  task(value: unknown): GridTask;
  message(value: unknown): GridMessage;
  room(value: unknown): GridRoom;
  roomMessage(value: unknown): GridRoomMessage;
  schedule(value: unknown): GridSchedule;
  /** @param taskId which task it is about, where the answer does not say it */
  ack(value: unknown, taskId: string): GridAck;
  taskNotification(value: unknown): TaskNotification;
  roomNotification(value: unknown): RoomNotification;
}

/** The names under which a list may stand. */
const listNames = ["items", "tasks", "rooms", "results", "schedules", "messages", "nodes"] as const;

export function decoderOf(profile: GridWireProfile, method: string): Decoder {
  const names = namesOf(profile);

  const read = (value: unknown): Reading => {
    if (!isBody(value)) {
      throw badAnswer(method, "an object");
    }
    const body = names.ours(value);
    const text = (name: string): string | null => {
      const member = body[name];
      return typeof member === "string" ? member : null;
    };
    const list = (name: string): readonly unknown[] => {
      const member = body[name];
      return Array.isArray(member) ? member : [];
    };
    return {
      raw: value,
      has: (name) => (body[name] ?? null) !== null,
      text,
      id(name): string {
        const id = text(name);
        if (id === null || id === "") {
          throw badAnswer(method, name);
        }
        return id;
      },
      number(name): number | null {
        const member = body[name];
        return typeof member === "number" ? member : null;
      },
      flag: (name) => body[name] === true,
      object(name): Body | null {
        const member = body[name];
        return isBody(member) ? member : null;
      },
      objects: (name) => list(name).filter(isBody),
      texts: (name) => list(name).filter((item) => typeof item === "string"),
    };
  };

  const parts = (reading: Reading): readonly ReceivedPart[] =>
    reading.objects("parts").map((part) => {
      const { type, ...rest } = readPart(part, profile);
      return { ...rest, type: String(type) };
    });

  const message = (value: unknown): GridMessage => {
    const from = read(value);
    return withRaw(from, {
      messageId: from.text("messageId") ?? from.id("id"),
      taskId: from.text("taskId"),
      contextId: from.text("contextId"),
      fromNodeId: from.text("fromNodeId"),
      role: roleOf(from.text("role")),
      parts: parts(from),
      seq: from.number("seq"),
      timestamp: from.text("timestamp"),
      metadata: from.object("metadata") ?? {},
    });
  };

  const artifact = (value: unknown): GridArtifact => {
    const from = read(value);
    return withRaw(from, {
      artifactId: from.text("artifactId"),
      name: from.text("name"),
      description: from.text("description"),
      parts: parts(from),
      metadata: from.object("metadata") ?? {},
    });
  };

  const roomMessage = (value: unknown): GridRoomMessage => {
    const from = read(value);
    return withRaw(from, {
      messageId: from.text("messageId") ?? from.id("id"),
      roomId: from.text("roomId"),
      fromNodeId: from.text("fromNodeId"),
      parts: parts(from),
      seq: from.number("seq"),
      timestamp: from.text("timestamp"),
      metadata: from.object("metadata") ?? {},
    });
  };

  return {
    read,
    list(value): readonly Body[] {
      if (Array.isArray(value)) {
        return value.filter(isBody);
      }
      const from = read(value);
      const name = listNames.find((each) => Array.isArray(names.pick(from.raw, each)));
      return name === undefined ? [] : from.objects(name);
    },

    node(value, nodeId): GridNode {
      const from = read(value);
      return withRaw(from, {
        nodeId: from.text("nodeId") ?? from.text("id") ?? nodeId ?? from.id("nodeId"),
        did: from.text("did"),
        publicKey: from.text("publicKey"),
        name: from.text("name") ?? "",
        description: from.text("description") ?? "",
        skills: skillsOf(from),
        endpointUrl: from.text("endpointUrl"),
        isAutonomous: from.flag("isAutonomous") || from.flag("autonomous"),
        isClaimed: from.flag("isClaimed"),
        isOnline: from.flag("isOnline"),
        status: from.text("status") ?? "available",
        statusMessage: from.text("statusMessage"),
        activeTaskIds: from.texts("activeTaskIds"),
        summary: from.text("summary"),
        reputation: from.number("reputation"),
        grids: from.objects("grids").map((each) => {
          const grid = read(each);
          return {
            gridId: grid.id("gridId"),
            name: grid.text("name") ?? "",
            isPublic: grid.flag("isPublic"),
          };
        }),
        createdAt: from.text("createdAt"),
        updatedAt: from.text("updatedAt"),
        lastSeenAt: from.text("lastSeenAt"),
        claim: claimOf(from.object("claim")),
      });
    },

    searchResult(value): SearchResult {
      const from = read(value);
      return withRaw(from, {
        nodeId: from.text("nodeId") ?? from.id("id"),
        name: from.text("name") ?? "",
        description: from.text("description") ?? "",
        skills: skillsOf(from),
        reputation: from.number("reputation"),
        isOnline: from.flag("isOnline"),
        status: from.text("status") ?? "available",
        statusMessage: from.text("statusMessage"),
        score: from.number("score"),
      });
    },

    message,
    roomMessage,

    task(value): GridTask {
      const whole = read(value);
      const from = read(whole.object("task") ?? value);
      const status = from.object("status");
      const inner = status === null ? null : read(status);
      const state = readState(from.text("state") ?? inner?.text("state") ?? "");
      const said = inner?.object("message") ?? null;
      return withRaw(from, {
        id: from.text("id") ?? from.id("taskId"),
        contextId: from.text("contextId"),
        senderNodeId: from.text("senderNodeId"),
        receiverNodeId: from.text("receiverNodeId"),
        state,
        status: {
          state,
          timestamp: inner?.text("timestamp") ?? null,
          message: said === null ? null : message(said),
        },
        unreadCount: from.number("unreadCount") ?? 0,
        lastSeq: from.number("lastSeq"),
        history: from.objects("history").map(message),
        artifacts: from.objects("artifacts").map(artifact),
        checkIn: from.number("checkIn"),
        metadata: from.object("metadata") ?? {},
        parentTaskId: from.text("parentTaskId"),
        createdAt: from.text("createdAt"),
        updatedAt: from.text("updatedAt"),
      });
    },

    room(value): GridRoom {
      const from = read(value);
      return withRaw(from, {
        id: from.text("id") ?? from.id("roomId"),
        name: from.text("name"),
        gridId: from.text("gridId"),
        state: from.text("state") ?? "open",
        creatorNodeId: from.text("creatorNodeId"),
        participants: from.objects("participants").map((each) => {
          const participant = read(each);
          return { nodeId: participant.id("nodeId"), status: participant.text("status") ?? "joined" };
        }),
        messageCount: from.number("messageCount") ?? 0,
        unreadCount: from.number("unreadCount") ?? 0,
        messages: from.objects("messages").map(roomMessage),
        createdAt: from.text("createdAt"),
        lastActivityAt: from.text("lastActivityAt"),
        closedAt: from.text("closedAt"),
        closedReason: from.text("closedReason"),
      });
    },

    schedule(value): GridSchedule {
      const from = read(value);
      return withRaw(from, {
        id: from.text("id") ?? from.id("scheduleId"),
        messageText: from.text("messageText") ?? "",
        description: from.text("description"),
        schedule: from.text("schedule"),
        cronExprs: from.has("cronExprs") ? from.texts("cronExprs") : null,
        intervalSeconds: from.number("intervalSeconds"),
        fireAt: from.text("fireAt"),
        timezone: from.text("timezone") ?? "UTC",
        status: from.text("status") ?? "active",
        maxFires: from.number("maxFires"),
        fireCount: from.number("fireCount") ?? 0,
        nextFireAt: from.text("nextFireAt"),
        lastFiredAt: from.text("lastFiredAt"),
        createdBy: from.text("createdBy") ?? "agent",
        metadata: from.object("metadata") ?? {},
        createdAt: from.text("createdAt"),
        updatedAt: from.text("updatedAt"),
      });
    },

    ack(value, taskId): GridAck {
      const from = read(value);
      return withRaw(from, {
        taskId: from.text("taskId") ?? taskId,
        acked: from.number("acked") ?? 0,
        unreadCount: from.number("unreadCount") ?? 0,
      });
    },

    taskNotification(value): TaskNotification {
      const from = read(value);
      const state = from.text("state");
      return {
        taskId: from.id("taskId"),
        fromNodeId: from.text("fromNodeId"),
        notifyType: from.text("notifyType") ?? "message",
        state: state === null ? null : readState(state),
        contextId: from.text("contextId"),
        messageId: from.text("messageId"),
        unreadCount: from.number("unreadCount") ?? 0,
        senderSessionKey: from.text("senderSessionKey"),
        receiverSessionKey: from.text("receiverSessionKey"),
        timestamp: from.text("timestamp"),
        catchUp: false,
      };
    },

    roomNotification(value): RoomNotification {
      const from = read(value);
      return {
        roomId: from.id("roomId"),
        fromNodeId: from.text("fromNodeId"),
        notifyType: from.text("notifyType") ?? "message",
        messageId: from.text("messageId"),
        unreadCount: from.number("unreadCount") ?? 0,
        timestamp: from.text("timestamp"),
        catchUp: false,
      };
    },
  };

  function claimOf(body: Body | null): GridClaim | null {
    if (body === null) {
      return null;
    }
    const from = read(body);
    return {
      isClaimed: from.flag("isClaimed"),
      claimedAt: from.text("claimedAt"),
      owner: from.text("owner"),
    };
  }

  function skillsOf(from: Reading): readonly GridSkill[] {
    return from.objects("skills").map((skill) => ({
      ...skill,
      id: String(skill.id ?? ""),
      name: String(skill.name ?? ""),
    }));
  }
}

/** Adds the answer itself, out of sight of printing and comparing. */
export function withRaw<T extends object>({ raw }: { readonly raw: Body }, result: T): T & WithRaw {
  return Object.defineProperty(result as T & WithRaw, "raw", { value: raw });
}

/** `ROLE_AGENT` and `agent` are one role. */
function roleOf(role: string | null): string | null {
  return role === null ? null : role.replace(/^ROLE_/i, "").toLowerCase();
}

function badAnswer(method: string, what: string): GridServerError {
  return new GridServerError(`${method}: the server answered without ${what}.`, {
    method,
    code: "bad_response",
    status: undefined,
  });
}
