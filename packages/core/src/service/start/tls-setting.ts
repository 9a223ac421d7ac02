// The setting of a server's TLS: PEM texts for programs, files on the command line; what cannot serve is refused at once.
import { createSecureContext } from "node:tls";
import { readFileFor, type Setting, SettingError } from "./settings.ts";

/** PEM texts. */
export interface TlsServerOptions {
  readonly cert: string;
  readonly key: string;
  /** Authority of the certificates that clients must show. */
  readonly ca?: string;
}

const isText = (value: unknown): value is string => typeof value === "string";

function isTls(value: unknown): value is TlsServerOptions {
  if (typeof value !== "object" || value === null || !("cert" in value) || !("key" in value)) {
    return false;
  }
  return (
    isText(value.cert) &&
    isText(value.key) &&
    (!("ca" in value) || value.ca === undefined || isText(value.ca))
  );
}

/** Whether TLS can be served with it. */
function canServe({ cert, key, ca }: TlsServerOptions): boolean {
  try {
    createSecureContext({ cert, key, ca });
    return true;
  } catch {
    return false;
  }
}

/** TLS with `--tls-cert`, `--tls-key` and `--tls-client-ca`. */
export const tls: Setting<TlsServerOptions | undefined> = {
  flags: [
    {
      name: "tls-cert",
      placeholder: "FILE",
      help: "serve TLS with this certificate (PEM), with --tls-key",
      fallback: "clear text",
    },
    { name: "tls-key", placeholder: "FILE", help: "the key of --tls-cert (PEM)" },
    {
      name: "tls-client-ca",
      placeholder: "FILE",
      help: "ask clients for a certificate that this authority (PEM) has signed",
    },
  ],
  fallback: undefined,
  expected: "PEM texts of a certificate and its key, and perhaps of an authority for clients (cert, key, ca)",
  secret: true,
  accept: (value) => (isTls(value) && canServe(value) ? value : undefined),
  parse([cert, key, ca]) {
    if (cert === undefined && key === undefined && ca === undefined) {
      return undefined;
    }
    if (cert === undefined || key === undefined) {
      throw new SettingError("--tls-cert and --tls-key go together, and --tls-client-ca needs both");
    }
    return {
      cert: readFileFor("tls-cert", cert),
      key: readFileFor("tls-key", key),
      ...(ca === undefined ? {} : { ca: readFileFor("tls-client-ca", ca) }),
    };
  },
};
