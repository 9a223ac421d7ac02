// Looks into a write-ahead log before SQLite does. SQLite ends its recovery at the first frame that does not fit, for
// that is how an unfinished transaction looks; but a frame that was damaged later looks the same, and everything after
// it, though acknowledged, would be dropped without a word.

import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { codeOf } from "../../../errors/foreign.ts";
import { pageBytes } from "./schema.ts";

/** How far a log is written: its generation, by the salts in its header, and its frames up to the last transaction's end. */
export interface WalEnd {
  readonly salts: readonly [number, number];
  readonly frames: number;
}

/** What a write-ahead log looks like: where it ends, or what is wrong with it. */
export type WalCondition = "absent" | WalEnd | { readonly damaged: string };

/** A log that holds nothing. */
export const emptyWal: WalEnd = { salts: [0, 0], frames: 0 };

const headerBytes = 32;
const frameHeaderBytes = 24;
const magicLittle = 0x377f0682;
const magicBig = 0x377f0683;

interface Sum {
  readonly a: number;
  readonly b: number;
}

/** SQLite's checksum of pairs of words, continued from an earlier one. */
function checksum(bytes: DataView, from: number, to: number, littleEndian: boolean, seed: Sum): Sum {
  let { a, b } = seed;
  for (let at = from; at < to; at += 8) {
    a = (a + bytes.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + bytes.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return { a, b };
}

function readAt(file: number, bytes: Uint8Array, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(file, bytes, done, bytes.length - done, position + done);
    if (count === 0) {
      break;
    }
    done += count;
  }
  return done;
}

/**
 * Examines the log at `path`, which is known to be durable up to `durable`. Each transaction is synchronized before the
 * next begins, so a bad frame that is followed by the ends of two transactions of the same generation cannot come from a
 * crash.
 */
export function examineWal(path: string, durable: WalEnd = emptyWal): WalCondition {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return "absent";
    }
    throw error;
  }
  try {
    const condition = examine(file, fstatSync(file).size);
    return "damaged" in condition ? condition : (lossOf(condition, durable) ?? condition);
  } finally {
    closeSync(file);
  }
}

/** What of a durable log is missing. */
function lossOf(end: WalEnd, durable: WalEnd): { readonly damaged: string } | undefined {
  if (durable.frames === 0) {
    return undefined;
  }
  const { salts, frames } = end;
  if (salts[0] === durable.salts[0] && salts[1] === durable.salts[1]) {
    return frames < durable.frames
      ? { damaged: `of ${durable.frames} frames that were written, ${durable.frames - frames} are missing` }
      : undefined;
  }
  // Each generation counts the first salt up by one, and begins when all of the one before is in the database.
  const generations = (salts[0] - durable.salts[0]) >>> 0;
  return end !== emptyWal && generations > 0 && generations < 2 ** 31
    ? undefined
    : { damaged: `the ${durable.frames} frames that were written are missing` };
}

function examine(file: number, size: number): WalEnd | { readonly damaged: string } {
  if (size < headerBytes + frameHeaderBytes) {
    return emptyWal;
  }
  const header = new DataView(new ArrayBuffer(headerBytes));
  readAt(file, new Uint8Array(header.buffer), 0);
  const magic = header.getUint32(0);
  const stored = header.getUint32(8);
  const littleEndian = magic === magicLittle;
  let sum = checksum(header, 0, 24, littleEndian, { a: 0, b: 0 });
  if (
    (!littleEndian && magic !== magicBig) ||
    stored !== pageBytes ||
    sum.a !== header.getUint32(24) ||
    sum.b !== header.getUint32(28)
  ) {
    return { damaged: "its header does not match its checksum" };
  }

  const frameBytes = frameHeaderBytes + pageBytes;
  const frames = Math.floor((size - headerBytes) / frameBytes);
  const block = new Uint8Array(frameBytes * 64);
  const salts = [header.getUint32(16), header.getUint32(20)] as const;
  let committed = 0;
  let firstBad: number | undefined;
  let endsAfterBad = 0;
  for (let first = 0; first < frames; first += 64) {
    const read = Math.floor(readAt(file, block, headerBytes + first * frameBytes) / frameBytes);
    for (let index = 0; index < read; index += 1) {
      const frame = new DataView(block.buffer, index * frameBytes, frameBytes);
      const current = frame.getUint32(8) === salts[0] && frame.getUint32(12) === salts[1];
      const endsTransaction = frame.getUint32(4) !== 0;
      if (firstBad === undefined) {
        sum = checksum(frame, 0, 8, littleEndian, sum);
        sum = checksum(frame, frameHeaderBytes, frameBytes, littleEndian, sum);
        if (!current || sum.a !== frame.getUint32(16) || sum.b !== frame.getUint32(20)) {
          firstBad = first + index;
        } else if (endsTransaction) {
          committed = first + index + 1;
        }
      }
      // Frames of an earlier generation may lie behind the newest one; they are no loss.
      if (firstBad !== undefined && current && endsTransaction) {
        endsAfterBad += 1;
        if (endsAfterBad === 2) {
          return { damaged: `frame ${firstBad + 1} of ${frames} does not match its checksum` };
        }
      }
    }
  }
  return { salts, frames: committed };
}

/** Follows a log while transactions lengthen it. */
export interface WalFollower {
  /** Where the log ends now. Only between transactions. */
  end(): WalEnd;
  close(): void;
}

/** Follows the log at `path`, which ends at `from`: only what came since is read. */
export function followWal(path: string, from: WalEnd): WalFollower {
  const file = openSync(path, "r");
  const bytes = new DataView(new ArrayBuffer(headerBytes));
  const read = (count: number, position: number): boolean =>
    readAt(file, new Uint8Array(bytes.buffer, 0, count), position) === count;
  let { salts, frames } = from;
  return {
    end(): WalEnd {
      if (!read(headerBytes, 0)) {
        return emptyWal;
      }
      const found = [bytes.getUint32(16), bytes.getUint32(20)] as const;
      if (found[0] !== salts[0] || found[1] !== salts[1]) {
        salts = found;
        frames = 0;
      }
      // Frames without an end behind them are of a transaction that was rolled back.
      for (let next = frames; read(frameHeaderBytes, headerBytes + next * (frameHeaderBytes + pageBytes)); ) {
        if (bytes.getUint32(8) !== salts[0] || bytes.getUint32(12) !== salts[1]) {
          break;
        }
        next += 1;
        if (bytes.getUint32(4) !== 0) {
          frames = next;
        }
      }
      return { salts, frames };
    },
    close: () => closeSync(file),
  };
}

/** Copies what is committed in a log that somebody may be lengthening: no transaction is cut. False when there is none. */
export function copyWal(from: string, to: string): boolean {
  if (!existsSync(from)) {
    return false;
  }
  const follower = followWal(from, emptyWal);
  const source = openSync(from, "r");
  const target = openSync(to, "wx", 0o600);
  try {
    const { frames } = follower.end();
    const piece = new Uint8Array(frameHeaderBytes + pageBytes);
    const header = piece.subarray(0, headerBytes);
    let at = writeSync(target, header, 0, readAt(source, header, 0), 0);
    for (let frame = 0; frame < frames; frame += 1) {
      at += writeSync(target, piece, 0, readAt(source, piece, at), at);
    }
    return true;
  } finally {
    follower.close();
    closeSync(source);
    closeSync(target);
  }
}
