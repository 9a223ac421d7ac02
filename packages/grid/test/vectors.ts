// The vectors of the wire document, typed as far as tests read them.
import { readFileSync } from "node:fs";

interface Starting {
  readonly timezone: string;
  readonly start: string;
}

interface Phrase extends Starting {
  readonly phrase: string;
}

interface Vectors {
  readonly cron: readonly (Starting & {
    readonly cron: readonly string[];
    readonly next: readonly string[];
  })[];
  readonly cronRefused: readonly { readonly cron: string; readonly reason: string }[];
  readonly cronMacros: Readonly<Record<string, string>>;
  readonly phrasesRecurring: readonly (Phrase & {
    readonly cronExprs: readonly string[];
    readonly effectiveTimezone: string;
    readonly next: readonly string[];
  })[];
  readonly phrasesInterval: readonly (Phrase & {
    readonly intervalSeconds: number;
    readonly next: readonly string[];
  })[];
  readonly phrasesOnce: readonly (Phrase & { readonly fireAt: string })[];
  readonly phrasesRefused: readonly {
    readonly phrase: string;
    readonly start: string;
    readonly reason: string;
  }[];
}

/** Schedules' part of `test/vectors/grid.json`. */
export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("vectors/grid.json", import.meta.url), "utf8"),
);
