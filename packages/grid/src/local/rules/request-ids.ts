// A request that its caller repeats under one id is carried out once.
import { type Refusal, refuse } from "./model/refusal.ts";

export const requestKey = (requestId: string): string => `request ${requestId}`;

export const requestConflict = (): Refusal =>
  refuse("request_id_conflict", "this requestId was used for another request");
