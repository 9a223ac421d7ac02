// The rules in virtual time: a store without sockets or timers, and what tests of AgentDraft often do with one.
import { VirtualStore } from "@x/core/testing";
import { createMachine, type DraftMachine, genesis } from "../../src/local/rules/machine.ts";
import type { Command, Created, Replies } from "../../src/local/rules/model/commands.ts";
import { type DraftRecord, recordCodec } from "../../src/local/rules/model/records.ts";
import type { Refusal } from "../../src/local/rules/model/refusal.ts";
import type { DraftRules } from "../../src/local/rules/model/rule-options.ts";
import type { State } from "../../src/local/rules/model/state.ts";
import {
  type AuditEvent,
  noRules,
  type RulesView,
  type Scope,
  scopes,
} from "../../src/local/rules/model/views.ts";
import { describeState } from "./describe-state.ts";

/** A Monday; the wire's own examples are on this day. */
export const startWall: number = Date.UTC(2030, 0, 7, 8);

export const minute = 60_000;
export const hour: number = 60 * minute;

/** `10:00` on the day of {@link startWall}. */
export function at(clock: string): number {
  return Date.parse(`2030-01-07T${clock}:00Z`);
}

export type CreateCommand = Extract<Command, { type: "createBooking" }>;

type Booked = Partial<Omit<CreateCommand, "type" | "agentId" | "startMs" | "endMs">>;

interface DraftTypes {
  readonly State: State;
  readonly Command: Command;
  readonly Record: DraftRecord;
  readonly Replies: Replies;
  readonly Refusal: Refusal;
  readonly Event: AuditEvent;
}

export class World extends VirtualStore<DraftTypes> {
  #ids = 0;
  /** The first person. */
  readonly owner: string = this.person("owner@example.com");

  /** The types of the events since the last call of this or of `fresh`. */
  types(): string[] {
    return this.fresh().map(({ type }) => type);
  }

  /** A new id with a prefix. */
  id(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_01J0000000${String(this.#ids).padStart(16, "0")}`;
  }

  /** Signs a person in, and answers the user's id. */
  person(email: string): string {
    const tokenHash = `token ${this.#ids}`;
    this.ok({ type: "requestMagicLink", email, tokenHash });
    const { user } = this.ok({
      type: "verifyMagicLink",
      tokenHash,
      userId: this.id("usr"),
      workspaceId: this.id("wsp"),
      sessionHash: `session ${this.#ids}`,
    });
    return user.userId;
  }

  /** Makes an agent, and answers its id. */
  agent(
    priority: number,
    more: {
      readonly userId?: string;
      readonly name?: string;
      readonly scopes?: readonly Scope[];
      readonly requiresConsent?: boolean;
    } = {},
  ): string {
    const agentId = this.id("agt");
    this.ok({
      type: "createAgent",
      userId: more.userId ?? this.owner,
      agentId,
      name: more.name ?? `Agent ${priority}`,
      scopes: more.scopes ?? scopes,
      priority,
      requiresConsent: more.requiresConsent ?? false,
      keyHash: `key of ${agentId}`,
      signingKey: { x: `x of ${agentId}`, kid: `kid of ${agentId}` },
      mailboxSuffix: String(this.#ids).padStart(6, "0"),
    });
    return agentId;
  }

  /** The command that books `10:00` to `10:30`, say. */
  booking(agentId: string, start: string | number, end: string | number, more: Booked = {}): CreateCommand {
    return {
      type: "createBooking",
      mode: "commit",
      agentId,
      bookingId: this.id("bkg"),
      startMs: timeOf(start),
      endMs: timeOf(end),
      bufferBeforeMin: 0,
      bufferAfterMin: 0,
      bumpWindowSeconds: null,
      title: null,
      invitee: null,
      metadata: null,
      conferencing: null,
      idempotencyKey: null,
      ...more,
    };
  }

  commit(agentId: string, start: string | number, end: string | number, more: Booked = {}): Created {
    return this.ok(this.booking(agentId, start, end, more));
  }

  hold(agentId: string, start: string | number, end: string | number, more: Booked = {}): Created {
    return this.ok(this.booking(agentId, start, end, { ...more, mode: "hold" }));
  }

  /** Sets the rules of the first person's calendar. */
  rules(rules: Partial<RulesView>): void {
    this.ok({ type: "setRules", userId: this.owner, rules: { ...noRules, ...rules } });
  }
}

function timeOf(when: string | number): number {
  return typeof when === "number" ? when : at(when);
}

/** What a refusal leaves: a row of the audit log, a hold that waits for a person's consent, the end of such a wait. */
const leftBy: { readonly [Code in Refusal["refused"]]?: readonly DraftRecord["type"][] } = {
  outranked: ["write.rejected"],
  rule_violation: ["write.rejected"],
  slot_taken: ["write.rejected"],
  consent_required: ["booking.ended", "hold.created", "consent.requested", "consent.repeated"],
  hold_lost: ["booking.ended", "consent.ended"],
};

/** `plant` may spoil the machine, to show that a check notices. */
export function createWorld(
  settings: Partial<DraftRules> = {},
  plant: (machine: DraftMachine) => DraftMachine = (machine) => machine,
): World {
  const world = new World({
    machine: plant(createMachine(settings)),
    startWall,
    genesis: () => genesis({ x: "x", d: "d", kid: "kid" }),
    codec: recordCodec,
    describe: describeState,
    mayLeave: ({ refused }, { type }) => leftBy[refused]?.includes(type) ?? false,
  });
  // The first person's coming is no news to a test.
  world.fresh();
  return world;
}
