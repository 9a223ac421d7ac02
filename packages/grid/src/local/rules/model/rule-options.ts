// What an operator may choose about the rules.

export interface GridRules {
  /** How long a node is online after it registered or sent a heartbeat, in milliseconds. */
  readonly onlineTtlMs: number;
  /** How long a node is offline before it counts as available again. */
  readonly statusResetMs: number;
  readonly claimCodeTtlMs: number;
  /** How long a message waits for a receiver that is offline before its task fails. */
  readonly deliveryTimeoutMs: number;
  /** How long a room is kept open in which nothing happens. */
  readonly roomIdleMs: number;
  /** How old a firing that was missed may be to be made up for. */
  readonly missedGraceMs: number;
}

export const defaultRules: GridRules = {
  onlineTtlMs: 90_000,
  statusResetMs: 300_000,
  claimCodeTtlMs: 900_000,
  deliveryTimeoutMs: 86_400_000,
  roomIdleMs: 3_600_000,
  missedGraceMs: 3_600_000,
};
