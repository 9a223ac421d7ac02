// About how many bytes a value holds: texts count by their length, all else little.

const small = 8;

export function weigh(value: unknown): number {
  if (typeof value === "string") {
    return small + value.length;
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
