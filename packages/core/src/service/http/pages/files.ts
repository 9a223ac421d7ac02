// Pages for people: a document that may load nothing but this server's own files, and these files.
import { createHash } from "node:crypto";
import { type Answer, type TextAnswer, text } from "../answer.ts";
import { defineRoute, type HttpRoute } from "../route.ts";

/** What every document is sent with: its own scripts, styles and requests and nothing else; no inline code, no frames. */
export const documentHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  // With `no-referrer` browsers send `Origin: null` with the document's own forms.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** An HTML document with its strict policy. */
export function page(status: number, html: string): TextAnswer {
  return text(status, "text/html; charset=utf-8", html, documentHeaders);
}

/** A public file that never changes while the server runs, such as a page's script or style sheet. */
export function fileRoute(path: string, type: string, content: string): HttpRoute {
  const etag = `"${createHash("sha256").update(content).digest("base64url")}"`;
  const headers = { etag, "cache-control": "no-cache" };
  return defineRoute({
    method: "GET",
    path,
    doc: { operationId: path, summary: "A file of the pages", answers: {}, hidden: true },
    admit: () => undefined,
    handle({ request }): Answer {
      return request.header("if-none-match") === etag
        ? text(304, type, "", headers)
        : text(200, type, content, headers);
    },
  });
}
