// Reads one document in a thread of its own, where it holds up nobody: by a library that may not be there.
import { parentPort, workerData } from "node:worker_threads";

/** What becomes of a document. */
export type DocumentOutcome =
  | { readonly kind: "text"; readonly text: string }
  /** The library is not installed. */
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable" };

/** What the thread is given. */
export interface DocumentTask {
  readonly kind: "PDF" | "DOCX";
  readonly bytes: Uint8Array;
}

async function textOfPdf(bytes: Uint8Array): Promise<string> {
  const { extractText, getDocumentProxy } = await import("unpdf");
  // Silent: what a stranger's document has wrong is no news.
  const document = await getDocumentProxy(bytes, { verbosity: 0 });
  const { text } = await extractText(document, { mergePages: false });
  return text.join("\n");
}

async function textOfDocx(bytes: Uint8Array): Promise<string> {
  const { default: mammoth } = await import("mammoth");
  const { value } = await mammoth.extractRawText({ buffer: Buffer.from(bytes) });
  return value.trimEnd();
}

async function read({ kind, bytes }: DocumentTask): Promise<DocumentOutcome> {
  try {
    return { kind: "text", text: await (kind === "PDF" ? textOfPdf(bytes) : textOfDocx(bytes)) };
  } catch (error) {
    const isMissing =
      typeof error === "object" && error !== null && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    return { kind: isMissing ? "missing" : "unreadable" };
  }
}

parentPort?.postMessage(await read(workerData));
