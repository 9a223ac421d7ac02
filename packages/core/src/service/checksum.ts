// The checksums of a stored journal: each covers what a row says, and which row it is.
import { crc32 } from "node:zlib";

/** What a codec makes of a record: text or bytes. */
export type Stored = string | Uint8Array;

export function recordChecksum(sequence: number, wall: number, streams: string, payload: Stored): number {
  return sumOf(payload, crc32(`${sequence} ${wall} ${streams}\n`));
}

export function partChecksum(sequence: number, part: number, payload: Stored): number {
  return sumOf(payload, crc32(`${sequence} part ${part}\n`));
}

export function snapshotChecksum(sequence: number, wall: number, mark: number, parts: number): number {
  return crc32(`${sequence} ${wall} ${mark} ${parts}\n`);
}

export function metaChecksum(format: number, epoch: number, forgotten: number, clean: number): number {
  return crc32(`${format} ${epoch} ${forgotten} ${clean}\n`);
}

function sumOf(payload: Stored, seed: number): number {
  // Node 22 forgets the seed over bytes that are none.
  return payload.length === 0 ? seed : crc32(payload, seed);
}
