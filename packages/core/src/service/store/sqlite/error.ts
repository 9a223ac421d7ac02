// SQLite's result codes as the few kinds of trouble that a journal knows.
import { isError, messageOf } from "../../../errors/foreign.ts";
import { JournalError, type JournalErrorCode } from "../journal.ts";

const readOnly = 8;

/** Primary result codes that mean that the disk, its space or its permissions are in the way, not the content. */
const environmental: ReadonlySet<number> = new Set([
  3, // PERM
  7, // NOMEM
  readOnly,
  10, // IOERR
  13, // FULL
  14, // CANTOPEN
]);

const busy = 5;
const corrupt = 11;
const notADatabase = 26;
/** A page that should be there lies beyond the end of the file. */
const shortRead = 522;

/**
 * The result code of an error of `node:sqlite`, else undefined. The lower eight bits are the primary code.
 */
function resultCode(error: unknown): number | undefined {
  return isError(error) && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode
    : undefined;
}

/** Whether SQLite refused to write because it holds the database for read-only. */
export function saysReadOnly(error: unknown): boolean {
  return resultCode(error) === readOnly;
}

function codeOf(result: number, phase: "opening" | "serving"): JournalErrorCode {
  const primary = result & 0xff;
  if (result === shortRead || primary === corrupt || primary === notADatabase) {
    return "damaged";
  }
  if (phase === "serving" || environmental.has(primary)) {
    return "unavailable";
  }
  // A statement of ours that does not fit the tables: while opening, the tables are not those that we made.
  return primary === busy ? "locked" : "damaged";
}

/** What went wrong in the store in `directory`; errors that are not SQLite's stay as they are. */
export function journalErrorOf(error: unknown, directory: string, phase: "opening" | "serving"): unknown {
  const result = resultCode(error);
  if (result === undefined) {
    return error;
  }
  const code = codeOf(result, phase);
  const said = messageOf(error);
  switch (code) {
    case "locked":
      return new JournalError("locked", `the data directory is in use by another process: ${directory}`, {
        cause: error,
      });
    case "damaged":
      return new JournalError(
        "damaged",
        `store.db in ${directory} is damaged: ${said} (SQLite code ${result})`,
        {
          cause: error,
        },
      );
    default:
      return new JournalError(
        "unavailable",
        `store.db in ${directory} cannot be ${phase === "opening" ? "opened" : "used"}: ${said} (SQLite code ${result})`,
        { cause: error },
      );
  }
}
