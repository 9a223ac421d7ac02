// The vectors of the wire, with their types.
import { readFileSync } from "node:fs";

export interface Exchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly params: Readonly<Record<string, string>> | null;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly content_type: string | null;
    readonly body: unknown;
  };
}

export interface Vectors {
  readonly event_fields: readonly string[];
  readonly event_names: readonly {
    readonly name: string;
    readonly valid: boolean;
    readonly rule: string | null;
  }[];
  readonly destinations: readonly {
    readonly destination: string;
    readonly status: number;
    readonly delivered_to: readonly string[] | string;
  }[];
  readonly patterns: { readonly rows: readonly (readonly [string, string, boolean])[] };
  readonly http: readonly Exchange[];
  readonly grpc: {
    readonly calls: readonly {
      readonly name: string;
      readonly method: string;
      readonly request_hex: string;
      readonly response_hex?: string;
    }[];
  };
  readonly onm: readonly Exchange[];
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../vectors/openagents.json", import.meta.url), "utf8"),
);

/** A captured exchange by its name. */
export function exchange(product: "http" | "onm", name: string): Exchange {
  const found = vectors[product].find((entry) => entry.name === name);
  if (found === undefined) {
    throw new Error(`there is no vector ${product} ${name}`);
  }
  return found;
}
