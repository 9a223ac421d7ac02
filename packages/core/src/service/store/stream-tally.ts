// A sum over pairs of a stream and a record that does not depend on their order: two lists of the same pairs have the
// same one, and two that differ in a byte do not.
import { crc32 } from "node:zlib";

export interface Tally {
  readonly count: number;
  readonly sum: number;
  add(stream: string, sequence: number): void;
  equals(other: Tally): boolean;
}

export function createTally(): Tally {
  let count = 0;
  let sum = 0;
  return {
    get count() {
      return count;
    },
    get sum() {
      return sum;
    },
    add(stream: string, sequence: number): void {
      count += 1;
      sum = (sum + crc32(`${sequence} ${stream}`)) >>> 0;
    },
    equals: (other) => other.count === count && other.sum === sum,
  };
}
