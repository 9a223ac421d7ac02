// The kernel of the local servers: one deterministic state machine behind a journal, and the kit around it.
export { type Clock, type Now, systemClock, type Timer } from "../clock.ts";
export { AgingMap } from "./aging-map.ts";
export {
  createEventBus,
  type EventBus,
  type EventBusOptions,
  type Subscriber,
  type SubscriberEnd,
  type SubscriberLimits,
} from "./feed/event-bus.ts";
export * from "./http/index.ts";
export { createDeadlineHeap, type Deadline, type DeadlineHeap } from "./kernel/deadline-heap.ts";
export { KernelError, type KernelErrorCode } from "./kernel/kernel-error.ts";
export { deferred, type Machine, type Ticket, type Turn } from "./kernel/machine.ts";
export { type Runner, startRunner } from "./kernel/runner.ts";
export type { RunnerObserver, RunnerOptions } from "./kernel/runner-options.ts";
export type { SnapshotTaken } from "./kernel/snapshot-policy.ts";
export {
  formatAddress,
  isLoopback,
  isLoopbackName,
  type ListenAddress,
  parseAddress,
} from "./start/address.ts";
export { type BoundAddress, bindHosts } from "./start/bind-hosts.ts";
export {
  type CommonFlags,
  type Executable,
  type RunningServer,
  runExecutable,
  StartError,
} from "./start/executable.ts";
export {
  addressFlag,
  choiceFlag,
  describeFlags,
  type Flag,
  FlagError,
  integerFlag,
  parseFlags,
  switchFlag,
  textFlag,
} from "./start/flags.ts";
export { createLog, type Log, type LogLevel, logLevels, silentLog } from "./start/logger.ts";
export {
  listenForOperators,
  type OperatorListener,
  type OperatorListenOptions,
  type OperatorPages,
} from "./start/operator-listener.ts";
export {
  createPlainJournal,
  listenFor,
  openStoreIn,
  type PlainJournalOptions,
  readAddress,
} from "./start/startup.ts";
export {
  type HistoryPage,
  type Journal,
  type JournalEntry,
  JournalError,
  type JournalErrorCode,
  type JournaledRecord,
  type JournalSnapshot,
  type JournalSnapshotInfo,
  type OpenedJournal,
} from "./store/journal.ts";
export { createMemoryJournal, type MemoryJournalOptions } from "./store/memory-journal.ts";
export { decodePlain, encodePlain, jsonCodec, plainCodec } from "./store/plain-codec.ts";
export { type BackupOptions, backupStore } from "./store/sqlite/backup.ts";
export { createSqliteJournal, type SqliteJournalOptions } from "./store/sqlite/journal.ts";
export type { RecordCodec } from "./store/sqlite/records.ts";
export { plainSnapshots, type SnapshotCodec } from "./store/sqlite/snapshots.ts";
