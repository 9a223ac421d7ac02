// A journal on disk: one SQLite database in a directory, one transaction per append.
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import {
  type HistoryPage,
  type Journal,
  type JournalEntry,
  JournalError,
  type JournaledRecord,
  type JournalSnapshot,
  type JournalSnapshotInfo,
  type OpenedJournal,
  staleEpoch,
} from "../journal.ts";
import type { RecordCodec, Stored } from "../record-codec.ts";
import { checkStore } from "./check.ts";
import { newId } from "./create.ts";
import { notePlace } from "./place.ts";
import { readRecords, type StoredRecords, storedRecords } from "./records.ts";
import { pageBytes } from "./schema.ts";
import { plainSnapshots, type SnapshotCodec, type StoredSnapshots, storedSnapshots } from "./snapshots.ts";
import { damaged, openStore, type Store } from "./store.ts";
import { type StreamIndex, streamIndex } from "./streams.ts";
import { makeWalRoom } from "./wal-room.ts";

/** Settings of {@link createSqliteJournal}. */
export interface SqliteJournalOptions<Record> {
  /** Where `store.db` is, or will be made; a directory that is missing is made with its parents, mode 0700. */
  readonly directory: string;
  /** Whose store it is, such as `agentkeeper`: that of another product is refused, with nothing touched. */
  readonly product: string;
  /**
   * Whether a store that was made before stores had names is this product's, judged by what its first record was stored
   * as, or by the first piece of its oldest snapshot when that record is forgotten.
   *
   * @default every one is
   */
  readonly adopts?: ((first: Stored) => boolean) | undefined;
  readonly codec: RecordCodec<Record>;
  /** How a state is stored. @default JSON of plain values and `Uint8Array`s */
  readonly snapshotCodec?: SnapshotCodec;
  /**
   * `always`: an append returns when the disk has it. `never`: when the operating system has it, so that what was
   * acknowledged survives the end of the process, but not of the machine.
   *
   * @default "always"
   */
  readonly fsync?: "always" | "never";
  /**
   * `shared` lets a second opener take the store over from one that still runs, which is how fencing is tested. A
   * process that serves a store holds it alone.
   *
   * @default "exclusive"
   */
  readonly lock?: "exclusive" | "shared";
  /**
   * Verify all that is stored when the store is opened, which takes as long as there are records; otherwise what a start
   * reads, and the rest by {@link Journal.check}.
   *
   * @default false
   */
  readonly verify?: boolean;
}

/** Everything that belongs to an open database. */
interface Opened<Record> {
  readonly store: Store;
  readonly records: StoredRecords<Record>;
  readonly streams: StreamIndex;
  readonly snapshots: StoredSnapshots;
  /** What was said of the store, and its newest record, when it was opened. */
  found: { readonly indexed: number; readonly lastSequence: number };
  lastSequence: number;
  epoch: number;
  writer: string;
}

/** Between two steps of a check, in milliseconds: it takes a fifth of the time that nobody else wants. */
const checkPauseMs = 5;

/** Enough to tell a disk that is full; more would take the room that is looked for. */
const mostProbed = 4 * pageBytes;

/** No record has this sequence, so parts with it belong to no snapshot. */
const noSnapshot = 0;

/** How many records are forgotten in one transaction, so that none holds up the event loop for long. */
const forgottenAtOnce = 2_000;

