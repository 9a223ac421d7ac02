// How the ledger's records are stored in tests: as JSON.
import type { RecordCodec } from "../../src/service/store/record-codec.ts";
import type { LedgerRecord } from "./ledger.ts";

export const ledgerCodec: RecordCodec<LedgerRecord> = {
  encode: (record) => JSON.stringify(record),
  decode: (stored) => JSON.parse(String(stored)) as LedgerRecord,
};
