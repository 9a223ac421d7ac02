// The kernel of the local servers: one deterministic state machine behind a journal, and the kit around it.
export { type Clock, type Now, systemClock, type Timer } from "../clock.ts";
export { didYouMean } from "../nearest.ts";
export {
  createEventBus,
  type EventBus,
  type EventBusOptions,
  type Subscriber,
  type SubscriberEnd,
  type SubscriberLimits,
} from "./feed/event-bus.ts";
export {
  type Feed,
  type FeedWriter,
  type Gap,
  isGap,
  type Reading,
  type ReadOptions,
  type Stretch,
  type WaitEnd,
  type WaitOptions,
} from "./feed/feed.ts";
export { type FollowOptions, follow, type PollOptions, poll } from "./feed/follow.ts";
export { readHistory } from "./feed/history.ts";
export { createJournalFeeds, type JournalFeeds, type JournalFeedsOptions } from "./feed/journal-feeds.ts";
export { createMemoryFeed, type MemoryFeed, type MemoryFeedOptions } from "./feed/memory-feed.ts";
export { createWaiters, type Waiter, type Waiters } from "./feed/waiters.ts";
export * from "./http/index.ts";
export { createDeadlineHeap, type Deadline, type DeadlineHeap } from "./kernel/deadline-heap.ts";
export { type Engine, type EngineObserver, type EngineOptions, startEngine } from "./kernel/engine.ts";
export { KernelError, type KernelErrorCode } from "./kernel/kernel-error.ts";
export {
  type AnyReply,
  type CommandOf,
  type CommandType,
  decide,
  deferred,
  expire,
  type Machine,
  type MachineTypes,
  type ReplyTo,
  type Rule,
  type Ticket,
  type Turn,
} from "./kernel/machine.ts";
export { isRefusal, type Refusal } from "./kernel/refusal.ts";
export { type Runner, startRunner } from "./kernel/runner.ts";
export type { RunnerObserver, RunnerOptions } from "./kernel/runner-options.ts";
export type { SnapshotTaken } from "./kernel/snapshot-policy.ts";
export { type Due, type Outbox, startOutbox } from "./outbox/outbox.ts";
export { type PostOptions, type PostOutcome, postOnce } from "./outbox/post.ts";
export { isPublicAddress } from "./outbox/public-address.ts";
export { AgingMap } from "./shared/aging-map.ts";
export { type Log, type LogLevel, silentLog } from "./shared/logger.ts";
export { sayNowAndThen } from "./shared/sparing-log.ts";
export { zoneNames } from "./shared/zone-names.ts";
export {
  isLoopback,
  isLoopbackName,
  type ListenAddress,
} from "./start/address.ts";
export { type BoundAddress, bindHosts } from "./start/bind-hosts.ts";
export type { Command } from "./start/command.ts";
export type { CommonValues, LocalOptions, OperatorPort } from "./start/common-settings.ts";
export { runLocal, type Subcommand, subcommand } from "./start/executable.ts";
export type {
  BoundListener,
  Kernel,
  LocalEngine,
  LocalListener,
  LocalServer,
  LocalService,
  OpenedService,
  ServiceContext,
} from "./start/local-service.ts";
export {
  address,
  choice,
  type Flag,
  type OptionsOf,
  onlyForPrograms,
  readSettings,
  type Setting,
  SettingError,
  type Settings,
  secretFile,
  type TextKind,
  text as textSetting,
  toggle,
  whole,
} from "./start/settings.ts";
export { type SentToken, sharedToken, tokenJudge } from "./start/shared-token.ts";
export { StartError, startLocal } from "./start/start-local.ts";
export { type TlsServerOptions, tls } from "./start/tls-setting.ts";
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
export type { RecordCodec } from "./store/record-codec.ts";
export { type BackupOptions, backupStore } from "./store/sqlite/backup.ts";
export { createSqliteJournal, type SqliteJournalOptions } from "./store/sqlite/journal.ts";
export type { SnapshotCodec } from "./store/sqlite/snapshots.ts";
