// A map that always knows its oldest entry, for what is remembered up to a bound.

/**
 * A `Map` in which setting a key makes its entry the youngest. A plain `Map` finds its first entry by passing over all
 * that were deleted before it, at every look anew: with 100,000 entries that come and go, tens of microseconds.
 */
export class AgingMap<Key, Value> extends Map<Key, Value> {
  /** Has passed every entry older than {@link AgingMap.oldest}, and goes on from there. */
  #walk: MapIterator<[Key, Value]> | undefined;
  #oldest: readonly [Key, Value] | undefined;

  get oldest(): readonly [Key, Value] | undefined {
    if (this.#oldest === undefined && this.size > 0) {
      let step = this.#walk?.next();
      if (step === undefined || step.done === true) {
        this.#walk = this.entries();
        step = this.#walk.next();
      }
      this.#oldest = step.done === true ? undefined : step.value;
    }
    return this.#oldest;
  }

  override set(key: Key, value: Value): this {
    const { size } = this;
    super.set(key, value);
    if (this.size === size) {
      // It was there already, and stayed where it was.
      this.delete(key);
      super.set(key, value);
    }
    return this;
  }

  override delete(key: Key): boolean {
    if (this.#oldest !== undefined && this.#oldest[0] === key) {
      this.#oldest = undefined;
    }
    return super.delete(key);
  }

  override clear(): void {
    this.#oldest = undefined;
    this.#walk = undefined;
    super.clear();
  }
}
