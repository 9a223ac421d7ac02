// One event that has come: as its server sent it, and under its documented names once somebody asks for these.

import type { WireEvent } from "../../wire/event.ts";
import { AgentEvent, type EventOrigin } from "./agent-event.ts";
import type { View } from "./views.ts";

/** An event on its way to its handlers. */
export class Arrival {
  readonly wire: WireEvent;
  readonly event: AgentEvent;
  /** Whether it has ended somebody's wait. */
  wasAwaited = false;
  readonly #origin: EventOrigin;
  readonly #makeViews: (wire: WireEvent) => readonly View[];
  #views: readonly AgentEvent[] | undefined;

  constructor(wire: WireEvent, origin: EventOrigin, makeViews: (wire: WireEvent) => readonly View[]) {
    this.wire = wire;
    this.#origin = origin;
    this.#makeViews = makeViews;
    this.event = new AgentEvent(wire.event_name, wire.payload, wire.metadata, wire, origin);
  }

  /** The view that somebody wants: the one of the wire if it will do, else the first documented one. At most one. */
  seenBy(wants: (event: AgentEvent) => boolean): AgentEvent | undefined {
    if (wants(this.event)) {
      return this.event;
    }
    this.#views ??= this.#makeViews(this.wire).map(
      ({ name, added }) =>
        new AgentEvent(
          name,
          { ...this.wire.payload, ...added },
          { ...this.wire.metadata, wire_event_name: this.wire.event_name },
          this.wire,
          this.#origin,
        ),
    );
    return this.#views.find(wants);
  }
}
