// Snapshots in their tables: written piece by piece over many turns of the event loop, valid with the last one.

import { JournalError, type JournalSnapshotInfo } from "../journal.ts";
import { decodePieces, encodePieces } from "../plain-codec.ts";
import type { Stored } from "../record-codec.ts";
import { partChecksum, snapshotChecksum } from "./checksum.ts";
import { damaged, type Store } from "./store.ts";

/** Turns a state into pieces, and back. Encoding runs over several turns, a piece at a time. */
export interface SnapshotCodec {
  encode(state: unknown): Iterable<Stored>;
  decode(pieces: Iterable<Stored>): unknown;
}

/** Plain values as JSON, `Uint8Array`s included; long lists directly below the top are cut into pieces. */
export const plainSnapshots: SnapshotCodec = {
  encode: encodePieces,
  decode: (pieces) => decodePieces(textOf(pieces)),
};

function* textOf(pieces: Iterable<Stored>): Generator<string> {
  for (const piece of pieces) {
    yield typeof piece === "string" ? piece : new TextDecoder().decode(piece);
  }
}

interface InfoRow extends JournalSnapshotInfo {
  readonly parts: number;
  readonly checksum: number;
}

interface PartRow {
  readonly part: number;
  readonly payload: Stored;
  readonly checksum: number;
}

/** The snapshots of one open store. */
export interface StoredSnapshots {
  /** Oldest first. */
  list(): readonly JournalSnapshotInfo[];
  read(sequence: number): unknown;
  insertPart(sequence: number, part: number, payload: Stored): void;
  insert(snapshot: JournalSnapshotInfo, parts: number): void;
  /** Forgets snapshots older than this one. */
  removeBefore(sequence: number): void;
  /** Forgets one snapshot. */
  remove(sequence: number): void;
  /** Deletes some parts, up to this sequence, that belong to no snapshot; answers how many. */
  removeOrphans(upTo: number): number;
  /** Looks at every snapshot. */
  verify(lastSequence: number, forgotten: number): void;
}

/** Enough to make deleting a large snapshot short work, and not too many for one turn of the event loop. */
const orphansAtOnce = 16;

export function storedSnapshots(store: Store, codec: SnapshotCodec): StoredSnapshots {
  const { database, path } = store;
  const list = database.prepare(
    "SELECT sequence, wall, mark, parts, checksum FROM snapshot ORDER BY sequence",
  );
  const one = database.prepare(
    "SELECT sequence, wall, mark, parts, checksum FROM snapshot WHERE sequence = ?",
  );
  const part = database.prepare(
    "SELECT part, payload, checksum FROM snapshot_part WHERE sequence = ? AND part = ? ORDER BY id",
  );
  const insertPart = database.prepare(
    "INSERT INTO snapshot_part (sequence, part, payload, checksum) VALUES (?, ?, ?, ?)",
  );
  const insert = database.prepare("INSERT INTO snapshot VALUES (?, ?, ?, ?, ?)");
  const removeBefore = database.prepare("DELETE FROM snapshot WHERE sequence < ?");
  const remove = database.prepare("DELETE FROM snapshot WHERE sequence = ?");
  const removeOrphans = database.prepare(
    `DELETE FROM snapshot_part WHERE id IN (SELECT id FROM snapshot_part
     WHERE sequence NOT IN (SELECT sequence FROM snapshot) AND sequence <= ? LIMIT ${orphansAtOnce})`,
  );

  const check = (row: InfoRow): void => {
    if (row.checksum !== snapshotChecksum(row.sequence, row.wall, row.mark, row.parts)) {
      throw damaged(path, `snapshot ${row.sequence} does not match its checksum`);
    }
  };

  function* partsOf(info: InfoRow): Generator<Stored> {
    for (let index = 0; index < info.parts; index += 1) {
      const row = part.get(info.sequence, index) as unknown as PartRow | undefined;
      if (row === undefined || row.checksum !== partChecksum(info.sequence, index, row.payload)) {
        throw damaged(
          path,
          `part ${index + 1} of ${info.parts} of snapshot ${info.sequence} is missing or damaged`,
        );
      }
      yield row.payload;
    }
  }

  return {
    list(): readonly JournalSnapshotInfo[] {
      const rows = list.all() as unknown as InfoRow[];
      rows.forEach(check);
      return rows.map(({ sequence, wall, mark }) => ({ sequence, wall, mark }));
    },
    read(sequence: number): unknown {
      const info = one.get(sequence) as unknown as InfoRow | undefined;
      if (info === undefined) {
        throw new JournalError("truncated", `there is no snapshot ${sequence} (any more)`);
      }
      check(info);
      return codec.decode(partsOf(info));
    },
    insertPart(sequence: number, index: number, payload: Stored): void {
      insertPart.run(sequence, index, payload, partChecksum(sequence, index, payload));
    },
    insert({ sequence, wall, mark }: JournalSnapshotInfo, parts: number): void {
      insert.run(sequence, wall, mark, parts, snapshotChecksum(sequence, wall, mark, parts));
    },
    removeBefore(sequence: number): void {
      removeBefore.run(sequence);
    },
    remove(sequence: number): void {
      remove.run(sequence);
    },
    removeOrphans: (upTo) => Number(removeOrphans.run(upTo).changes),
    verify(lastSequence: number, forgotten: number): void {
      const rows = list.all() as unknown as InfoRow[];
      for (const row of rows) {
        check(row);
        if (row.sequence > lastSequence) {
          throw damaged(path, `snapshot ${row.sequence} is newer than the newest record, ${lastSequence}`);
        }
        for (const _part of partsOf(row)) {
          // Reading it is what verifies it.
        }
      }
      if (forgotten > 0 && !rows.some(({ sequence }) => sequence === forgotten)) {
        throw damaged(path, `the snapshot that stands for the records up to ${forgotten} is missing`);
      }
    },
  };
}
