// `<server> backup DIR TARGET`: a copy of a store that a server can be started on, taken while the store is served.
import { resolve } from "node:path";
import { JournalError } from "../store/journal.ts";
import { backupStore } from "../store/sqlite/backup.ts";
import type { StoreOwner } from "../store/sqlite/identity.ts";
import type { Command } from "./command.ts";
import { StartError } from "./start-local.ts";

/** The command of a service. */
export function backupCommand({ product, adopts }: StoreOwner): Command<object> {
  return {
    summary: "copies a data directory, also while it is served",
    positionals: ["DIR", "TARGET"],
    settings: {},
    notes: `TARGET is missing or empty. To restore, start the server with --data-dir=TARGET. It is as it was at the copy:
what came later is not there, and its numbers (tokens, sequences) come again.`,
    async run(_, [directory = "", target = ""]) {
      try {
        await backupStore({ directory: resolve(directory), target: resolve(target), product, adopts });
      } catch (error) {
        throw error instanceof JournalError ? new StartError(error.message, { cause: error }) : error;
      }
      process.stdout.write(`copied ${resolve(directory)} to ${resolve(target)}\n`);
    },
  };
}
