// Events that have come already: polls that acknowledge, streams and logs bring some twice.

import { keepNewest } from "@x/core";
import type { WireEvent } from "../../wire/event.ts";
import { threadNotifications } from "../../wire/names.ts";

/** Ids of which a repeat is still noticed. */
const mostRemembered = 10_000;
const mostReactions = 100;

export interface RepeatFilter {
  /** Whether an event has come before; if not, it has from now on. */
  isRepeated(event: WireEvent): boolean;
  /** It could not be taken: it may come again. */
  forget(event: WireEvent): void;
}

/**
 * Remembers what has come. A peer of a real network may give two events one id, so name and payload decide too.
 * Of a reaction a real network sends one copy to the member and one to the channel, in either order: the second counts as come
 * before.
 */
export function createRepeatFilter(): RepeatFilter {
  const seen = new Map<string, number>();
  /** By payload, whether the copy that came was the channel's. */
  const reactions = new Map<string, boolean>();
  return {
    isRepeated(event) {
      const content = JSON.stringify(event.payload);
      if (event.event_name === threadNotifications.reaction) {
        const isToChannel = event.destination_id?.startsWith("channel:") === true;
        if (reactions.get(content) === !isToChannel) {
          return reactions.delete(content);
        }
        keepNewest(reactions, content, isToChannel, mostReactions);
      }
      if (event.event_id === "") {
        return false;
      }
      const mark = hash(content, event.event_name);
      if (seen.get(event.event_id) === mark) {
        return true;
      }
      keepNewest(seen, event.event_id, mark, mostRemembered);
      return false;
    },
    forget: ({ event_id: id }) => void seen.delete(id),
  };
}

/** Payloads may be large, so that not they are kept but FNV-1a over name and content: it tells two events of one id apart. */
function hash(content: string, name: string): number {
  let value = 0x811c9dc5;
  for (const text of [name, content]) {
    for (let index = 0; index < text.length; index += 1) {
      value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return value >>> 0;
}
