// The vectors of the wire, with their types.
import { readFileSync } from "node:fs";

interface Signed {
  readonly name: string;
  readonly canonical: string;
  readonly sha256: string;
  readonly signature: string;
}

export interface Vectors {
  readonly constants: Readonly<Record<string, string>> & {
    readonly seed: string;
    readonly publicKey: string;
    readonly nodeId: string;
    readonly timestamp: string;
    readonly nonce: string;
  };
  readonly identity: readonly {
    readonly seed: string;
    readonly publicKey: string;
    readonly sha256: string;
    readonly nodeId: string;
    readonly did: string;
    readonly wrongNodeIdOverDigestBytes: string;
    readonly wrongNodeIdOverPublicKeyHex: string;
  }[];
  readonly weakPublicKeys: {
    readonly keys: readonly { readonly publicKey: string; readonly nodeId: string }[];
    readonly universalSignature: { readonly publicKey: string; readonly signature: string };
  };
  readonly signatures: readonly (Signed & { readonly payload: string; readonly seed?: string })[];
  readonly negativeSignatures: readonly {
    readonly name: string;
    readonly payload: string;
    readonly signature: string;
    readonly reason: string;
  }[];
  readonly raw: readonly (Signed & { readonly raw: string })[];
  readonly rawSigned: readonly { readonly name: string; readonly raw: string; readonly accept: boolean }[];
  readonly rawRefused: readonly { readonly name: string; readonly raw: string; readonly reason: string }[];
  readonly clientNumbers: { readonly cases: readonly { readonly js: string; readonly canonical: string }[] };
  readonly timestamps: {
    readonly serverTime: string;
    readonly cases: readonly { readonly value: string; readonly result: string }[];
  };
  readonly queries: readonly {
    readonly name: string;
    readonly path: string;
    readonly query: string;
    readonly canonical: string;
    readonly signature: string;
  }[];
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../vectors/grid.json", import.meta.url), "utf8"),
);
