// The rules in virtual time: a store without sockets or timers, and what tests of a core often do with one.
import assert from "node:assert/strict";
import type { CommandType, deferred, CommandOf as KernelCommand, ReplyTo } from "@x/core/service";
import { VirtualStore } from "@x/core/testing";
import { type BinduMachine, createMachine, genesis } from "../../src/local/rules/machine.ts";
import type { CommandOf, Piece } from "../../src/local/rules/model/commands.ts";
import type { AgentConfig, Task, TaskEvent, TurnEnd } from "../../src/local/rules/model/entities.ts";
import type { BinduRules } from "../../src/local/rules/model/limits.ts";
import { isRefusal, type RefusalReason } from "../../src/local/rules/model/refusal.ts";
import type { State } from "../../src/local/rules/model/state.ts";
import type { BinduTypes } from "../../src/local/rules/model/turn.ts";
import { snapshotState } from "../../src/local/rules/state-snapshot.ts";

export const startWall: number = Date.UTC(2026, 10, 21, 1, 12, 46);
export const hour = 3_600_000;
export const day: number = 24 * hour;

const config: AgentConfig = {
  author: "a@b.c",
  name: "agent",
  description: "",
  version: "1.0.0",
  kind: "agent",
  url: "http://localhost:3773",
  corsOrigins: [],
  streaming: undefined,
  pushNotifications: undefined,
  numHistorySessions: 10,
  systemMessage: true,
  contextHistory: false,
  debugMode: false,
  debugLevel: 1,
  monitoring: false,
  telemetry: true,
  recreateKeys: false,
  extraMetadata: undefined,
};

export const textOf = (task: Task): string[] =>
  task.history.map(({ parts }) => parts.map((part) => (part.kind === "text" ? part.text : part.kind)).join());

export class World extends VirtualStore<BinduTypes> {
  #ids = 0;
  #ports = 3_773;

  /** A replay after every step gives the same state, as long as the history is short. */
  override run<Type extends CommandType<BinduTypes>>(
    command: KernelCommand<BinduTypes, Type>,
  ): ReplyTo<BinduTypes, Type> | typeof deferred {
    const reply = super.run(command);
    if (this.records.length < 300) {
      this.expectReplayEqual();
    }
    return reply;
  }

  /** What a command that must be refused is told. */
  detailOf<Type extends CommandType<BinduTypes>>(
    command: KernelCommand<BinduTypes, Type>,
    reason: RefusalReason,
  ): string {
    const reply = this.run(command);
    assert(isRefusal(reply) && reply.refused === reason, JSON.stringify(reply));
    return reply.detail;
  }

  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}-${this.#ids}`;
  }

  registering(agentId: string, more: Partial<AgentConfig> = {}): CommandOf<"register"> {
    this.#ports += 1;
    return {
      type: "register",
      agent: {
        agentId,
        did: `did:bindu:a_at_b_c:${agentId}`,
        config: { ...config, name: agentId, url: `http://localhost:${this.#ports}`, ...more },
        skills: [],
        callbacks: ["localhost:50052"],
      },
    };
  }

  agent(agentId: string, more: Partial<AgentConfig> = {}): string {
    this.ok(this.registering(agentId, more));
    return agentId;
  }

  sending(
    agentId: string,
    taskId: string,
    text: string,
    more: Partial<CommandOf<"send">> = {},
  ): CommandOf<"send"> {
    return {
      type: "send",
      agentId,
      taskId,
      create: "if_absent",
      contextId: "context",
      newContextId: this.id("context"),
      message: { messageId: this.id("message"), role: "user", parts: [{ kind: "text", text }] },
      direct: false,
      stream: false,
      ...more,
    };
  }

  send(agentId: string, taskId: string, text = "hello", more: Partial<CommandOf<"send">> = {}): Task {
    return this.ok(this.sending(agentId, taskId, text, more)).task;
  }

  piece(text: string, more: Partial<Piece> = {}): Piece {
    return {
      artifact: { artifactId: "result", name: "result", parts: [{ kind: "text", text }] },
      append: false,
      last: true,
      ...more,
    };
  }

  ending(
    agentId: string,
    taskId: string,
    state: TurnEnd,
    text = state as string,
    more: Partial<CommandOf<"endTurn">> = {},
  ): CommandOf<"endTurn"> {
    const { place, turns } = this.task(agentId, taskId);
    return {
      type: "endTurn",
      agentId,
      taskId,
      place,
      turn: turns.length - 1,
      state,
      message: { messageId: this.id("answer"), role: "agent", parts: [{ kind: "text", text }] },
      said: state !== "completed",
      direct: false,
      pieces: state === "completed" ? [this.piece(text)] : [],
      ...more,
    };
  }

  end(...of: Parameters<World["ending"]>): Task {
    return this.ok(this.ending(...of)).task;
  }

  task(agentId: string, taskId: string): Task {
    return this.ok({ type: "readEvents", agentId, taskId, after: 0 }).task;
  }

  eventsOf(agentId: string, taskId: string, after = 0): readonly TaskEvent[] {
    return this.ok({ type: "readEvents", agentId, taskId, after }).events;
  }

  states(agentId: string): Record<string, string> {
    const { tasks } = this.ok({ type: "listTasks", agentId, contextId: null });
    return Object.fromEntries(tasks.map(({ taskId, state }) => [taskId, state]));
  }
}

/** What a snapshot holds, and what is made of it: what a snapshot leaves out is noticed. */
function describeState(state: State): unknown {
  const shelves = [...state.shelves].map(([agentId, { running, finished, contexts }]) => [
    agentId,
    [...running],
    [...finished.keys()],
    [...contexts].map(([name, ids]) => [name, [...ids]]),
  ]);
  return { ...snapshotState(state), bytes: state.bytes, shelves };
}

/** @param plant puts a fault into the rules */
export const createWorld = (
  rules: Partial<BinduRules> = {},
  plant: (machine: BinduMachine) => BinduMachine = (machine) => machine,
): World =>
  new World({
    machine: plant(createMachine(rules)),
    startWall,
    genesis,
    describe: describeState,
  });
