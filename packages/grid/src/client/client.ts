// The client: every method of the product page in camel case, over one connection.

import {
  type Clock,
  checkOptions,
  clientRules,
  clockRule,
  environmentValue,
  type Fetch,
  must,
  type OptionRule,
  type OptionRules,
  reportProblem,
  systemClock,
} from "@x/core";
import { gridErrorOf } from "../failure.ts";
import type {
  Availability,
  GridAck,
  GridClaimCode,
  GridDeletedSchedule,
  GridHeartbeat,
  GridMessage,
  GridNode,
  GridRoom,
  GridRoomMessage,
  GridSchedule,
  GridTask,
  KeypairInfo,
  RoomMessages,
  RoomPage,
  SearchResult,
  TaskPage,
} from "../types.ts";
import { packageVersion } from "../version.ts";
import { defaultUrl } from "../wire/base-url.ts";
import { isBody } from "../wire/forms.ts";
import type { Body } from "../wire/names.ts";
import { type DeepPartial, type GridWireProfile, profileWith, type WireRoute } from "../wire/profile.ts";
import { type CallOptions, checkCallOptions, checked, locally, serviceName } from "./call-options.ts";
import { type Connection, openConnection, type RetryOptions } from "./connection.ts";
import { type EventIterator, type EventsOptions, readEvents } from "./events.ts";
import { type HeartbeatOptions, type Heartbeats, startHeartbeat } from "./heartbeat.ts";
import { type ClientIdentity, checkIdentityOptions, type GridSigner, openIdentity } from "./identity.ts";
import { createKnownTasks } from "./known-tasks.ts";
import type { MessageInput } from "./messages.ts";
import {
  Nodes,
  type PatchNodeOptions,
  type RegisterOptions,
  type SearchOptions,
  type StatusOptions,
} from "./nodes.ts";
import {
  type CreateRoomOptions,
  type EachRoomOptions,
  type ListRoomsOptions,
  type ReadRoomOptions,
  Rooms,
  type SendRoomMessageOptions,
} from "./rooms.ts";
import { type CreateScheduleOptions, Schedules, type UpdateScheduleOptions } from "./schedules.ts";
import type {
  EachTaskOptions,
  EndTaskOptions,
  HistoryOptions,
  ListTasksOptions,
  SendMessageOptions,
  SendTaskOptions,
  UpdateTaskOptions,
} from "./task-options.ts";
import { Tasks } from "./tasks.ts";
import { type WaitForTaskOptions, waitForTask } from "./wait-for-task.ts";

/** Settings of a client. */
export interface GridClientOptions {
  /** Names the identity file, which is made at the first use: 1 to 64 letters, digits, `.`, `_` and `-`. */
  readonly agentName?: string | undefined;
  /** @default the environment variable `GRID_URL`, else `https://api.usegrid.dev` */
  readonly url?: string | undefined;
  /** A seed (32 bytes, or their hex or base64url), or who signs; then no file is touched. */
  readonly identity?: GridSigner | Uint8Array | string | undefined;
  /** The directory of identity files. @default `GRID_HOME` + `/identities`, else `~/.grid/identities` */
  readonly identityDir?: string | undefined;
  /** Deadline of each call with all its attempts, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** How often, and with which pauses, a call is repeated where that is safe. */
  readonly retry?: RetryOptions | undefined;
  /** Takes the place of the built-in one. */
  readonly fetch?: Fetch | undefined;
  /** The client's time, for tests and for agents that wait for hours. */
  readonly clock?: Clock | undefined;
  /** What the service's wire has otherwise than the known one. */
  readonly profile?: DeepPartial<GridWireProfile> | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Told what is worth a look and no failure. @default a process warning */
  readonly onWarning?: ((message: string) => void) | undefined;
}

const rawRpcRule: OptionRule = {
  expected: "{ name, params }",
  isOne: (value) => isBody(value) && must.beFullText.isOne(value.name),
};

const rawRestRule: OptionRule = {
  expected: "{ method, path, payload }",
  isOne: (value) =>
    isBody(value) &&
    !("name" in value) &&
    must.beOneOf("GET", "POST", "PUT", "PATCH", "DELETE").isOne(value.method) &&
    must.beFullText.isOne(value.path),
};

const rules: OptionRules<GridClientOptions> = {
  agentName: must.beText,
  url: must.beText,
  identity: { ...must.beAnything, secret: true },
  identityDir: must.beFullText,
  timeoutMs: clientRules.timeoutMs,
  retry: must.follow<RetryOptions>({
    tries: must.beWhole(1, 100),
    baseMs: must.beNumber(0, 3_600_000),
    capMs: must.beNumber(0, 3_600_000),
  }),
  fetch: must.beFunction,
  clock: clockRule,
  profile: { expected: "an object", isOne: isBody },
  headers: must.beTextMap,
  onWarning: must.beFunction,
};

