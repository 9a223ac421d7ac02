// The vectors of the official package, with the shapes that the tests read.

import { readFileSync } from "node:fs";

interface Vectors {
  readonly test_key: {
    readonly seed_hex: string;
    readonly public_base58: string;
    readonly private_pem: string;
    readonly public_pem: string;
  };
  readonly wire: readonly { readonly message: string; readonly json: object; readonly hex: string }[];
  readonly identities: readonly {
    readonly author: string;
    readonly name: string;
    readonly agent_id: string;
    readonly did: string;
  }[];
  readonly artifact_signatures: readonly { readonly text: string; readonly signature: string }[];
  readonly artifact_signatures_foreign: readonly {
    readonly public_base58: string;
    readonly text: string;
    readonly signature: string;
  }[];
  readonly request_signatures: readonly {
    readonly body: string;
    readonly did: string;
    readonly timestamp: number;
    readonly headers: Readonly<Record<"X-DID" | "X-DID-Timestamp" | "X-DID-Signature", string>>;
  }[];
  readonly client_conversion: readonly {
    readonly response: {
      readonly state?: string;
      readonly prompt?: string;
      readonly content?: string;
      readonly metadata?: Readonly<Record<string, string>>;
    };
    readonly result: string | Readonly<Record<string, string>>;
  }[];
  readonly client_requests: readonly {
    readonly in: readonly object[];
    readonly wire: readonly (readonly [role: string, content: string])[];
  }[];
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("./vectors/bindu.json", import.meta.url), "utf8"),
);
