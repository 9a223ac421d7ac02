// Room for the write-ahead log, made before it is needed: a commit that lengthens the file waits for the file system's own
// journal too, and takes half as long again as one that writes over what is there.
import { closeSync, fdatasyncSync, fstatSync, openSync, writeSync } from "node:fs";
import { checkpointPages, pageBytes } from "./schema.ts";

/** As long as a log becomes before SQLite begins it anew: its pages with their headers, and some more. */
const roomBytes = Math.ceil(checkpointPages * 1.1) * (pageBytes + 24);
const pieceBytes = 1 << 18;

/**
 * Lengthens the log at `path` with zeros, which SQLite takes for its end. A disk that has no room for it is no failure:
 * what is written later finds out.
 */
export function makeWalRoom(path: string): void {
  let file: number | undefined;
  try {
    file = openSync(path, "r+");
    const zeros = new Uint8Array(pieceBytes);
    for (let end = fstatSync(file).size; end < roomBytes; ) {
      end += writeSync(file, zeros, 0, Math.min(pieceBytes, roomBytes - end), end);
    }
    fdatasyncSync(file);
  } catch {
    // The log grows by itself then.
  } finally {
    if (file !== undefined) {
      closeSync(file);
    }
  }
}
