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

/** What a journal knows of a snapshot without reading it. */
export interface JournalSnapshotInfo {
  /** The snapshot is the state as it was after the record with this sequence. */
  readonly sequence: number;
  /** The newest wall time up to there, in milliseconds since the Unix epoch. */
  readonly wall: number;
  /** What the service's own count stood at; see `Machine.mark`. */
  readonly mark: number;
}

/** A state on its way into the journal. */
export interface JournalSnapshot extends JournalSnapshotInfo {
  /** A plain value that nobody changes any more: it may be written over several turns of the event loop. */
  readonly state: unknown;
}

/** What a writer knows after it opened a journal. */
export interface OpenedJournal {
  /** This writer's epoch: higher than every earlier one. Appends carry it. */
  readonly epoch: number;
  /** The sequence of the newest record; 0 in a new store. */
  readonly lastSequence: number;
  /**
   * Records up to this sequence are forgotten, and the snapshot with this sequence stands for them; 0 when every
   * record is there.
   */
  readonly forgottenTo: number;
  /**
   * Whether the store was put back from a copy of some earlier moment, as far as can be told: what was given out since then is
   * not in it.
   */
  readonly restored: boolean;
}

/** Which part of a stream to read. */
export interface HistoryPage {
  /** Only records after this sequence. @default 0 */
  readonly after?: number;
  /** At most so many records. @default 100 */
  readonly limit?: number;
}

/**
 * An ordered log with one writer. Implementations: memory; SQLite; a shared database for several replicas.
 *
 * Every method may answer at once or with a promise; the runner lets no turn start before an append has ended.
 */
export interface Journal<Record> {
  /** Whether records outlive the process. Only then are snapshots worth their price. */
  readonly durable: boolean;
  /**
   * Takes over as the writer: raises the epoch in the store, after which appends of earlier writers are refused.
   * Verifies whatever a replay from here on will read; the rest is for {@link Journal.check}.
   *
   * @throws {JournalError} `damaged`, `foreign`, `locked` or `unavailable`
   */
  open(): OpenedJournal | Promise<OpenedJournal>;
  /**
   * Appends all entries or none, durably, and answers the sequence of the last one. The epoch is checked in the
   * same transaction.
   *
   * @throws {JournalError} `stale_epoch` when a newer writer has opened the store; `unavailable` when the entries could
   * not be made durable: no reader sees them, and later appends may succeed again
   */
  append(epoch: number, entries: readonly JournalEntry<Record>[]): number | Promise<number>;
  /**
   * Writes something that is no record, as long as what was refused last up to a bound, to find out whether appends would succeed now.
   *
   * @throws {JournalError} like {@link Journal.append}
   */
  probe(epoch: number): void | Promise<void>;
  /**
   * Looks at what {@link Journal.open} left unread, in small steps with pauses between them, and gives each damage that it
   * finds. Ends when all is seen, or the signal aborts. What is damaged stays as it is, and is refused where it is read.
   */
  check(signal: AbortSignal): AsyncIterable<JournalError>;
  /**
   * All records after a sequence, in order.
   *
   * @throws {JournalError} `truncated` when some of them are forgotten; `damaged`, `unavailable`
   */
  read(after: number): Iterable<JournaledRecord<Record>> | AsyncIterable<JournaledRecord<Record>>;
  /** The records of one stream, oldest first. */
  history(
    stream: string,
    page?: HistoryPage,
  ): readonly JournaledRecord<Record>[] | Promise<readonly JournaledRecord<Record>[]>;
  /**
   * Stores a snapshot beside the earlier ones, refused for a stale epoch like an append. Whole or not at all.
   *
   * @throws the signal's reason when it aborts before all is written
   */
  snapshot(epoch: number, snapshot: JournalSnapshot, signal?: AbortSignal): void | Promise<void>;
  /** The stored snapshots, oldest first. */
  snapshots(): readonly JournalSnapshotInfo[] | Promise<readonly JournalSnapshotInfo[]>;
  /**
   * The state that was stored with this sequence.
   *
   * @throws {JournalError} `truncated` when there is none (any more); `damaged`, `unavailable`
   */
  readSnapshot(sequence: number): unknown;
  /**
   * Forgets what lies before the snapshot with this sequence: older snapshots, and the records up to and including
   * it. Records that belong to a stream stay in its history. Refused for a stale epoch like an append.
   *
   * @throws {RangeError} when there is no snapshot with this sequence: without it nothing could be replayed
   */
  truncate(epoch: number, sequence: number): void | Promise<void>;
  /** Forgets one snapshot, and nothing that it stood for. Refused for a stale epoch like an append. */
  dropSnapshot(epoch: number, sequence: number): void | Promise<void>;
  /** Releases the store. Idempotent. */
  close(): void | Promise<void>;
}

/**
 * Why a journal refused or failed. `damaged`: what is stored is not what was written, and nothing was repaired.
 * `foreign`: the store is another product's, or of a newer format. `locked`: another process serves the store.
 * `truncated`: what was asked for is no longer kept.
 */
export type JournalErrorCode = "stale_epoch" | "unavailable" | "damaged" | "foreign" | "locked" | "truncated";

/** A journal refused a call or could not carry it out; in either case nothing was changed. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The refusal of a writer that another one has replaced. */
export function staleEpoch(writer: number, current: number): JournalError {
  return new JournalError(
    "stale_epoch",
    `a newer writer (epoch ${current}) has opened this store; epoch ${writer} may not write`,
  );
}
