// Serves the pages of a server on a plain `node:http` listener: documents, the stream that keeps them up to date, files.
import type { IncomingMessage, ServerResponse } from "node:http";
import { writeSse } from "../sse.ts";
import { type Assets, assets } from "./assets.ts";
import { documentHeaders } from "./files.ts";
import { assetPath, documentOf, frameRegions, type Site } from "./layout.ts";
import { follow } from "./live.ts";
import type { Page, PageView, Region } from "./page.ts";
import { readQuery } from "./query.ts";

/** Settings of {@link servePages}. */
export interface PagesOptions extends Site {
  /** The shortest time between two updates of an open page, in milliseconds. @default 1_000 */
  readonly refreshMs?: number;
  /** Pages that may be kept up to date at once; others say that they are not. @default 100 */
  readonly maxLive?: number;
  /** Gets what a page's `render` threw; whoever asked is answered 500. */
  readonly onFault?: (error: unknown, path: string) => void;
}

/** The pages of a server. */
export interface Pages {
  /**
   * Answers a request for one of the pages or of their files; `false` when it is for none of them, and nothing was done.
   * Resolves when the answer is written, for a stream when its reader has gone. Never rejects.
   */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** The stream of a page: the page's own path and query follow. */
const livePath = `${assetPath}live`;

/** Makes a list of pages one site. @throws {TypeError} for a path that two pages have or that begins with `/_/` */
export function servePages(options: PagesOptions): Pages {
  const { pages, refreshMs = 1_000, maxLive = 100, onFault } = options;
  const find = finder(pages);
  let live = 0;

  const render = async (page: Page, view: PageView): Promise<readonly Region[]> => {
    const regions = await page.render(view);
    return [...frameRegions(options, page), ...regions];
  };

  const answerLive = async (
    target: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const found = find(target);
    if (found === undefined) {
      send(request, response, 404, "not found\n");
      return;
    }
    if (live >= maxLive) {
      send(request, response, 503, "too many pages are open\n", { "retry-after": "10" });
      return;
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    live += 1;
    try {
      const events = (signal: AbortSignal) =>
        follow(() => render(found.page, found.view), assets().version, refreshMs, signal);
      await writeSse(response, { open: events }, {}, {}, gone.signal);
    } finally {
      live -= 1;
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const target = request.url ?? "/";
    const path = target.split("?")[0] ?? "/";
    const found = path.startsWith(assetPath) ? undefined : find(target);
    if (found === undefined && !path.startsWith(assetPath)) {
      return false;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      send(request, response, 405, "method not allowed\n", { allow: "GET, HEAD" });
    } else if (found !== undefined) {
      const regions = await found.page.render(found.view);
      const frame = frameRegions(options, found.page);
      const text = documentOf(options, found.page, frame, regions, assets().version);
      send(request, response, 200, text, { "content-type": "text/html; charset=utf-8" });
    } else if (path.startsWith(`${livePath}/`) && request.method === "GET") {
      await answerLive(target.slice(livePath.length), request, response);
    } else {
      answerFile(assets(), path, request, response);
    }
    return true;
  };

  return {
    async handle(request, response) {
      try {
        return await answer(request, response);
      } catch (error) {
        onFault?.(error, request.url ?? "/");
        if (response.headersSent) {
          response.destroy();
        } else {
          send(request, response, 500, "this page could not be made\n");
        }
        return true;
      }
    },
  };
}

interface Found {
  readonly page: Page;
  readonly view: PageView;
}

/** Finds the page for a request's target: one of a fixed path, or one with an id as its last step. */
function finder(pages: readonly Page[]): (target: string) => Found | undefined {
  const fixed = new Map<string, Page>();
  const withId = new Map<string, Page>();
  for (const page of pages) {
    const isWithId = page.path.endsWith("/:id");
    const key = isWithId ? page.path.slice(0, -":id".length) : page.path;
    const map = isWithId ? withId : fixed;
    if (map.has(key) || page.path.startsWith(assetPath)) {
      throw new TypeError(`no page can have the path ${page.path}: it is taken`);
    }
    map.set(key, page);
  }
  return (target) => {
    const query = readQuery(target);
    const page = fixed.get(query.path);
    if (page !== undefined) {
      return { page, view: { id: "", query } };
    }
    const cut = query.path.lastIndexOf("/") + 1;
    const above = withId.get(query.path.slice(0, cut));
    const id = decoded(query.path.slice(cut));
    return above === undefined || id === undefined || id === ""
      ? undefined
      : { page: above, view: { id, query } };
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function answerFile(
  { version, files }: Assets,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [, , asked, name = ""] = path.split("/");
  const file = files.get(name);
  if (file === undefined || path !== `${assetPath}${asked}/${name}`) {
    send(request, response, 404, "not found\n");
    return;
  }
  const etag = `"${version}"`;
  const headers = {
    "content-type": file.type,
    etag,
    // A page of an older server asks for files that are no more: it gets these, but does not keep them.
    "cache-control": asked === version ? "public, max-age=31536000, immutable" : "no-cache",
  };
  if (request.headers["if-none-match"] === etag) {
    send(request, response, 304, "", headers);
    return;
  }
  send(request, response, 200, file.content, headers);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...documentHeaders,
    ...headers,
    ...(status === 304 ? {} : { "content-length": Buffer.byteLength(body) }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
