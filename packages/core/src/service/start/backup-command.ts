// `<server> backup DIR TARGET`: a copy of a store that a server can be started on, taken while the store is served.
import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { codeOf } from "../../errors/foreign.ts";
import { JournalError } from "../store/journal.ts";
import { backupStore } from "../store/sqlite/backup.ts";
import type { StoreOwner } from "../store/sqlite/identity.ts";
import type { Command } from "./command.ts";
import { StartError } from "./start-local.ts";

/** Whose store it is, and what lies beside it. */
export interface StoredService extends StoreOwner {
  /** Files and folders in the data directory that belong to the store. @default none */
  readonly besides?: readonly string[];
}

/** The command of a service. */
export function backupCommand({ product, adopts, besides = [] }: StoredService): Command<object> {
  return {
    summary: "copies a data directory, also while it is served",
    positionals: ["DIR", "TARGET"],
    settings: {},
    notes: `TARGET is missing or empty. To restore, start the server with --data-dir=TARGET. It is as it was at the copy:
what came later is not there, and its numbers (tokens, sequences) come again.`,
    async run(_, [directory = "", target = ""]) {
      try {
        await backupStore({ directory: resolve(directory), target: resolve(target), product, adopts });
        // After the store: what it names was there before it, and what has gone since was taken away.
        for (const name of besides) {
          await copyIfThere(join(resolve(directory), name), join(resolve(target), name));
        }
      } catch (error) {
        throw error instanceof JournalError ? new StartError(error.message, { cause: error }) : error;
      }
      process.stdout.write(`copied ${resolve(directory)} to ${resolve(target)}\n`);
    },
  };
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true, preserveTimestamps: true });
  } catch (error) {
    if (codeOf(error) !== "ENOENT") {
      throw error;
    }
  }
}
