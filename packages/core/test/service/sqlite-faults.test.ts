// When the disk refuses: nothing is half written, nothing is acknowledged that is not there, and it may succeed later.
import { spawnSync } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createSqliteJournal, startRunner } from "../../src/service/index.ts";
import { pageBytes } from "../../src/service/store/sqlite/schema.ts";
import { openStore } from "../../src/service/store/sqlite/store.ts";
import { examineWal } from "../../src/service/store/sqlite/wal-file.ts";
import { createFakeClock } from "../../src/testing/index.ts";
import { ledger } from "./ledger.ts";
import { ledgerCodec } from "./ledger-codec.ts";
import { storeDirectory } from "./store-directory.ts";
import { contentOf, entry, recordsOf, textJournal } from "./text-journal.ts";

/** Room for 1,000 blocks of 512 bytes in each file. */
function runWithLimit(
  directory: string,
  end: "kill" | "close",
): { readonly signal: string | null; readonly told: Told } {
  const { stdout, signal } = spawnSync(
    "sh",
    ["-c", 'ulimit -f 1000; exec "$0" "$@"', process.execPath, program, directory, end],
    { encoding: "utf8" },
  );
  return { signal, told: JSON.parse(stdout) as Told };
}

const program = fileURLToPath(new URL("../programs/append-until-full.ts", import.meta.url));
const unavailable = expect.objectContaining({ name: "JournalError", code: "unavailable" });

interface Told {
  readonly failures: readonly { readonly code: string; readonly appended: number }[];
  readonly appended: number;
  readonly readable: number;
}

/** How much of a log is written. */
function journalFrames(wal: string): number {
  const end = examineWal(wal);
  return typeof end === "object" && "frames" in end ? end.frames * pageBytes : 0;
}

describe("a store that cannot be written", () => {
  it("a limit on files: turns fail as a whole, others succeed where there is room, and none is lost", async () => {
    using directory = storeDirectory();
    // The log meets the limit first, and appends go on once it is emptied; then the database meets it as well.
    const { told, signal } = runWithLimit(directory.path, "kill");
    expect(signal).toBe("SIGKILL");
    expect(new Set(told.failures.map(({ code }) => code))).toEqual(new Set(["unavailable"]));
    expect(told.failures[0]?.appended).toBeGreaterThan(10);
    expect(told.appended).toBeGreaterThan(told.failures[0]?.appended ?? 0);
    expect(told.readable).toBe(told.appended);
    const { records } = await contentOf(directory.path);
    expect(records.map((record) => Number(record.split(" ")[1]))).toEqual(
      Array.from({ length: told.appended }, (_, index) => index + 1),
    );
  });

  it("a full database: the transaction is rolled back, and the next one succeeds when there is room", async () => {
    using directory = storeDirectory();
    const store = await openStore({
      directory: directory.path,
      product: "texts",
      fsync: "always",
      lock: "exclusive",
      verify: false,
    });
    const insert = store.database.prepare(
      "INSERT INTO snapshot_part VALUES (NULL, 1, ?, zeroblob(20000), 0)",
    );
    const count = store.database.prepare("SELECT count(*) AS count FROM snapshot_part");
    store.transaction(() => insert.run(0));
    const { page_count: pages } = store.database.prepare("PRAGMA page_count").get() as { page_count: number };
    store.database.exec(`PRAGMA max_page_count=${pages + 4}`);
    const overfull = (): void =>
      store.transaction(() => {
        insert.run(1);
        insert.run(2);
        insert.run(3);
      });
    expect(overfull).toThrow(unavailable);
    expect(count.get()).toEqual({ count: 1 });
    expect(overfull).toThrow(unavailable);
    store.database.exec(`PRAGMA max_page_count=${pages + 100}`);
    overfull();
    expect(count.get()).toEqual({ count: 4 });
    store.close(false);
  });

  it("a directory that was removed: no false acknowledgement, and what was read stays readable", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    rmSync(directory.path, { recursive: true });
    expect(() => journal.append(epoch, [entry("b")])).toThrow(unavailable);
    expect(await recordsOf(journal)).toEqual(["a"]);
    await journal.close();
  });

  it("a database that was replaced, or a log that was removed", async () => {
    using first = storeDirectory();
    using second = storeDirectory();
    await contentOf(second.path);
    const journal = textJournal(first.path);
    const { epoch } = await journal.open();
    renameSync(first.file, `${first.file}.kept`);
    expect(() => journal.append(epoch, [entry("a")])).toThrow(unavailable);
    renameSync(second.file, first.file);
    expect(() => journal.append(epoch, [entry("a")])).toThrow(unavailable);
    renameSync(`${first.file}.kept`, first.file);
    expect(await journal.append(epoch, [entry("a")])).toBe(1);
    rmSync(first.wal);
    expect(() => journal.append(epoch, [entry("b")])).toThrow(unavailable);
    await journal.close();
    await expect(contentOf(first.path)).rejects.toMatchObject({ code: "damaged" });
  });

  it("the runner refuses writes, goes on reading, and heals when the store is back", async () => {
    using directory = storeDirectory();
    const clock = createFakeClock();
    const runner = await startRunner({
      machine: ledger,
      journal: createSqliteJournal({ directory: directory.path, product: "ledger", codec: ledgerCodec }),
      genesis: () => ({ type: "created" as const }),
      publish: () => undefined,
      clock,
    });
    expect(await runner.run({ type: "add", by: 5 })).toBe(5);
    renameSync(directory.file, `${directory.file}.away`);
    await expect(runner.run({ type: "add", by: 1 })).rejects.toMatchObject({ code: "store_unavailable" });
    expect(runner.healthy).toBe(false);
    expect(await runner.run({ type: "read" })).toBe(5);
    await clock.advance(1_000);
    expect(runner.healthy).toBe(false);
    renameSync(`${directory.file}.away`, directory.file);
    await runner.run({ type: "read" });
    await clock.advance(1_000);
    expect(runner.healthy).toBe(true);
    expect(await runner.run({ type: "add", by: 1 })).toBe(6);
    await runner.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("finding out whether a store takes writes again", () => {
  it("takes as much room as what was appended last, leaves nothing, and is refused to a replaced writer", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("x".repeat(20_000))]);
    const logBytes = (): number => journalFrames(directory.wal);
    const before = logBytes();
    await journal.probe(epoch);
    expect(logBytes() - before).toBeGreaterThan(20_000);
    expect(() => journal.probe(epoch - 1)).toThrow(expect.objectContaining({ code: "stale_epoch" }));
    await journal.close();
    expect(await contentOf(directory.path)).toMatchObject({ lastSequence: 1, states: [] });
    const database = new DatabaseSync(directory.file);
    expect(database.prepare("SELECT count(*) AS parts FROM snapshot_part").get()).toEqual({ parts: 0 });
    database.close();
  });
});

describe("closing a store that cannot be written", () => {
  it("keeps all of it when there is no room to close it in order", async () => {
    using directory = storeDirectory();
    const { told, signal } = runWithLimit(directory.path, "close");
    expect(signal).toBe(null);
    expect((await contentOf(directory.path)).records).toHaveLength(told.appended);
  });

  it("keeps what the next start needs", async () => {
    using directory = storeDirectory();
    const journal = textJournal(directory.path);
    const { epoch } = await journal.open();
    await journal.append(epoch, [entry("a")]);
    renameSync(directory.file, `${directory.file}.away`);
    await journal.close();
    renameSync(`${directory.file}.away`, directory.file);
    expect(await contentOf(directory.path)).toMatchObject({ records: ["a"] });
  });
});
