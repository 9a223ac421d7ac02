// The kernel of the local servers: one deterministic state machine behind a journal, and the kit around it.
export { type Clock, type Now, systemClock, type Timer } from "../clock.ts";
export { formatAddress, isLoopback, isLoopbackName, type ListenAddress, parseAddress } from "./address.ts";
export { AgingMap } from "./aging-map.ts";
export { type BoundAddress, bindHosts } from "./bind-hosts.ts";
export { createDeadlineHeap, type Deadline, type DeadlineHeap } from "./deadline-heap.ts";
export {
  createEventBus,
  type EventBus,
  type EventBusOptions,
  type Subscriber,
  type SubscriberEnd,
  type SubscriberLimits,
} from "./event-bus.ts";
export {
  type CommonFlags,
  type Executable,
  type RunningServer,
  runExecutable,
  StartError,
} from "./executable.ts";
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
} from "./flags.ts";
export * from "./http/index.ts";
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
} from "./journal.ts";
export { KernelError, type KernelErrorCode } from "./kernel-error.ts";
export { createLog, type Log, type LogLevel, logLevels, silentLog } from "./logger.ts";
export { deferred, type Machine, type Ticket, type Turn } from "./machine.ts";
export { createMemoryJournal, type MemoryJournalOptions } from "./memory-journal.ts";
export {
  listenForOperators,
  type OperatorListener,
  type OperatorListenOptions,
  type OperatorPages,
} from "./operator-listener.ts";
export { decodePlain, encodePlain, jsonCodec, plainCodec } from "./plain-codec.ts";
export { type Runner, startRunner } from "./runner.ts";
export type { RunnerObserver, RunnerOptions } from "./runner-options.ts";
export type { SnapshotTaken } from "./snapshot-policy.ts";
export { createSqliteJournal, type SqliteJournalOptions } from "./sqlite-journal.ts";
export type { RecordCodec } from "./sqlite-records.ts";
export { plainSnapshots, type SnapshotCodec } from "./sqlite-snapshots.ts";
export {
  createPlainJournal,
  listenFor,
  openStoreIn,
  type PlainJournalOptions,
  readAddress,
} from "./startup.ts";
