// The rules in virtual time: a store without sockets or timers, and what tests of the network often do with one.
import type { CommandType, deferred, CommandOf as KernelCommand, ReplyTo } from "@x/core/service";
import { VirtualStore } from "@x/core/testing";
import { createMachine, genesis } from "../../src/local/rules/machine.ts";
import type { Answer, CommandOf, Polled } from "../../src/local/rules/model/commands.ts";
import { withMembers } from "../../src/local/rules/model/exact-json.ts";
import type { NetworkRules } from "../../src/local/rules/model/rule-options.ts";
import type { State } from "../../src/local/rules/model/state.ts";
import type { NetworkTypes } from "../../src/local/rules/model/turn.ts";
import { snapshotState } from "../../src/local/rules/state-snapshot.ts";

const startWall: number = Date.UTC(2026, 10, 5, 10, 20, 30);
const uuid = "11111111-2222-4333-8444-555555555555";

export class World extends VirtualStore<NetworkTypes> {
  #ids = 0;

  constructor(rules: Partial<NetworkRules> = {}) {
    super({
      machine: createMachine({ workspaceTokenHash: "token", ...rules }),
      startWall,
      genesis: () => genesis({ workspaceTokenHash: "token", ...rules }, uuid),
      describe: describeState,
      // What was polled is logged when its time comes, whatever the command of that moment is answered.
      mayLeave: (_, record) => record.type === "queues.taken",
    });
  }

  /** A replay after every step gives the same state, as long as the history is short. */
  override run<Type extends CommandType<NetworkTypes>>(
    command: KernelCommand<NetworkTypes, Type>,
  ): ReplyTo<NetworkTypes, Type> | typeof deferred {
    const reply = super.run(command);
    if (this.records.length < 200) {
      this.expectReplayEqual();
    }
    return reply;
  }

  id(): string {
    this.#ids += 1;
    return `e${this.#ids}`;
  }

  agent(agentId: string, more: Partial<CommandOf<"register">> = {}): string {
    this.ok({
      type: "register",
      agentId,
      secretHash: `secret of ${agentId}`,
      group: null,
      passwordHash: "",
      transport: "http",
      metadataText: "{}",
      capabilitiesText: null,
      force: true,
      claim: "",
      ...more,
    });
    return agentId;
  }

  send(
    source: string,
    name: string,
    to: string | null,
    payload: object = {},
    id: string = this.id(),
  ): Answer {
    const payloadText = JSON.stringify(payload);
    return this.ok({
      type: "send",
      secretHash: `secret of ${source}`,
      event: {
        id,
        name,
        source,
        to,
        payload: payload as Record<string, unknown>,
        payloadText,
        metadataText: "{}",
        visibility: "network",
        preserved: {},
        fingerprint: `${name} ${to} ${payloadText}`,
      },
    });
  }

  polling(agentId: string, more: Partial<CommandOf<"poll">> = {}): CommandOf<"poll"> {
    return {
      type: "poll",
      agentId,
      secretHash: `secret of ${agentId}`,
      limit: Number.POSITIVE_INFINITY,
      ack: null,
      waitMs: 0,
      stream: null,
      ...more,
    };
  }

  poll(agentId: string, more: Partial<CommandOf<"poll">> = {}): Polled {
    return this.ok<"poll">(this.polling(agentId, more));
  }

  join(name: string, session = "s1"): void {
    this.ok({
      type: "join",
      network: null,
      tokenHash: "token",
      name,
      sessionHash: session,
      agentType: null,
      serverHost: null,
      workingDir: null,
      metadataText: "{}",
    });
  }

  posting(source: string, target: string, payload: object, session: string | null = null): CommandOf<"post"> {
    return {
      type: "post",
      network: "local",
      tokenHash: "token",
      onmType: "workspace.message.posted",
      source,
      target,
      payload: payload as Record<string, unknown>,
      payloadText: JSON.stringify(payload),
      metadataText: "{}",
      visibility: "channel",
      sessionHash: session,
    };
  }
}

/** What a restart must bring back: all but what is volatile. */
function describeState(state: State): unknown {
  const home = state.workspaces.get(state.homeId);
  return [
    snapshotState(state),
    [...state.agents.values()].map(({ queue }) => queue.bytes),
    [...(home?.byId.keys() ?? [])],
    [...(home?.lanes ?? [])].map(([lane, messages]) => [lane, messages.length]),
    [...(home?.threads ?? [])].map(([root, replies]) => [root, replies.length]),
  ];
}

/** The payloads of what was polled, as an agent reads them. */
export const payloadsOf = ({ entries }: Polled): unknown[] =>
  entries.map(({ delivery: { said, notice } }) =>
    JSON.parse(notice?.payload ?? withMembers(said.payload, notice?.more ?? "")),
  );

export const namesOf = ({ entries }: Polled): string[] =>
  entries.map(({ delivery: { said, notice } }) => notice?.name ?? said.name);