/** A journal in `store.db` in a directory: SQLite in WAL mode, held by one process at a time. */
export function createSqliteJournal<Record>(options: SqliteJournalOptions<Record>): Journal<Record> {
  const { directory, product, adopts, codec, snapshotCodec = plainSnapshots } = options;
  const { fsync = "always", lock = "exclusive", verify = false } = options;
  let opening: Promise<Opened<Record>> | undefined;
  let opened: Opened<Record> | undefined;
  /** Up to here nothing is left that could be removed. */
  let removedUpTo = 0;
  /** The length of what was appended last, or could not be. */
  let triedBytes = 0;

  const current = (): Opened<Record> => {
    if (opened === undefined) {
      throw new JournalError("unavailable", `the store in ${directory} is not open`);
    }
    return opened;
  };

  /** One transaction of a writer, refused when it is no longer the newest. */
  const writing = <Result>(writer: number, work: (open: Opened<Record>) => Result): Result => {
    const open = current();
    return open.store.transaction(() => {
      const now = open.store.readWriter();
      if (now.epoch !== writer || now.writer !== open.writer) {
        throw staleEpoch(writer, now.epoch);
      }
      return work(open);
    });
  };

  /** Deletes the parts of snapshots that were forgotten or never finished, a few at a time. */
  const removeOrphans = async (writer: number, upTo: number): Promise<void> => {
    while (writing(writer, ({ snapshots }) => snapshots.removeOrphans(upTo)) > 0) {
      await nextTurn();
    }
  };

  const openAll = async (): Promise<Opened<Record>> => {
    const store = await openStore({ directory, product, adopts, fsync, lock, verify });
    const streams = streamIndex(store);
    return {
      store,
      records: storedRecords(store, streams, codec),
      streams,
      snapshots: storedSnapshots(store, snapshotCodec),
      found: { indexed: 0, lastSequence: 0 },
      lastSequence: 0,
      epoch: 0,
      writer: "",
    };
  };

  /** Verifies what a start reads, or all, and becomes the writer. */
  const takeOver = (open: Opened<Record>): OpenedJournal => {
    const { store, records, streams, snapshots } = open;
    return store.transaction(() => {
      streams.clear();
      const meta = store.readMeta();
      const { forgotten, indexed } = meta;
      const lastSequence = records.verify(meta);
      snapshots.verify(lastSequence, forgotten);
      if (meta.clean && lastSequence !== meta.last) {
        throw damaged(store.path, `record ${lastSequence + 1} is missing; the newest one was ${meta.last}`);
      }
      for (const fault of verify ? checkStore(store, streams, meta, lastSequence) : []) {
        if (fault !== undefined) {
          throw fault;
        }
      }
      const epoch = meta.epoch + 1;
      const writer = newId();
      store.markFor(writer);
      store.writeMeta({ ...meta, epoch, writer, clean: false });
      open.found = { indexed, lastSequence };
      open.lastSequence = lastSequence;
      open.epoch = epoch;
      open.writer = writer;
      const restored = notePlace(store.database, store.path) && lastSequence > 0;
      return { epoch, lastSequence, forgottenTo: forgotten, restored };
    });
  };

  return {
    durable: true,

    async open(): Promise<OpenedJournal> {
      opening ??= openAll();
      let open: Opened<Record>;
      try {
        open = await opening;
      } catch (error) {
        opening = undefined;
        throw error;
      }
      let inOrder = open.store.wasClean;
      try {
        const taken = takeOver(open);
        inOrder = false;
        // From now on the database itself says that its log belongs to it.
        open.store.reading(() => open.store.database.exec("PRAGMA wal_checkpoint(PASSIVE)"));
        if (fsync === "always") {
          makeWalRoom(`${open.store.path}-wal`);
        }
        opened = open;
        removedUpTo = (open.records.first() ?? 1) - 1;
        return taken;
      } catch (error) {
        if (opened === undefined) {
          opening = undefined;
          open.store.close(inOrder);
        }
        throw error;
      }
    },

    append(writer: number, entries: readonly JournalEntry<Record>[]): number {
      const open = current();
      const before = open.lastSequence;
      const indexes = open.streams.isDue;
      const lastSequence = writing(writer, ({ records, streams }) => {
        if (indexes) {
          streams.write(before);
        }
        triedBytes = 0;
        let sequence = before;
        for (const entry of entries) {
          sequence += 1;
          triedBytes += records.insert(sequence, entry);
        }
        return sequence;
      });
      if (indexes) {
        open.streams.clear();
      }
      entries.forEach((entry, index) => {
        open.streams.add(before + index + 1, entry.streams);
      });
      open.lastSequence = lastSequence;
      return lastSequence;
    },

    probe(writer: number): void {
      writing(writer, ({ snapshots }) => {
        snapshots.removeOrphans(noSnapshot);
        snapshots.insertPart(noSnapshot, 0, new Uint8Array(Math.min(triedBytes, mostProbed)));
      });
      writing(writer, ({ snapshots }) => snapshots.removeOrphans(noSnapshot));
    },

    async *check(signal: AbortSignal): AsyncIterable<JournalError> {
      const { store, streams, found } = current();
      if (verify) {
        return;
      }
      for (const fault of checkStore(store, streams, found, found.lastSequence)) {
        if (fault === undefined) {
          await delay(checkPauseMs, undefined, { ref: false, signal }).catch(() => undefined);
        } else {
          yield fault;
        }
        if (signal.aborted || opened === undefined) {
          return;
        }
      }
    },

    read(after: number): Iterable<JournaledRecord<Record>> {
      const { store, records } = current();
      return readRecords(store, records, after);
    },

    history(stream: string, page: HistoryPage = {}): readonly JournaledRecord<Record>[] {
      const { store, records } = current();
      return store.reading(() => records.ofStream(stream, page.after ?? 0, page.limit ?? 100));
    },

    async snapshot(writer: number, snapshot: JournalSnapshot, signal?: AbortSignal): Promise<void> {
      const { sequence } = snapshot;
      if (sequence > current().lastSequence) {
        throw new RangeError(`there is no record ${sequence} to take a snapshot after`);
      }
      if (
        current()
          .snapshots.list()
          .some((stored) => stored.sequence === sequence)
      ) {
        return;
      }
      await removeOrphans(writer, sequence);
      let parts = 0;
      for (const piece of snapshotCodec.encode(snapshot.state)) {
        writing(writer, ({ snapshots }) => snapshots.insertPart(sequence, parts, piece));
        parts += 1;
        await nextTurn();
        // What is written so far belongs to no snapshot, and is removed before the next one.
        signal?.throwIfAborted();
      }
      writing(writer, ({ snapshots }) => snapshots.insert(snapshot, parts));
    },

    snapshots(): readonly JournalSnapshotInfo[] {
      const { store, snapshots } = current();
      return store.reading(() => snapshots.list());
    },

    readSnapshot(sequence: number): unknown {
      const { store, snapshots } = current();
      return store.reading(() => snapshots.read(sequence));
    },

    async truncate(writer: number, sequence: number): Promise<void> {
      writing(writer, ({ store, snapshots }) => {
        if (!snapshots.list().some((snapshot) => snapshot.sequence === sequence)) {
          throw new RangeError(`there is no snapshot ${sequence} to stand for the records before it`);
        }
        const meta = store.readMeta();
        store.writeMeta({ ...meta, forgotten: Math.max(meta.forgotten, sequence) });
        snapshots.removeBefore(sequence);
      });
      while (removedUpTo < sequence) {
        await nextTurn();
        const upTo = Math.min(sequence, removedUpTo + forgottenAtOnce);
        writing(writer, ({ records }) => records.remove(removedUpTo, upTo));
        removedUpTo = upTo;
      }
      await removeOrphans(writer, sequence);
    },

    async dropSnapshot(writer: number, sequence: number): Promise<void> {
      writing(writer, ({ store, snapshots }) => {
        if (store.readMeta().forgotten === sequence) {
          throw new RangeError(`snapshot ${sequence} stands for the records before it`);
        }
        snapshots.remove(sequence);
      });
      await removeOrphans(writer, sequence);
    },

    close(): void {
      if (opened === undefined) {
        return;
      }
      const { store, streams, writer: own, lastSequence } = opened;
      opened = undefined;
      opening = undefined;
      let inOrder = false;
      try {
        store.transaction(() => {
          if (store.readWriter().writer === own) {
            streams.write(lastSequence);
            store.writeMeta({ ...store.readMeta(), last: lastSequence, clean: true });
            inOrder = true;
          }
        });
      } catch {
        // Then the log stays, and the next start needs it.
        inOrder = false;
      }
      store.close(inOrder);
    },
  };
}
