// A process that is killed in a burst: what it acknowledged is there exactly once, everything else wholly or not at all.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { replay } from "../../src/service/kernel/replay.ts";
import { createSqliteJournal } from "../../src/service/store/sqlite/journal.ts";
import { ledger } from "./ledger.ts";
import { ledgerCodec } from "./ledger-codec.ts";
import { storeDirectory } from "./store-directory.ts";

const program = fileURLToPath(new URL("../programs/ledger-burst.ts", import.meta.url));
const rounds = 20;

/** Runs a burst that starts with `first`, and kills it after so many acknowledgements; answers all of them. */
async function burst(directory: string, first: number, killAfter: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, directory, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  let text = "";
  let count = 0;
  // Whatever it wrote before it died counts, also what is read only afterwards.
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    count += String(chunk).split("\n").length - 1;
    if (count >= killAfter) {
      child.kill("SIGKILL");
    }
  }
  expect(await closed).toEqual([null, "SIGKILL"]);
  return text.split("\n").slice(0, -1).map(Number);
}

async function bookOf(directory: string): Promise<readonly number[]> {
  const journal = createSqliteJournal({ directory, product: "ledger", codec: ledgerCodec });
  const { forgottenTo } = await journal.open();
  const { state } = await replay(ledger, journal, { from: "newest", mono: 0 });
  const whole = await replay(ledger, journal, { from: forgottenTo, mono: 0 });
  expect(whole.state.book).toEqual(state.book);
  await journal.close();
  return state.book;
}

it("kill -9 in a burst loses nothing acknowledged and leaves nothing half done", async () => {
  using directory = storeDirectory();
  const acknowledged: number[] = [];
  let first = 1;
  for (let round = 0; round < rounds; round += 1) {
    acknowledged.push(...(await burst(directory.path, first, 1 + ((round * 37) % 230))));
    const book = await bookOf(directory.path);
    const added = book.filter((by) => by > 0);
    // Each at most once, and in the order in which they were submitted.
    expect(added).toEqual([...new Set(added)].sort((a, b) => a - b));
    const found = new Set(added);
    expect(acknowledged.filter((by) => !found.has(by))).toEqual([]);
    // Both records of a move, next to each other, or neither.
    const halves = book.filter(
      (by, index) => by % 3 === 0 && (by > 0 ? book[index + 1] : book[index - 1]) !== -by,
    );
    expect(halves).toEqual([]);
    first = Math.max(first, ...added) + 1_000;
  }
  expect(acknowledged.length).toBeGreaterThan(rounds * 50);
});
