// The rules in virtual time: a store without sockets or timers, and what tests of Grid often do with one.
import type { CommandType, deferred, CommandOf as KernelCommand, ReplyTo } from "@x/core/service";
import { VirtualStore } from "@x/core/testing";
import { createMachine, type GridMachine, genesis } from "../../src/local/rules/machine.ts";
import type { CommandOf, NewMessage, TaskView } from "../../src/local/rules/model/commands.ts";
import type { TaskState } from "../../src/local/rules/model/entities.ts";
import type { NumberedNotice } from "../../src/local/rules/model/records.ts";
import type { RefusalReason } from "../../src/local/rules/model/refusal.ts";
import type { GridRules } from "../../src/local/rules/model/rule-options.ts";
import type { State } from "../../src/local/rules/model/state.ts";
import type { GridTypes } from "../../src/local/rules/model/turn.ts";
import { snapshotState } from "../../src/local/rules/state-snapshot.ts";

/** A Thursday; the vectors' own phrases are said on it. */
export const startWall: number = Date.UTC(2026, 2, 5, 10, 20, 30);

export const second = 1_000;
export const minute = 60_000;
export const hour: number = 60 * minute;
export const day: number = 24 * hour;

export const textParts = (text: string): string => JSON.stringify([{ type: "text", text }]);

/** A message as the surface hands it over. */
export function saying(text: string, messageId: string | null = null, address = ""): NewMessage {
  return { messageId, parts: textParts(text), metadata: null, fingerprint: `${address} ${text}` };
}

type Told = [to: string, ...facts: (string | number | null)[]];

export class World extends VirtualStore<GridTypes> {
  #ids = 0;

  /** A replay after every step gives the same state, as long as the history is short. */
  override run<Type extends CommandType<GridTypes>>(
    command: KernelCommand<GridTypes, Type>,
  ): ReplyTo<GridTypes, Type> | typeof deferred {
    const reply = super.run(command);
    if (this.records.length < 300) {
      this.expectReplayEqual();
    }
    return reply;
  }

  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}-${String(this.#ids).padStart(6, "0")}`;
  }

  /** Registers an autonomous node, and answers its id. */
  node(name: string, more: Partial<CommandOf<"register">["profile"]> = {}): string {
    this.ok({
      type: "register",
      nodeId: name,
      publicKey: `key of ${name}`,
      profile: { name, description: "", skills: [], endpointUrl: null, autonomous: true, ...more },
    });
    return name;
  }

  sending(
    from: string,
    to: string,
    text: string,
    more: Partial<CommandOf<"sendTask">> = {},
  ): CommandOf<"sendTask"> {
    return {
      type: "sendTask",
      nodeId: from,
      targetId: to,
      taskId: this.id("task"),
      newContextId: this.id("context"),
      contextId: null,
      message: saying(text, null, to),
      checkIn: 30,
      metadata: null,
      sessionKey: null,
      parentTaskId: null,
      ...more,
    };
  }

  send(from: string, to: string, text: string, more: Partial<CommandOf<"sendTask">> = {}): TaskView {
    return this.ok(this.sending(from, to, text, more));
  }

  changing(
    nodeId: string,
    taskId: string,
    more: Partial<CommandOf<"changeTask">> = {},
  ): CommandOf<"changeTask"> {
    return {
      type: "changeTask",
      as: "update",
      nodeId,
      taskId,
      message: null,
      state: null,
      artifact: null,
      sessionKey: null,
      ...more,
    };
  }

  say(nodeId: string, taskId: string, text: string, more: Partial<CommandOf<"changeTask">> = {}): TaskView {
    return this.ok(this.changing(nodeId, taskId, { as: "message", message: saying(text), ...more }));
  }

  update(nodeId: string, taskId: string, state: TaskState): TaskView {
    return this.ok(this.changing(nodeId, taskId, { state }));
  }

  read(nodeId: string, taskId: string): string[] {
    return this.ok({ type: "readTask", nodeId, taskId }).messages.map(
      ({ parts }) => JSON.parse(parts)[0].text,
    );
  }

  ack(nodeId: string, taskId: string): number {
    return this.ok({ type: "ackTask", nodeId, taskId }).acked;
  }

  task(nodeId: string, taskId: string): TaskView {
    return this.ok({ type: "getTask", nodeId, taskId, historyLength: null });
  }

  room(nodeId: string, others: readonly string[], more: Partial<CommandOf<"createRoom">> = {}): string {
    const { room } = this.ok(this.creatingRoom(nodeId, others, more));
    return room.roomId;
  }

  creatingRoom(
    nodeId: string,
    others: readonly string[],
    more: Partial<CommandOf<"createRoom">> = {},
  ): CommandOf<"createRoom"> {
    return {
      type: "createRoom",
      nodeId,
      roomId: this.id("room"),
      participantNodeIds: others,
      name: null,
      gridId: null,
      request: { requestId: null, fingerprint: "" },
      ...more,
    };
  }

  talking(
    nodeId: string,
    roomId: string,
    text: string,
    messageId: string | null = null,
  ): CommandOf<"sendToRoom"> {
    return { type: "sendToRoom", nodeId, roomId, message: saying(text, messageId, roomId) };
  }

  scheduling(nodeId: string, more: Partial<CommandOf<"createSchedule">> = {}): CommandOf<"createSchedule"> {
    return {
      type: "createSchedule",
      nodeId,
      scheduleId: this.id("schedule"),
      createdBy: "agent",
      messageText: "wake up",
      timing: { phrase: "every hour", cronExprs: null, fireAt: null },
      timezone: "UTC",
      description: null,
      maxFires: null,
      metadata: null,
      request: { requestId: null, fingerprint: "" },
      ...more,
    };
  }

  /** Who was told what since the last call. */
  told(): Told[] {
    return this.fresh()
      .flatMap(({ notices }) => notices)
      .map(told);
  }

  /** Why a command is refused. */
  reason(command: Parameters<World["run"]>[0]): RefusalReason {
    return this.refused(command).refused;
  }
}

function told(notice: NumberedNotice): Told {
  return notice.kind === "task"
    ? [notice.to, notice.notifyType, notice.state, notice.unreadCount]
    : [notice.to, notice.notifyType, notice.unreadCount];
}

/** Everything that a replay must bring back, what comes due included. */
function describeState(state: State): unknown {
  return {
    ...snapshotState(state),
    due: [...state.armed].map(([name, { at }]) => `${name} ${at}`).sort(),
    contexts: [...state.contexts],
    codes: [...state.codes],
  };
}

export function createWorld(
  rules: Partial<GridRules> = {},
  plant: (machine: GridMachine) => GridMachine = (machine) => machine,
): World {
  return new World({ machine: plant(createMachine(rules)), startWall, genesis, describe: describeState });
}
