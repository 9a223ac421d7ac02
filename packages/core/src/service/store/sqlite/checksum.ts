// The checksums of a stored journal: each covers what a row says, and which row it is.
import { crc32 } from "node:zlib";
import type { Stored } from "../record-codec.ts";
import type { Meta } from "./schema.ts";

export function recordChecksum(sequence: number, wall: number, streams: string, payload: Stored): number {
  return sumOf(`${sequence} ${wall} ${streams}\n`, payload);
}

export function partChecksum(sequence: number, part: number, payload: Stored): number {
  return sumOf(`${sequence} part ${part}\n`, payload);
}

export function snapshotChecksum(sequence: number, wall: number, mark: number, parts: number): number {
  return crc32(`${sequence} ${wall} ${mark} ${parts}\n`);
}

export function metaChecksum(format: number, meta: Meta): number {
  const { product, history, epoch, writer, forgotten, indexed, last, clean } = meta;
  return crc32(
    `${format} ${product} ${history} ${epoch} ${writer} ${forgotten} ${indexed} ${last} ${clean}\n`,
  );
}

function sumOf(head: string, payload: Stored): number {
  if (typeof payload === "string") {
    return crc32(head + payload);
  }
  const seed = crc32(head);
  // Node 22 forgets the seed over bytes that are none.
  return payload.length === 0 ? seed : crc32(payload, seed);
}
