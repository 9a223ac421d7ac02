// What an operator may choose about the rules; the same for every calendar of a server.

export interface DraftRules {
  /** Life of a hold when the owner's rules say nothing. 1..900 */
  readonly holdTtlSeconds: number;
  /** How long a commit can be evicted when neither it nor the owner's rules say. 0..86400 */
  readonly bumpWindowSeconds: number;
  /** How long commits for the same time are gathered before the strongest wins; 0 for off. 0..5000 */
  readonly arbitrationMs: number;
  readonly consentTtlSeconds: number;
  readonly receiptTtlSeconds: number;
  /** Messages that an agent may send per UTC day. */
  readonly mailQuotaPerDay: number;
  readonly mailboxDomain: string;
  /** Delay before the second attempt of a webhook delivery; it doubles from there. */
  readonly webhookRetryMs: number;
}

/** Those of the bare engine; `startLocalAgentDraft` gathers commits for 10 ms. */
export const defaultRules: DraftRules = {
  holdTtlSeconds: 30,
  bumpWindowSeconds: 30,
  arbitrationMs: 0,
  consentTtlSeconds: 900,
  receiptTtlSeconds: 3_600,
  mailQuotaPerDay: 200,
  mailboxDomain: "agents.localhost",
  webhookRetryMs: 5_000,
};
