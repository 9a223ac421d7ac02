// From whole A2A messages to the flat ones that handlers get: each message by itself, its parts as one text.

/** Reads the text of a document; `undefined` for one that it cannot read. */
export type ExtractText = (bytes: Uint8Array) => string | undefined | Promise<string | undefined>;

export type DocumentKind = "PDF" | "DOCX";

/** How parts become text. */
export interface FlattenOptions {
  /**
   * Reads documents, by their kind.
   * @default none: files of a kind that nobody reads are told to be unsupported
   */
  readonly extract?: Readonly<Partial<Record<DocumentKind, ExtractText>>> | undefined;
}

/** What is looked at of a message; it may come from anywhere. */
export interface LooseMessage {
  readonly role?: unknown;
  readonly content?: unknown;
  readonly parts?: unknown;
}

/** A flat message. */
export interface FlatMessage {
  readonly role: string;
  readonly content: string;
}

/**
 * The flat messages, in their order. Parts that are not empty count before content; a message without either, or whose parts have no
 * text, is left out.
 *
 * @throws TypeError for a role, content or text that is no string
 */
export async function flattenMessages(
  messages: readonly LooseMessage[],
  options: FlattenOptions = {},
): Promise<FlatMessage[]> {
  const flat: FlatMessage[] = [];
  for (const message of messages) {
    const { role, content, parts } = message;
    if (Array.isArray(parts) && parts.length > 0) {
      const text = await flattenParts(parts, options);
      if (text !== "") {
        flat.push({ role: chatRole(role), content: text });
      }
    } else if (content !== undefined) {
      flat.push({ role: textOf(role ?? "user", "role"), content: textOf(content, "content") });
    }
  }
  return flat;
}

/** The text of parts, joined with one blank. Data says nothing. @throws TypeError for a text that is no string */
export async function flattenParts(parts: readonly unknown[], options: FlattenOptions = {}): Promise<string> {
  const texts: string[] = [];
  for (const part of parts) {
    if (isObject(part)) {
      if (part.kind === "text") {
        texts.push(textOf(part.text, "text"));
      } else if (part.kind === "file") {
        texts.push(await textOfFile(isObject(part.file) ? part.file : {}, options.extract));
      }
    }
  }
  return texts.join(" ");
}

/** Roles of A2A as chat has them. */
function chatRole(role: unknown): string {
  switch (role) {
    case "agent":
      return "assistant";
    case "system":
      return "system";
    default:
      return "user";
  }
}

const documentKinds: ReadonlyMap<string, DocumentKind> = new Map([
  ["application/pdf", "PDF"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOCX"],
]);

const undecodable = "[System: Failed to decode uploaded file data]";

async function textOfFile(file: Loose, readers: FlattenOptions["extract"] = {}): Promise<string> {
  const bytes = file.bytes ?? "";
  if (bytes === "") {
    return `[File reference not fetched: ${wellFormedName(file.uri) || wellFormedName(file.name) || "unknown"}]`;
  }
  const mimeType = wellFormedName(file.mimeType ?? file.mime_type);
  const essence = mimeType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const document = documentKinds.get(essence);
  const extract = document === undefined ? undefined : readers[document];
  if (document === undefined ? !isTextual(essence) : extract === undefined) {
    return `[Unsupported file type: ${mimeType}]`;
  }
  const decoded = typeof bytes === "string" ? fromBase64(bytes) : undefined;
  if (decoded === undefined) {
    return undecodable;
  }
  if (document === undefined) {
    const text = fromUtf8(decoded);
    return text === undefined ? undecodable : framed(text);
  }
  return framed((await extracted(extract, decoded)) ?? `[Error: Could not parse ${document} content]`);
}

const framed = (text: string): string => `--- Document Uploaded ---\n${text}\n--- End of Document ---`;

const isTextual = (essence: string): boolean =>
  essence.startsWith("text/") || essence === "application/json" || essence === "application/xml";

async function extracted(extract: ExtractText | undefined, bytes: Uint8Array): Promise<string | undefined> {
  try {
    return (await extract?.(bytes))?.toWellFormed();
  } catch {
    return undefined;
  }
}

/** Base64 with padding; line breaks and blanks within it are of no account. */
function fromBase64(text: string): Uint8Array | undefined {
  const bare = text.replace(/\s+/g, "");
  return bare.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(bare)
    ? Buffer.from(bare, "base64")
    : undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

type Loose = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wellFormedName = (value: unknown): string => (typeof value === "string" ? value.toWellFormed() : "");

function textOf(value: unknown, name: string): string {
  if (typeof value === "string") {
    return value.toWellFormed();
  }
  const kind = value === null ? "null" : typeof value;
  throw new TypeError(`the ${name} of a message must be a string, not ${kind}`);
}
