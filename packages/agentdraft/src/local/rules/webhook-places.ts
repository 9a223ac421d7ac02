// Which deliveries are made next. Each endpoint has places of its own, so that one which hangs delays nobody else.
import type { DeadlineHeap } from "@x/core/service";
import type { DeliveryPlaces, DueQueue } from "./model/delivery-places.ts";
import type { Delivery, State } from "./model/state.ts";

/** Attempts at once. */
const placesInAll = 256;
/** Of them, those that endpoints may have together whose latest attempt was slow. */
const placesOfSlow = 128;
/** Attempts at once to one endpoint, once an attempt of it was prompt. Any other has a single place. */
const placesOfPrompt = 8;

/** Arms the next attempt of a delivery. */
export function addDue({ places }: State, queue: DueQueue, delivery: Delivery): void {
  removeDue({ places }, queue, delivery);
  delivery.deadline = queue.due.add(delivery.nextAtMs, delivery);
  standInLine(places, queue);
}

export function removeDue({ places }: Pick<State, "places">, queue: DueQueue, delivery: Delivery): void {
  if (delivery.deadline !== undefined) {
    queue.due.remove(delivery.deadline);
    delivery.deadline = undefined;
    standInLine(places, queue);
  }
}

/** A queue whose webhook is gone. Attempts under way keep their places to their end. */
export function leaveLine(queue: DueQueue): void {
  queue.turn?.among.remove(queue.turn.deadline);
  queue.turn = undefined;
}

/** What waits becomes due as much later or sooner. */
export function movePlaces({ waiting, waitingSlow }: DeliveryPlaces, byMs: number): void {
  waiting.shift(byMs);
  waitingSlow.shift(byMs);
}

/** Gives places to what is due, one endpoint after the other. */
export function takePlaces(
  { places }: State,
  nowMs: number,
): { readonly taken: readonly Delivery[]; readonly nextAtMs: number | null } {
  const taken: Delivery[] = [];
  const give = (among: DeadlineHeap<DueQueue>, isSlow: boolean): void => {
    for (let next = among.peek(); next !== undefined && next.at <= nowMs; next = among.peek()) {
      const isFull = isSlow ? places.slowUnderWay >= placesOfSlow : false;
      if (isFull || places.underWay.size >= placesInAll) {
        return;
      }
      const queue = next.value;
      const earliest = queue.due.peek();
      if (earliest === undefined) {
        leaveLine(queue);
        continue;
      }
      const delivery = earliest.value;
      queue.due.remove(earliest);
      delivery.deadline = undefined;
      queue.underWay += 1;
      places.underWay.set(placeOf(delivery), isSlow);
      places.slowUnderWay += isSlow ? 1 : 0;
      standInLine(places, queue, nowMs);
      taken.push(delivery);
    }
  };
  // Slow ones first, since they cannot take all.
  give(places.waitingSlow, true);
  give(places.waiting, false);
  const times = [places.waitingSlow, places.waiting]
    .map((among) => among.peek()?.at ?? Number.NEGATIVE_INFINITY)
    // What is due and has no place is looked at when one comes free.
    .filter((at) => at > nowMs);
  return { taken, nextAtMs: times.length === 0 ? null : Math.min(...times) };
}

/** An attempt has ended: its place is free, and the endpoint has as many as its pace is worth. */
export function freePlace(
  { places }: State,
  queue: DueQueue | undefined,
  delivery: Pick<Delivery, "subId" | "eventId">,
  isPrompt: boolean,
): void {
  const wasSlow = places.underWay.get(placeOf(delivery));
  if (wasSlow === undefined) {
    // Handed out by a state that was rebuilt since.
    return;
  }
  places.underWay.delete(placeOf(delivery));
  places.slowUnderWay -= wasSlow ? 1 : 0;
  if (queue !== undefined) {
    queue.underWay -= 1;
    queue.pace = isPrompt ? "prompt" : "slow";
    standInLine(places, queue);
  }
}

const placeOf = ({ subId, eventId }: Pick<Delivery, "subId" | "eventId">): string => `${subId} ${eventId}`;

/** Stands where the queue belongs by now: nowhere, when it has nothing that is due or no place to get. */
function standInLine(places: DeliveryPlaces, queue: DueQueue, notBeforeMs = Number.NEGATIVE_INFINITY): void {
  leaveLine(queue);
  const next = queue.due.peek();
  if (next !== undefined && queue.underWay < (queue.pace === "prompt" ? placesOfPrompt : 1)) {
    const among = queue.pace === "slow" ? places.waitingSlow : places.waiting;
    queue.turn = { among, deadline: among.add(Math.max(next.at, notBeforeMs), queue) };
  }
}
