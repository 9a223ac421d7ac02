// The store behind a runner: an append-only sequence of records, with snapshots, streams and one writer at a time.

/** One record on its way into the journal. */
export interface JournalEntry<Record> {
  readonly record: Record;
  /** Milliseconds since the Unix epoch at which the record's turn ran. */
  readonly wall: number;
  /** Streams whose history the record belongs to. */
  readonly streams: readonly string[];
}

/** One record as the journal holds it. */
export interface JournaledRecord<Record> extends JournalEntry<Record> {
  /** 1 for the first record of a store, then one more for each, without holes. */
  readonly sequence: number;
}

/** A state as it was after the record with this sequence. */
export interface JournalSnapshot {
  readonly sequence: number;
  readonly wall: number;
  readonly state: unknown;
}

/** What a writer knows after it opened a journal. */
export interface OpenedJournal {
  /** This writer's epoch: higher than every earlier one. Appends carry it. */
  readonly epoch: number;
  /** The sequence of the newest record; 0 in a new store. */
  readonly lastSequence: number;
  /** The newest snapshot, if there is one. */
  readonly snapshot: JournalSnapshot | undefined;
}

/** Which part of a stream to read. */
export interface HistoryPage {
  /** Only records after this sequence. @default 0 */
  readonly after?: number;
  /** At most so many records. @default 100 */
  readonly limit?: number;
}

/**
 * A durable, ordered log with one writer. Implementations: memory; SQLite; a shared database for several replicas.
 *
 * Every method may answer at once or with a promise; the runner lets no turn start before an append has ended.
 */
export interface Journal<Record> {
  /**
   * Takes over as the writer: raises the epoch in the store, after which appends of earlier writers are refused.
   *
   * @throws {JournalError} `damaged`, `locked` or `unavailable`
   */
  open(): OpenedJournal | Promise<OpenedJournal>;
  /**
   * Appends all entries or none, durably, and answers the sequence of the last one. The epoch is checked in the
   * same transaction.
   *
   * @throws {JournalError} `stale_epoch` when a newer writer has opened the store; `unavailable` when nothing was written
   */
  append(epoch: number, entries: readonly JournalEntry<Record>[]): number | Promise<number>;
  /** All records after a sequence, in order. */
  read(after: number): Iterable<JournaledRecord<Record>> | AsyncIterable<JournaledRecord<Record>>;
  /** The records of one stream, oldest first. */
  history(
    stream: string,
    page?: HistoryPage,
  ): readonly JournaledRecord<Record>[] | Promise<readonly JournaledRecord<Record>[]>;
  /** Stores a snapshot of the state after `snapshot.sequence`, refused for a stale epoch like an append. */
  snapshot(epoch: number, snapshot: JournalSnapshot): void | Promise<void>;
  /** Forgets records up to and including `sequence` that belong to no stream's kept history. */
  truncate(epoch: number, sequence: number): void | Promise<void>;
  /** Releases the store. Idempotent. */
  close(): void | Promise<void>;
}

/** Why a journal refused or failed. */
export type JournalErrorCode = "stale_epoch" | "unavailable" | "damaged" | "locked" | "truncated";

/** A journal refused a call or could not carry it out; in either case nothing was changed. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
