// Text that UTF-8 can carry: lone surrogates of a stranger become U+FFFD at every border.

/** A value of JSON with all its texts well-formed, names included. What is well-formed already is answered as it is. */
export function wellFormed<T>(value: T): T;
export function wellFormed(value: unknown): unknown {
  if (typeof value === "string") {
    return value.isWellFormed() ? value : value.toWellFormed();
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return changed(
      value,
      value.map((item: unknown) => wellFormed(item)),
    );
  }
  const entries = Object.entries(value);
  const clean = entries.map(([name, item]): [string, unknown] => [wellFormed(name), wellFormed(item)]);
  const same = clean.every(
    ([name, item], index) => name === entries[index]?.[0] && item === entries[index]?.[1],
  );
  return same ? value : Object.fromEntries(clean);
}

function changed(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}
