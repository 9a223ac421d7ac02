// The recorded traffic of A2A, typed as far as tests read it.
import { readFileSync } from "node:fs";

export interface Exchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly json?: { readonly method?: string; readonly params?: unknown } & Readonly<
      Record<string, unknown>
    >;
    readonly text?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly json?: { readonly result?: unknown; readonly error?: unknown } & Readonly<
      Record<string, unknown>
    >;
    readonly raw?: string;
  };
}

interface Vectors {
  readonly card: Exchange;
  readonly face: readonly Exchange[];
  readonly official: readonly Exchange[];
  readonly webhooks: readonly { readonly json: unknown }[];
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../vectors/a2a.json", import.meta.url), "utf8"),
);

/** The data of each event of a recorded stream. */
export function eventsOf(raw: string): readonly unknown[] {
  return raw
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith("data: ")))
    .map((line): unknown => JSON.parse(line.slice("data: ".length)));
}
