// About how many bytes a value holds, and whether it can be stored at all.

const small = 8;

/** Texts count by their length, all else little; a number that JSON cannot write is infinitely heavy. */
export function weigh(value: unknown): number {
  if (typeof value === "string") {
    return small + value.length;
  }
  if (typeof value === "number") {
    return Number.isFinite(value) ? small : Number.POSITIVE_INFINITY;
  }
  if (typeof value !== "object" || value === null) {
    return small;
  }
  let sum = small;
  if (Array.isArray(value)) {
    for (const item of value) {
      sum += weigh(item);
    }
    return sum;
  }
  for (const [name, member] of Object.entries(value)) {
    sum += name.length + weigh(member);
  }
  return sum;
}

/** The same value; a number beyond every double, which a stranger may write as `1e999`, is null. */
export function storable<Value>(value: Value): Value {
  return Number.isFinite(weigh(value)) ? value : JSON.parse(JSON.stringify(value));
}
