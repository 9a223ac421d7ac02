// How far a store was durably written, and by whom, in a file outside its log: a log that was cut, emptied or zeroed looks like
// a whole one, and only what stands elsewhere can tell. Written after every transaction and never waited for: a killed process
// loses nothing of it, and after a loss of power it says less, never too much.
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { syncDirectory } from "../../../node/make-directory.ts";
import { JournalError } from "../journal.ts";
import type { WalEnd } from "./wal-file.ts";

/** The mark of an open store. */
export interface Mark {
  /** Says that the log is durable up to here. */
  write(end: WalEnd): void;
  /** Whether no other writer has marked the store since. */
  isOwn(): boolean;
  close(): void;
}

// Two places in sectors of their own, written in turns, so that one is whole whatever happens.
const places = [0, 512] as const;
const markBytes = 1_024;
/** In each place: the writer, then four bytes for each of these. */
const writerBytes = 16;
const field = { salt1: 16, salt2: 20, frames: 24, boot: 28, count: 32, sum: 36 } as const;
const contentBytes = 40;
/** A store whose commits are synchronized: its mark counts whatever ended. */
const anyBoot = 0;
/** Equals no run of the machine. */
const unknownBoot = 1;

/** This run of the machine, for stores whose commits do not outlive it; undefined where it has no name. */
function thisBoot(): number | undefined {
  try {
    return crc32(readFileSync("/proc/sys/kernel/random/boot_id")) || 1;
  } catch {
    return undefined;
  }
}

/**
 * The mark at `path`; undefined when it says nothing, as may be after the end of a machine that synchronized nothing.
 *
 * @throws {JournalError} `damaged` when it is missing, or not that of this store, although commits are synchronized
 */
export function readMark(path: string, { history, fsync }: Omit<MarkOwner, "writer">): WalEnd | undefined {
  const bytes = existsSync(path) ? readFileSync(path) : undefined;
  if (bytes === undefined) {
    if (fsync === "never") {
      return undefined;
    }
    throw damagedMark(path, "the file is missing, and the store was not closed in order");
  }
  const newest = places
    .map((at) => bytes.subarray(at, at + contentBytes))
    .filter(
      (place) => place.length === contentBytes && place.readUInt32BE(field.sum) === sumOf(place, history),
    )
    .sort((a, b) => a.readUInt32BE(field.count) - b.readUInt32BE(field.count))
    .at(-1);
  if (newest === undefined) {
    if (fsync === "never") {
      return undefined;
    }
    throw damagedMark(path, "it says nothing of the store beside it");
  }
  const boot = newest.readUInt32BE(field.boot);
  if (boot !== anyBoot && boot !== thisBoot()) {
    return undefined;
  }
  return {
    salts: [newest.readUInt32BE(field.salt1), newest.readUInt32BE(field.salt2)],
    frames: newest.readUInt32BE(field.frames),
  };
}

const damagedMark = (path: string, what: string): JournalError =>
  new JournalError("damaged", `${path} is damaged: ${what}`);

/** Whose the mark is, and of which store. */
export interface MarkOwner {
  readonly writer: string;
  readonly history: string;
  readonly fsync: "always" | "never";
}

/** Makes the mark at `path`, or takes it over; when this returns it is as durable as the commits. */
export function openMark(path: string, { writer, history, fsync }: MarkOwner, end: WalEnd): Mark {
  const place = Buffer.alloc(contentBytes);
  place.write(writer, 0, writerBytes, "latin1");
  place.writeUInt32BE(fsync === "always" ? anyBoot : (thisBoot() ?? unknownBoot), field.boot);
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let count = 0;

  const write = ({ salts, frames }: WalEnd): void => {
    count += 1;
    place.writeUInt32BE(salts[0], field.salt1);
    place.writeUInt32BE(salts[1], field.salt2);
    place.writeUInt32BE(frames, field.frames);
    place.writeUInt32BE(count, field.count);
    place.writeUInt32BE(sumOf(place, history), field.sum);
    writeSync(file, place, 0, contentBytes, places[count % 2 === 0 ? 0 : 1]);
  };

  try {
    ftruncateSync(file, markBytes);
    write(end);
    write(end);
    if (fsync === "always") {
      fsyncSync(file);
      syncDirectory(dirname(path));
    }
  } catch (error) {
    closeSync(file);
    throw error;
  }
  const found = Buffer.alloc(writerBytes);
  return {
    write(written: WalEnd): void {
      try {
        write(written);
      } catch {
        // It goes on to say less than is there, which is never wrong.
      }
    },
    isOwn(): boolean {
      readSync(file, found, 0, writerBytes, places[count % 2 === 0 ? 0 : 1]);
      return found.equals(place.subarray(0, writerBytes));
    },
    close: () => closeSync(file),
  };
}

function sumOf(place: Buffer, history: string): number {
  return crc32(place.subarray(0, field.sum), crc32(history));
}
