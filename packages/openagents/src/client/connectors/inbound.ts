// Events of an answer or a stream of a network, as they come in.

import { listOf } from "../../wire/body.ts";
import { readWireEvent } from "../../wire/event.ts";
import { stripSecrets } from "../../wire/secrets.ts";
import type { Inbound } from "../events/journal.ts";

/** The events of a list that are some, without secrets. */
export function inboundOf(messages: unknown, nowWall: number): readonly Inbound[] {
  const seconds = Math.floor(nowWall / 1_000);
  return listOf(stripSecrets(messages)).flatMap((message) => {
    const wire = readWireEvent(message, seconds);
    return wire === undefined ? [] : [{ wire }];
  });
}
