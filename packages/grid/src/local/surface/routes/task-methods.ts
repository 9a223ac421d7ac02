// Tasks and their messages over JSON-RPC.
import { randomUUID } from "node:crypto";
import { readState, taskStates } from "../../../wire/forms.ts";
import type { CommandOf, NewMessage } from "../../rules/model/commands.ts";
import type { TaskState } from "../../rules/model/entities.ts";
import { ask, type Surface } from "../context.ts";
import { badMember } from "../errors.ts";
import type { Fields } from "../fields.ts";
import { fingerprintOf, readArtifact, readMessage, readMetadata } from "../messages.ts";
import type { Methods, RpcRequest } from "./methods.ts";

const idForm = { min: 1, max: 128 };
const longestCheckIn = 86_400;

export function taskMethods(
  surface: Surface,
): Pick<
  Methods,
  "sendMessage" | "ackMessages" | "listTasks" | "getTask" | "readTask" | "updateTask" | "cancelTask"
> {
  const { encode, names, profile } = surface;
  const { rpc } = names;

  /** A new task, or a message of one that there is. */
  const sendMessage = async ({ caller, fields, pathNodeId }: RpcRequest): Promise<unknown> => {
    const { nodeId } = caller;
    const given = fields.raw("message");
    if (given === undefined || given === null) {
      throw badMember("message", "must be given");
    }
    const read = readMessage(given, profile);
    const taskId = read.taskId ?? fields.optionalText("taskId", idForm);
    const state = stateOf(fields);
    const checkIn = checkInOf(fields);
    const sessionKey = fields.optionalText("sessionKey", { max: 200 }) ?? null;
    if (taskId !== undefined) {
      const message = withFingerprint(read.message, pathNodeId, taskId, state);
      const command = { as: "message", nodeId, taskId, message, state, artifact: null, sessionKey } as const;
      return encode.task(await ask(surface, caller, { type: "changeTask", ...command, ...checkIn }));
    }
    if (state !== null) {
      throw badMember("state", "cannot be said of a new task");
    }
    const named = pathNodeId === nodeId ? fields.optionalText("receiverNodeId", idForm) : undefined;
    const targetId = named ?? pathNodeId;
    const command: CommandOf<"sendTask"> = {
      type: "sendTask",
      nodeId,
      targetId,
      taskId: randomUUID(),
      newContextId: randomUUID(),
      contextId: read.contextId ?? null,
      message: withFingerprint(read.message, targetId, undefined, null),
      checkIn: checkIn.checkIn === undefined ? 30 : checkIn.checkIn,
      metadata: readMetadata(fields),
      sessionKey,
      parentTaskId: fields.optionalText("parentTaskId", idForm) ?? null,
    };
    return encode.task(await ask(surface, caller, command));
  };

  const change = async ({ caller, fields, pathNodeId }: RpcRequest, fixed?: TaskState): Promise<unknown> => {
    const { nodeId } = caller;
    const taskId = taskIdOf(fields);
    const state = fixed ?? stateOf(fields);
    const given = fields.raw("message") ?? undefined;
    const read = given === undefined || fixed !== undefined ? undefined : readMessage(given, profile);
    const artifact = fixed === undefined ? fields.optionalObject("artifact") : undefined;
    return encode.task(
      await ask(surface, caller, {
        type: "changeTask",
        as: "update",
        nodeId,
        taskId,
        message: read === undefined ? null : withFingerprint(read.message, pathNodeId, taskId, state),
        state,
        artifact: artifact === undefined ? null : readArtifact(artifact, profile),
        sessionKey: fields.optionalText("sessionKey", { max: 200 }) ?? null,
        ...checkInOf(fields),
      }),
    );
  };

  return {
    sendMessage,
    updateTask: (request) => change(request),
    cancelTask: (request) => change(request, "canceled"),

    async ackMessages({ caller, fields }) {
      const taskId = taskIdOf(fields);
      const { acked, unreadCount } = await ask(surface, caller, {
        type: "ackTask",
        nodeId: caller.nodeId,
        taskId,
      });
      return rpc({ taskId, acked, unreadCount });
    },

    async listTasks({ caller, fields }) {
      const limit = fields.optionalWhole("limit", { min: 1, max: 100 }) ?? 20;
      const offset = fields.optionalWhole("offset", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
      const { tasks, total } = await ask(surface, caller, {
        type: "listTasks",
        nodeId: caller.nodeId,
        states: statesOf(fields),
        contextId: fields.optionalText("contextId", idForm) ?? null,
        parentTaskId: fields.optionalText("parentTaskId", idForm) ?? null,
        peerNodeId: fields.optionalText("peerNodeId", idForm) ?? null,
        role: fields.optionalChoice("role", ["sender", "receiver"]) ?? null,
        unreadOnly: fields.optionalFlag("unreadOnly") ?? false,
        limit,
        offset,
      });
      return rpc({ tasks: tasks.map(encode.task), total, limit, offset });
    },

    async getTask({ caller, fields }) {
      return encode.task(
        await ask(surface, caller, {
          type: "getTask",
          nodeId: caller.nodeId,
          taskId: taskIdOf(fields),
          historyLength:
            fields.optionalWhole("historyLength", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? null,
        }),
      );
    },

    async readTask({ caller, fields }) {
      const { task, messages, unreadCount } = await ask(surface, caller, {
        type: "readTask",
        nodeId: caller.nodeId,
        taskId: taskIdOf(fields),
      });
      return rpc({
        taskId: task.taskId,
        messages: messages.map((message) => encode.message(message, task)),
        unreadCount,
        state: encode.state(task.state),
      });
    },
  };
}

const taskIdOf = (fields: Fields): string => fields.text("taskId", idForm);

function withFingerprint(
  message: Omit<NewMessage, "fingerprint">,
  address: string,
  taskId: string | undefined,
  state: TaskState | null,
): NewMessage {
  return { ...message, fingerprint: fingerprintOf(address, taskId, message.parts, state) };
}

function stateNamed(text: unknown): TaskState {
  const state = typeof text === "string" ? readState(text) : undefined;
  const known = taskStates.find((each) => each === state);
  if (known === undefined) {
    throw badMember("state", `must be ${taskStates.join(" or ")}`);
  }
  return known;
}

function stateOf(fields: Fields): TaskState | null {
  const given = fields.raw("state") ?? null;
  return given === null ? null : stateNamed(given);
}

function statesOf(fields: Fields): readonly TaskState[] | null {
  const given = fields.raw("state") ?? null;
  if (given === null) {
    return null;
  }
  return Array.isArray(given) ? given.map(stateNamed) : [stateNamed(given)];
}

/** Seconds, null for off; nothing where it was not said. */
function checkInOf(fields: Fields): { readonly checkIn?: number | null } {
  if (!fields.has("checkIn")) {
    return {};
  }
  const seconds = fields.optionalWhole("checkIn", { min: 0, max: longestCheckIn }) ?? 0;
  return { checkIn: seconds === 0 ? null : seconds };
}