/** A REST call that has no method of its own. */
export interface RawRestCall extends WireRoute {
  /** Signed; the body, or of a GET the query. */
  readonly payload?: Body | undefined;
}

/** A JSON-RPC call that has no method of its own. */
export interface RawRpcCall {
  /** The name of the JSON-RPC method. */
  readonly name: string;
  readonly params?: Body | undefined;
  /** Whose address it goes to. @default the own one */
  readonly nodeId?: string | undefined;
}

/** A client of Grid, for one agent. Connects when it is first used; an idle client keeps no process alive. */
export class GridClient implements AsyncDisposable {
  /** Where the service is, without a slash at its end. */
  readonly url: string;
  readonly #connection: Connection;
  readonly #nodes: Nodes;
  readonly #tasks: Tasks;
  readonly #rooms: Rooms;
  readonly #schedules: Schedules;

  /** A client whose identity is loaded, or made, already. @throws GridError as the constructor and {@link keypairInfo} */
  static async open(options: GridClientOptions): Promise<GridClient> {
    const client = new GridClient(options);
    await client.keypairInfo();
    return client;
  }

  /**
   * Loads nothing yet: the identity is loaded, or made, at the first use.
   *
   * @throws GridError `bad_agent_name`, `missing_identity`, `invalid_base_url`, `invalid_option`
   */
  constructor(options: GridClientOptions) {
    const method = "new GridClient";
    locally(method, () => checkOptions(options, rules, { service: serviceName, operation: method }));
    const { timeoutMs = 30_000, clock = systemClock, retry = {} } = options;
    const warn = options.onWarning ?? ((message) => reportProblem(message, "Grid"));
    const once = onceEach(warn);
    const identityOptions = { ...options, onWarning: once };
    checkIdentityOptions(identityOptions);
    const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    let loading: Promise<ClientIdentity> | undefined;
    let own: string | undefined;
    const identity = (): Promise<ClientIdentity> => {
      loading ??= openIdentity(identityOptions).then(
        (found) => {
          own = found.info.nodeId;
          return found;
        },
        (error: unknown) => {
          // The file may be mended before the next call.
          loading = undefined;
          throw error;
        },
      );
      return loading;
    };
    this.#connection = locally(method, () =>
      openConnection({
        url: options.url ?? environmentValue("GRID_URL") ?? defaultUrl,
        profile: profileWith(options.profile),
        timeoutMs,
        retry,
        headers: { "user-agent": `x-grid/${packageVersion}`, ...Object.fromEntries(headers) },
        fetch: options.fetch,
        clock,
        onWarning: once,
        identity,
      }),
    );
    this.url = this.#connection.url;
    if (isOpenToEveryone(this.url)) {
      once(`${this.url} is not encrypted: everyone on the way can read what the agent sends.`);
    }
    this.#nodes = new Nodes(this.#connection);
    this.#tasks = new Tasks(
      this.#connection,
      createKnownTasks(() => own),
    );
    this.#rooms = new Rooms(this.#connection);
    this.#schedules = new Schedules(this.#connection);
  }

  /** Registers the agent, or updates it where it is registered already: as often as wanted. */
  register(options: RegisterOptions): Promise<GridNode> {
    return this.#nodes.register(options);
  }

  /** Agents that can do something. */
  search(query: string, options?: SearchOptions): Promise<SearchResult[]>;
  search(options: SearchOptions & { readonly query: string }): Promise<SearchResult[]>;
  async search(
    query: string | (SearchOptions & { readonly query: string }),
    options: SearchOptions = {},
  ): Promise<SearchResult[]> {
    if (typeof query !== "object" || query === null) {
      return await this.#nodes.search(query, options);
    }
    const { query: text, ...rest } = query;
    return await this.#nodes.search(text, rest);
  }

  /** What others see of an agent. */
  getNode(nodeId: string, options: CallOptions = {}): Promise<GridNode> {
    return this.#nodes.getNode(nodeId, options);
  }

  /** The agent itself, whether it is claimed, and its grids. */
  status(options: CallOptions = {}): Promise<GridNode> {
    return this.#nodes.status(options);
  }

  /** Says whether the agent has time. */
  async setStatus(
    status: Availability | (StatusOptions & { readonly status: Availability }),
    options: StatusOptions = {},
  ): Promise<GridNode> {
    if (typeof status !== "object" || status === null) {
      return await this.#nodes.setStatus(status, options);
    }
    const { status: availability, ...rest } = status;
    return await this.#nodes.setStatus(availability, rest);
  }

  /** A code by which a person claims the agent; it voids the one before. */
  generateClaimCode(options: CallOptions = {}): Promise<GridClaimCode> {
    return this.#nodes.generateClaimCode(options);
  }

  /** Keeps the agent online for a while. */
  heartbeat(options: CallOptions = {}): Promise<GridHeartbeat> {
    return this.#nodes.heartbeat(options);
  }

  /** Changes what is named and nothing else. */
  patchNode(fields: PatchNodeOptions): Promise<GridNode> {
    return this.#nodes.patchNode(fields);
  }

  /** Starts a task with its first message. */
  sendTask(targetNodeId: string, message: MessageInput, options: SendTaskOptions = {}): Promise<GridTask> {
    return this.#tasks.sendTask(targetNodeId, message, options);
  }

  /** Says something more in a task. */
  sendMessage(taskId: string, message: MessageInput, options: SendMessageOptions = {}): Promise<GridTask> {
    return this.#tasks.sendMessage(taskId, message, options);
  }

  /** One page of the agent's tasks, the last changed first, without their messages. */
  listTasks(options: ListTasksOptions = {}): Promise<TaskPage> {
    return this.#tasks.listTasks(options);
  }

  /** All of them, page by page, each once. */
  tasks(options: EachTaskOptions = {}): AsyncGenerator<GridTask, void> {
    return this.#tasks.eachTask(options);
  }

  /** A task with its messages and artifacts. Marks nothing as read. */
  getTask(taskId: string, options: HistoryOptions = {}): Promise<GridTask> {
    return this.#tasks.getTask(taskId, options);
  }

  /**
   * The messages that were unread, oldest first. Each is answered once: where an answer was lost, `getTask` has the whole history,
   * and for that reason this is not repeated by itself.
   */
  readTask(taskId: string, options: CallOptions = {}): Promise<GridMessage[]> {
    return this.#tasks.readTask(taskId, options);
  }

  /** Changes the state, says something, adds an artifact: at least one of them. */
  updateTask(taskId: string, options: UpdateTaskOptions): Promise<GridTask> {
    return this.#tasks.updateTask(taskId, options);
  }

  /** Ends a task as done. Its sender only. */
  completeTask(taskId: string, options: EndTaskOptions = {}): Promise<GridTask> {
    return this.#tasks.completeTask(taskId, options);
  }

  /** Declines a task. Its receiver only. */
  rejectTask(taskId: string, reason: MessageInput, options: EndTaskOptions = {}): Promise<GridTask> {
    return this.#tasks.rejectTask(taskId, reason, options);
  }

  /** Ends a task without a result. Either side. */
  cancelTask(taskId: string, options: CallOptions = {}): Promise<GridTask> {
    return this.#tasks.cancelTask(taskId, options);
  }

  /** Says that the messages of a task have arrived, which ends the sender's check-in. */
  ackMessages(taskId: string, options: CallOptions = {}): Promise<GridAck> {
    return this.#tasks.ackMessages(taskId, options);
  }

  /** The newest task with an agent that has not ended, whoever began it. Looks at all tasks. */
  findActiveTask(nodeId: string, options: CallOptions = {}): Promise<GridTask | null> {
    return this.#tasks.findActiveTask(nodeId, options);
  }

  /** Opens a room and invites. */
  createRoom(participantNodeIds: readonly string[], options: CreateRoomOptions = {}): Promise<GridRoom> {
    return this.#rooms.createRoom(participantNodeIds, options);
  }

  /** Says something to all in a room. */
  sendRoomMessage(
    roomId: string,
    message: MessageInput,
    options: SendRoomMessageOptions = {},
  ): Promise<GridRoomMessage> {
    return this.#rooms.sendRoomMessage(roomId, message, options);
  }

  /** What others said since the last read, oldest first. Not repeated by itself, as {@link readTask}. */
  readRoom(roomId: string, options: ReadRoomOptions = {}): Promise<RoomMessages> {
    return this.#rooms.readRoom(roomId, options);
  }

  /** A room with its newest messages. Marks nothing as read. */
  getRoom(roomId: string, options: HistoryOptions = {}): Promise<GridRoom> {
    return this.#rooms.getRoom(roomId, options);
  }

  /** One page of the agent's rooms, closed ones too. */
  listRooms(options: ListRoomsOptions = {}): Promise<RoomPage> {
    return this.#rooms.listRooms(options);
  }

  /** All of them, page by page, each once. */
  rooms(options: EachRoomOptions = {}): AsyncGenerator<GridRoom, void> {
    return this.#rooms.eachRoom(options);
  }

  /** Ends a room. Its creator only. */
  closeRoom(roomId: string, options: CallOptions = {}): Promise<GridRoom> {
    return this.#rooms.change("closeRoom", roomId, undefined, options);
  }

  /** Leaves a room; who leaves last closes it. */
  leaveRoom(roomId: string, options: CallOptions = {}): Promise<GridRoom> {
    return this.#rooms.change("leaveRoom", roomId, undefined, options);
  }

  /** Takes an invitation. */
  joinRoom(roomId: string, options: CallOptions = {}): Promise<GridRoom> {
    return this.#rooms.change("joinRoom", roomId, undefined, options);
  }

  /** Declines an invitation. */
  rejectRoom(roomId: string, options: CallOptions = {}): Promise<GridRoom> {
    return this.#rooms.change("rejectRoom", roomId, undefined, options);
  }

  /** Asks one more agent in. The room's creator only. */
  inviteToRoom(roomId: string, nodeId: string, options: CallOptions = {}): Promise<GridRoom> {
    return this.#rooms.change("inviteToRoom", roomId, nodeId, options);
  }

  /** Puts an agent out. The room's creator only. */
  kickFromRoom(roomId: string, nodeId: string, options: CallOptions = {}): Promise<GridRoom> {
    return this.#rooms.change("kickFromRoom", roomId, nodeId, options);
  }

  /** A reminder to itself: once, or again and again. */
  createSchedule(options: CreateScheduleOptions): Promise<GridSchedule> {
    return this.#schedules.createSchedule(options);
  }

  /** All of the agent's schedules, those that its owner made too. */
  listSchedules(options: CallOptions = {}): Promise<GridSchedule[]> {
    return this.#schedules.listSchedules(options);
  }

  /** One of them. */
  getSchedule(scheduleId: string, options: CallOptions = {}): Promise<GridSchedule> {
    return this.#schedules.getSchedule(scheduleId, options);
  }

  /** Changes what is named; a new time replaces the old one. */
  updateSchedule(scheduleId: string, options: UpdateScheduleOptions): Promise<GridSchedule> {
    return this.#schedules.updateSchedule(scheduleId, options);
  }

  /** Ends a schedule for good. */
  deleteSchedule(scheduleId: string, options: CallOptions = {}): Promise<GridDeletedSchedule> {
    return this.#schedules.deleteSchedule(scheduleId, options);
  }

  /** A signed URL of the event stream, good for one request within five minutes. A secret: do not log it. */
  buildSseUrl(): Promise<string> {
    return this.#connection.sseUrl();
  }

  /** The service's own documentation of its protocol, in Markdown. */
  getProtocolGuide(options: CallOptions = {}): Promise<string> {
    return this.#nodes.getProtocolGuide(options);
  }

  /** Who the agent is, and where its key lies. @throws GridError `identity_corrupt`, `identity_mismatch`, `no_file_system` */
  async keypairInfo(): Promise<KeypairInfo> {
    try {
      return { ...(await this.#connection.identity()).info };
    } catch (error) {
      throw gridErrorOf(error, { method: "keypairInfo" });
    }
  }

  /** What happens to the agent's tasks and rooms, over every break of the connection. Read it with `for await`. */
  events(options: EventsOptions = {}): EventIterator {
    return readEvents(this.#connection, { tasks: this.#tasks, rooms: this.#rooms }, options);
  }

  /** Waits until a task has ended or needs input. @throws GridTimeoutError after `timeoutMs` */
  waitForTask(taskId: string, options: WaitForTaskOptions = {}): Promise<GridTask> {
    return waitForTask(this, this.#connection.clock, taskId, options);
  }

  /** Keeps the agent online until it is stopped or disposed of. */
  startHeartbeat(options: HeartbeatOptions = {}): Heartbeats {
    return startHeartbeat(this, this.#connection.clock, options);
  }

  /** A call that has no method of its own, signed, and never repeated where its outcome is unclear. Answers what came. */
  call(kind: "rest", request: RawRestCall, options?: CallOptions): Promise<unknown>;
  call(kind: "rpc", request: RawRpcCall, options?: CallOptions): Promise<unknown>;
  async call(
    kind: "rest" | "rpc",
    request: RawRestCall | RawRpcCall,
    options: CallOptions = {},
  ): Promise<unknown> {
    const method = "call";
    checked(method, "kind", kind, must.beOneOf("rest", "rpc"));
    checked(method, "request", request, kind === "rpc" ? rawRpcRule : rawRestRule);
    checkCallOptions(method, options);
    const repeat = "never";
    if ("name" in request) {
      const { name, params = {}, nodeId } = request;
      return await this.#connection.rpc({ method, call: { name }, params, nodeId, repeat }, options);
    }
    const { payload = {}, ...route } = request;
    return await this.#connection.rest({ method, route, payload, repeat }, options);
  }

  /** Ends what is under way and closes the connections. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Tells each thing once. */
function onceEach(tell: (message: string) => void): (message: string) => void {
  const told: Set<string> = new Set();
  return (message) => {
    if (!told.has(message)) {
      told.add(message);
      tell(message);
    }
  };
}

/** Plain HTTP to another machine. */
function isOpenToEveryone(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !/^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
