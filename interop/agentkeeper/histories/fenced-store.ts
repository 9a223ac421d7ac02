// A resource that is guarded by fencing tokens: it remembers the greatest token of each key and refuses smaller ones.

/** A write that a load process asks for, since the resource lives in the driver. */
export interface Write {
  readonly key: string;
  /** A 64-bit number, as decimal digits. */
  readonly token: string;
}

/** Answers whether a write was accepted. */
export function createFencedStore(): (write: Write) => boolean {
  const greatest = new Map<string, bigint>();
  return ({ key, token: digits }) => {
    const token = BigInt(digits);
    if (token < (greatest.get(key) ?? 0n)) {
      return false;
    }
    greatest.set(key, token);
    return true;
  };
}
