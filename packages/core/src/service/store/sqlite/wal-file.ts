// Looks into a write-ahead log before SQLite does. SQLite ends its recovery at the first frame that does not fit, for
// that is how an unfinished transaction looks; but a frame that was damaged later looks the same, and everything after
// it, though acknowledged, would be dropped without a word.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What a write-ahead log looks like. `damaged` says what is wrong with it. */
export type WalCondition = "absent" | "sound" | { readonly damaged: string };

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
 * Examines the log at `path`. Each transaction is synchronized before the next begins, so a bad frame that is followed
 * by the ends of two transactions of the same generation cannot come from a crash.
 */
export function examineWal(path: string): WalCondition {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return "absent";
    }
    throw error;
  }
  try {
    return examine(file, fstatSync(file).size);
  } finally {
    closeSync(file);
  }
}

function examine(file: number, size: number): WalCondition {
  if (size < headerBytes + frameHeaderBytes) {
    return "sound";
  }
  const header = new DataView(new ArrayBuffer(headerBytes));
  readAt(file, new Uint8Array(header.buffer), 0);
  const magic = header.getUint32(0);
  const pageBytes = header.getUint32(8);
  const littleEndian = magic === magicLittle;
  let sum = checksum(header, 0, 24, littleEndian, { a: 0, b: 0 });
  if (
    (!littleEndian && magic !== magicBig) ||
    pageBytes < 512 ||
    pageBytes > 65_536 ||
    sum.a !== header.getUint32(24) ||
    sum.b !== header.getUint32(28)
  ) {
    return { damaged: "its header does not match its checksum" };
  }

  const frameBytes = frameHeaderBytes + pageBytes;
  const frames = Math.floor((size - headerBytes) / frameBytes);
  const block = new Uint8Array(frameBytes * 64);
  let firstBad: number | undefined;
  let endsAfterBad = 0;
  for (let first = 0; first < frames; first += 64) {
    const read = Math.floor(readAt(file, block, headerBytes + first * frameBytes) / frameBytes);
    for (let index = 0; index < read; index += 1) {
      const frame = new DataView(block.buffer, index * frameBytes, frameBytes);
      const current =
        frame.getUint32(8) === header.getUint32(16) && frame.getUint32(12) === header.getUint32(20);
      if (firstBad === undefined) {
        sum = checksum(frame, 0, 8, littleEndian, sum);
        sum = checksum(frame, frameHeaderBytes, frameBytes, littleEndian, sum);
        if (!current || sum.a !== frame.getUint32(16) || sum.b !== frame.getUint32(20)) {
          firstBad = first + index;
        }
      }
      // Frames of an earlier generation may lie behind the newest one; they are no loss.
      if (firstBad !== undefined && current && frame.getUint32(4) !== 0) {
        endsAfterBad += 1;
        if (endsAfterBad === 2) {
          return { damaged: `frame ${firstBad + 1} of ${frames} does not match its checksum` };
        }
      }
    }
  }
  return "sound";
}
