// The directory itself: one daemon at a time, private to its owner, one database, refused by name when it is damaged.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { runDaemon } from "../daemon-process.ts";
import { createStoredKeeper, type StoredKeeper } from "./stored-keeper.ts";

const run = (directory: string) =>
  runDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off", `--data-dir=${directory}`, "--log-level=silent"]);

const database = (keeper: StoredKeeper): string => join(keeper.directory, "store.db");

/** A store with something in it, closed in order. */
async function filled(keeper: StoredKeeper): Promise<void> {
  const daemon = await keeper.start();
  const { registry } = keeper.connect();
  for (const name of ["a", "b", "c"]) {
    await registry.register({ card: { name, description: "", version: "" }, ttlSeconds: 600 });
  }
  expect(await daemon.stop("SIGTERM")).toBe(0);
}

describe("the data directory", () => {
  it("AK-Z6 belongs to one daemon; a second one says whose it is and exits with 1", async () => {
    await using keeper = createStoredKeeper();
    const daemon = await keeper.start();
    const second = await run(keeper.directory);
    expect([second.code, second.stdout]).toEqual([1, ""]);
    expect(second.stderr).toContain(keeper.directory);
    const { registry } = keeper.connect();
    await registry.register({ card: { name: "a", description: "", version: "" } });
    // A lock that a kill left behind does not block.
    await daemon.stop("SIGKILL");
    await keeper.start();
    expect((await keeper.connect().registry.find({})).agents).toHaveLength(1);
  });

  it("AK-Z7 AK-FLAG-data-dir is made with its parents for its owner alone, and holds one database in WAL mode", async () => {
    await using keeper = createStoredKeeper();
    await filled(keeper);
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect([mode(keeper.directory), mode(join(keeper.directory, ".."))]).toEqual(["700", "700"]);
    expect(mode(database(keeper))).toBe("600");
    expect(readdirSync(keeper.directory)).toEqual(["store.db"]);
    const store = new DatabaseSync(database(keeper), { readOnly: true });
    expect(store.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(store.prepare("SELECT count(*) AS records FROM journal").get()).toEqual({ records: 4 });
    store.close();

    await keeper.start();
    for (const file of readdirSync(keeper.directory)) {
      expect([file, mode(join(keeper.directory, file))]).toEqual([file, "600"]);
    }
  });

  it("AK-FLAG-data-dir a path that cannot be a directory is refused by name", async () => {
    await using keeper = createStoredKeeper();
    mkdirSync(keeper.directory, { recursive: true });
    const file = join(keeper.directory, "file");
    writeFileSync(file, "");
    const { code, stderr } = await run(join(file, "data"));
    expect(code).toBe(1);
    expect(stderr).toContain(file);
  });
});

/** What can happen to a store, and what the refusal must name. */
const damages: readonly (readonly [string, (file: string) => void, RegExp])[] = [
  [
    "a flipped byte in a record",
    (file) =>
      change(file, "UPDATE journal SET payload = replace(payload, 'agent', 'agenT') WHERE sequence = 3"),
    /store\.db is damaged: .*record 3\b/,
  ],
  ["a missing record", (file) => change(file, "DELETE FROM journal WHERE sequence = 2"), /record 2\b/],
  [
    "a changed snapshot",
    (file) => change(file, "UPDATE snapshot_part SET payload = replace(payload, 'agent', 'agenT')"),
    /snapshot/,
  ],
  [
    "a file that is no database",
    (file) => writeFileSync(file, "no database\n".repeat(1_000)),
    /not a database/,
  ],
  ["an empty file", (file) => writeFileSync(file, ""), /empty/],
  [
    "a file that was cut",
    (file) => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size - 4_096)),
    /store\.db/,
  ],
];

function change(file: string, sql: string): void {
  const store = new DatabaseSync(file);
  expect(Number(store.prepare(sql).run().changes)).toBeGreaterThan(0);
  store.close();
}

describe("a damaged store", () => {
  it.each(damages)("AK-Z8 %s is refused by name, and never repaired", async (_, damage, named) => {
    await using keeper = createStoredKeeper();
    await filled(keeper);
    damage(database(keeper));
    const bytes = readFileSync(database(keeper));
    for (const _attempt of [1, 2]) {
      const { code, stdout, stderr } = await run(keeper.directory);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toContain(keeper.directory);
      expect(stderr).toContain("store.db");
      expect(stderr).toMatch(named);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(readFileSync(database(keeper)).equals(bytes)).toBe(true);
  });

  it("AK-Z8 a log that is missing after a kill is refused by name", async () => {
    await using keeper = createStoredKeeper();
    const daemon = await keeper.start();
    await keeper.connect().registry.register({ card: { name: "a", description: "", version: "" } });
    await daemon.stop("SIGKILL");
    const wal = `${database(keeper)}-wal`;
    const aside = join(keeper.directory, "..", "log");
    renameSync(wal, aside);
    const { code, stderr } = await run(keeper.directory);
    expect(code).toBe(1);
    expect(stderr).toContain("store.db-wal");
    renameSync(aside, wal);
    await keeper.start();
    expect((await keeper.connect().registry.find({})).agents).toHaveLength(1);
  });
});
