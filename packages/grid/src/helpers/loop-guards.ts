// What keeps two agents from answering each other for ever: so many turns in a conversation, so many a minute with a peer.

import type { Now } from "@x/core";
import { keepNewest } from "@x/core";

export interface LoopGuards {
  /** After how many milliseconds a peer may have its next turn; 0: now. */
  delayMs(peer: string): number;
  /** Counts a turn of a conversation and its peer. `false`, and not counted: the conversation has had as many as it may. */
  takeTurn(conversation: string, peer: string): boolean;
}

const windowMs = 60_000;

/** Conversations and peers that are remembered, the latest ones. */
export const mostKept = 10_000;

export function createLoopGuards(
  limits: { readonly maxTurns: number; readonly perMinute: number },
  now: () => Now,
): LoopGuards {
  const turns: Map<string, number> = new Map();
  const places: Map<string, readonly number[]> = new Map();
  const recentOf = (peer: string): readonly number[] => {
    const { mono } = now();
    return (places.get(peer) ?? []).filter((at) => mono - at < windowMs);
  };
  return {
    delayMs(peer: string): number {
      const recent = recentOf(peer);
      const [oldest] = recent;
      return oldest !== undefined && recent.length >= limits.perMinute ? oldest + windowMs - now().mono : 0;
    },
    takeTurn(conversation: string, peer: string): boolean {
      const taken = turns.get(conversation) ?? 0;
      if (taken >= limits.maxTurns) {
        return false;
      }
      keepNewest(turns, conversation, taken + 1, mostKept);
      keepNewest(places, peer, [...recentOf(peer), now().mono], mostKept);
      return true;
    },
  };
}
