// A map that can be walked from the middle: its values keep their place by a number that only grows.

import { lowerBound } from "../lists/lower-bound.ts";

/**
 * A `Map` whose values are also at hand in the order of their places, from any place on. The place of a value never
 * changes, and no two share one; new values mostly come with the highest.
 */
export class PlacedMap<Key, Value> extends Map<Key, Value> {
  readonly #placeOf: (value: Value) => number;
  /** Every value in the order of its place; `undefined` where one was, until there are too many of those. */
  #line: { readonly place: number; value: Value | undefined }[] = [];

  constructor(placeOf: (value: Value) => number) {
    super();
    this.#placeOf = placeOf;
  }

  override set(key: Key, value: Value): this {
    if (this.get(key) !== value) {
      this.#leave(key);
      this.#enter(value);
    }
    return super.set(key, value);
  }

  override delete(key: Key): boolean {
    this.#leave(key);
    return super.delete(key);
  }

  override clear(): void {
    this.#line = [];
    super.clear();
  }

  /** The values behind a place, in order. The map must not change meanwhile. */
  *behind(place: number): Generator<Value, void> {
    for (let index = this.#indexOf(place + 1); index < this.#line.length; index += 1) {
      const value = this.#line[index]?.value;
      if (value !== undefined) {
        yield value;
      }
    }
  }

  #indexOf(place: number): number {
    return lowerBound(this.#line, (entry) => entry.place < place);
  }

  #enter(value: Value): void {
    const place = this.#placeOf(value);
    const index = this.#indexOf(place);
    const entry = this.#line[index];
    if (entry?.place === place) {
      entry.value = value;
    } else {
      this.#line.splice(index, 0, { place, value });
    }
  }

  #leave(key: Key): void {
    const value = this.get(key);
    if (value === undefined) {
      return;
    }
    const entry = this.#line[this.#indexOf(this.#placeOf(value))];
    if (entry !== undefined) {
      entry.value = undefined;
    }
    // Cut in large pieces, so that each removal costs the same however many there are.
    if (this.#line.length > 2 * this.size + 1_000) {
      this.#line = this.#line.filter((other) => other.value !== undefined);
    }
  }
}
