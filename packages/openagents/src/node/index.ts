// What needs a file system.

export { openWorkJournal, type WorkJournalOptions } from "./work-journal.ts";
