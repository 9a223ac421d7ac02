// The bytes of files between the wire, which has them in base64, and where they are kept.
import { setImmediate } from "node:timers/promises";
import { type BytesAnswer, bytes, HttpProblem } from "@x/core/service";
import type { FileFacts } from "../rules/model/entities.ts";
import { baseName } from "../rules/workspaces/files.ts";
import type { Surface } from "./context.ts";

/** Files up to this size lie in the record that names them: a file of their own would cost more. */
const mostInline = 4_096;

/** The longest file, in bytes. */
export const mostFileBytes: number = 50 * 1024 * 1024;

/** So many characters are decoded before others have their turn: a multiple of the four that make three bytes. */
const decodedAtOnce = 2 * 1024 * 1024;

/** The bytes of a base64 text; `undefined` for what is none. */
async function decodeBase64(text: string): Promise<Buffer | undefined> {
  const plain = /\s/.test(text) ? text.replace(/\s+/g, "") : text;
  if (plain.length % 4 !== 0) {
    return undefined;
  }
  const pieces: Buffer[] = [];
  for (let at = 0; at < plain.length; at += decodedAtOnce) {
    if (at > 0) {
      await setImmediate();
    }
    const piece = plain.slice(at, at + decodedAtOnce);
    const letters = at + decodedAtOnce < plain.length ? piece : piece.replace(/==?$/, "");
    // One pass over each character: a pattern of groups runs out of stack.
    if (/[^A-Za-z0-9+/]/.test(letters)) {
      return undefined;
    }
    pieces.push(Buffer.from(piece, "base64"));
  }
  return Buffer.concat(pieces);
}

/** Makes bytes durable; `undefined` for what is no base64. */
export async function storeBytes(
  { engine }: Pick<Surface, "engine">,
  id: string,
  content: string,
): Promise<Pick<FileFacts, "id" | "size" | "content"> | undefined> {
  const bytes = await decodeBase64(content);
  if (bytes === undefined) {
    return undefined;
  }
  const size = bytes.byteLength;
  if (size <= mostInline) {
    return { id, size, content: bytes.toString("base64") };
  }
  await engine.blobs.put(id, bytes);
  return { id, size, content: null };
}

/** The bytes of a file; `undefined` where it was deleted meanwhile. */
export async function bytesOf(
  { engine }: Pick<Surface, "engine">,
  { id, content }: FileFacts,
): Promise<Buffer | undefined> {
  if (content !== null) {
    return Buffer.from(content, "base64");
  }
  const bytes = await engine.blobs.get(id);
  return bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A file for a browser: to keep, never to show, whatever it says that it is. @throws {HttpProblem} 404 */
export async function fileAnswer(surface: Pick<Surface, "engine">, file: FileFacts): Promise<BytesAnswer> {
  const content = await bytesOf(surface, file);
  if (content === undefined) {
    throw new HttpProblem(404, "not_found", "File not found");
  }
  return bytes(200, typeOf(file.mimeType), content, {
    "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(baseName(file.filename))}`,
    // A page of this origin it must not become.
    "content-security-policy": "sandbox; default-src 'none'",
  });
}

/** A media type as a header may have it. */
function typeOf(mimeType: string): string {
  const plain = /^[\w.+-]+\/[\w.+-]+$/.test(mimeType) ? mimeType : "application/octet-stream";
  return plain.startsWith("text/") ? `${plain}; charset=utf-8` : plain;
}
