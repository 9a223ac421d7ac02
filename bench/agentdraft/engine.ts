// The engine alone, in one process: holds and commits of several agents on one calendar, each decided and applied with its
// audit event, without sockets and without a disk.

import { type CommandOf, type CommandType, decide, expire } from "@x/core/service";
import { createMachine, genesis } from "../../packages/agentdraft/src/local/rules/machine.ts";
import type { DraftTypes } from "../../packages/agentdraft/src/local/rules/model/turn.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

const decisions = 300_000;
const batch = 1_000;
const agents = 8;
/** Bookings of half an hour that a year has room for. */
const halfHours = 17_000;
const start = Date.UTC(2030, 0, 7, 8);

export function measureEngine(): void {
  const half = decisionsPerSecond(2);
  const full = decisionsPerSecond(1);
  row("engine alone, one calendar, half of it wanted", half.text, {
    value: half.perSecond,
    target: { atLeast: 100_000, unit: "/s" },
  });
  row("engine alone, one calendar, all of it wanted, so that alternatives are far", full.text);
}

/** @param spread of so many half hours one is wanted */
function decisionsPerSecond(spread: number): { perSecond: number; text: string } {
  const machine = createMachine();
  const state = machine.create();
  let now = { mono: 0, wall: start };
  let ticket = 0;
  let ids = 0;
  const turn = {
    get now() {
      return now;
    },
    get ticket() {
      return ticket;
    },
    emit(record: Parameters<typeof machine.apply>[1]): void {
      machine.apply(state, record, now);
    },
    answer(): never {
      throw new Error("nothing waits when commits are not gathered");
    },
    fail(_ticket: number, cause: unknown): never {
      throw cause;
    },
  };
  const run = <Type extends CommandType<DraftTypes>>(command: CommandOf<DraftTypes, Type>): void => {
    expire(machine, state, turn);
    ticket += 1;
    decide(machine, state, command, turn);
  };
  const id = (prefix: string): string => {
    ids += 1;
    return `${prefix}_01J0000000${String(ids).padStart(16, "0")}`;
  };
  turn.emit(genesis({ x: "x", d: "d", kid: "kid" }));
  const userId = id("usr");
  run({ type: "requestMagicLink", email: "owner@example.com", tokenHash: "token" });
  run({
    type: "verifyMagicLink",
    tokenHash: "token",
    userId,
    workspaceId: id("wsp"),
    sessionHash: "session",
  });
  const agentIds = Array.from({ length: agents }, (_, index) => {
    const agentId = id("agt");
    run({
      type: "createAgent",
      userId,
      agentId,
      name: `agent ${index}`,
      scopes: ["bookings:write"],
      priority: 1 + (index % 5),
      requiresConsent: false,
      keyHash: `key ${index}`,
      signingKey: { x: `x ${index}`, kid: `kid ${index}` },
      mailboxSuffix: String(index).padStart(6, "a"),
    });
    return agentId;
  });

  // Agents of several ranks go round the year: wins, evictions, losses, holds, promotions and expired holds in turn.
  const times: number[] = [];
  for (let made = 0; made < decisions; made += batch) {
    const begin = performance.now();
    for (let index = made; index < made + batch; index += 1) {
      now = { mono: now.mono + 1, wall: now.wall + 1 };
      const startMs = start + 86_400_000 + ((index * 7) % (halfHours / spread)) * spread * 1_800_000;
      run({
        type: "createBooking",
        mode: index % 3 === 0 ? "hold" : "commit",
        agentId: agentIds[(index * 5) % agents] ?? "",
        bookingId: id("bkg"),
        startMs,
        endMs: startMs + 1_800_000,
        bufferBeforeMin: 0,
        bufferAfterMin: 0,
        bumpWindowSeconds: null,
        title: null,
        invitee: null,
        metadata: null,
        conferencing: null,
        idempotencyKey: null,
      });
    }
    times.push((performance.now() - begin) / batch);
  }
  const perSecond = decisions / ((times.reduce((sum, time) => sum + time, 0) * batch) / 1_000);
  return { perSecond, text: `${count(perSecond)}/s, median ${count(quantile(times, 0.5) * 1_000)} us each` };
}
