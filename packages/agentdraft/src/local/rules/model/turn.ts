// The kernel's turn, with the records and replies of this service.
import type { Turn } from "@x/core/service";
import type { Reply } from "./commands.ts";
import type { DraftRecord } from "./records.ts";
import type { Refusal } from "./refusal.ts";

export type DraftTurn = Turn<DraftRecord, Reply | Refusal>;
