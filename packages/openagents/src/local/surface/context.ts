// What every route has at hand: the rules at work, and what the server is.
import { hash } from "node:crypto";
import type { Engine } from "../engine/engine.ts";
import type { NetworkMetrics } from "../engine/metrics.ts";
import type { NetworkRules } from "../rules/model/rule-options.ts";

export interface Surface {
  readonly engine: Engine;
  readonly rules: NetworkRules;
  readonly metrics: NetworkMetrics;
  /** Where each transport listens, those that do. */
  readonly addresses: () => readonly {
    readonly type: "http" | "grpc";
    readonly host: string;
    readonly port: number;
  }[];
  /** Longest body of a request, in bytes. */
  readonly maxBody: number;
}

/** What of a credential is kept: its SHA-256, in hex; nothing for none. */
export const hashOf = (secret: string): string => (secret === "" ? "" : hash("sha256", secret));
