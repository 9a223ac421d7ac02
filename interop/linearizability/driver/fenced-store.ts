// A resource that is guarded by fencing tokens: it remembers the greatest token of each key and refuses smaller ones.

export interface FencedStore {
  write(key: string, token: bigint): boolean;
}

export function createFencedStore(): FencedStore {
  const greatest = new Map<string, bigint>();
  return {
    write(key: string, token: bigint): boolean {
      if (token < (greatest.get(key) ?? 0n)) {
        return false;
      }
      greatest.set(key, token);
      return true;
    },
  };
}
