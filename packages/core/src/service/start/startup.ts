// What every server does before it serves: reads its addresses, opens its store, listens; and how it says that it cannot.
import { resolve } from "node:path";
import { type Journal, JournalError } from "../store/journal.ts";
import { createMemoryJournal } from "../store/memory-journal.ts";
import { plainCodec } from "../store/plain-codec.ts";
import { createSqliteJournal, type SqliteJournalOptions } from "../store/sqlite/journal.ts";
import type { RecordCodec } from "../store/sqlite/records.ts";
import { formatAddress, type ListenAddress, parseAddress } from "./address.ts";
import { StartError } from "./executable.ts";

/** @throws {TypeError} for what is no address, naming the option */
export function readAddress(option: string, text: string): ListenAddress {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new TypeError(`${option} must be HOST:PORT, :PORT or [IPV6]:PORT, not "${text}"`);
  }
  return address;
}

/** Settings of {@link createPlainJournal}. */
export interface PlainJournalOptions<Record>
  extends Pick<SqliteJournalOptions<Record>, "product" | "adopts"> {
  /** Where the store is; without it everything is in memory. */
  readonly dataDir?: string | undefined;
  /** @default "always" */
  readonly fsync?: "always" | "never" | undefined;
  /** Verify all of the store at the start, not only what the start reads. @default false */
  readonly verify?: boolean | undefined;
  /** How many records a store in memory keeps. */
  readonly memoryRecords: number;
  /** How a record is stored. @default `plainCodec()` */
  readonly codec?: RecordCodec<Record>;
}

/** A journal of records that are plain values: on disk if there is a directory, else in memory. */
export function createPlainJournal<Record>(options: PlainJournalOptions<Record>): Journal<Record> {
  const { dataDir, product, adopts, fsync = "always", verify = false, memoryRecords } = options;
  const { codec = plainCodec<Record>() } = options;
  if (dataDir === undefined) {
    return createMemoryJournal<Record>({ retainRecords: memoryRecords });
  }
  return createSqliteJournal<Record>({ directory: dataDir, product, adopts, fsync, verify, codec });
}

/** A store that cannot be opened is a reason not to start, told with its place. @throws {StartError} */
export async function openStoreIn<Opened>(
  dataDir: string | undefined,
  open: () => Promise<Opened>,
): Promise<Opened> {
  try {
    return await open();
  } catch (error) {
    if (dataDir !== undefined && error instanceof JournalError) {
      throw new StartError(`cannot open the store in ${resolve(dataDir)}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** An address that cannot be had is a reason not to start. @throws {StartError} */
export async function listenFor<Bound>(
  what: string,
  address: ListenAddress,
  listen: () => Promise<Bound>,
): Promise<Bound> {
  try {
    return await listen();
  } catch (error) {
    const where = address.hosts.map((host) => formatAddress(host, address.port)).join(", ");
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot listen on ${where} for ${what}: ${why}`, { cause: error });
  }
}
