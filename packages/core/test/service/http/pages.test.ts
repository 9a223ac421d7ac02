// The kit of pages over real sockets: documents, the files they load, and the stream that keeps them up to date.

import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { html, type Page, type PagesOptions, region, section } from "../../../src/service/http/index.ts";
import { servePages } from "../../../src/service/http/pages/serve.ts";
import { waitUntil } from "../../../src/testing/wait-until.ts";

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly faults: unknown[];
}

async function serve(pages: readonly Page[], options: Partial<PagesOptions> = {}): Promise<Served> {
  const faults: unknown[] = [];
  const site = servePages({
    name: "Kit",
    pages,
    facts: () => ["here"],
    health: () => ({ well: true, words: "healthy" }),
    refreshMs: 10,
    onFault: (error) => faults.push(error),
    ...options,
  });
  const server = createServer(async (request, response) => {
    if (!(await site.handle(request, response))) {
      response.writeHead(404).end("not of the kit");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Update {
  readonly version: string;
  readonly regions: Readonly<Record<string, string>>;
}

/** The updates of a page that is open, until the loop is left. */
async function* updates(url: string): AsyncGenerator<Update> {
  const leave = new AbortController();
  const answer = await fetch(url, { signal: leave.signal });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const bytes of answer.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^event: update\ndata: (.*)$/.exec(event)?.[1];
        if (data !== undefined) {
          yield JSON.parse(data);
        }
      }
    }
  } finally {
    leave.abort();
  }
}

const page = (path: string, title: string, words: () => string): Page => ({
  path,
  title,
  render: ({ id, query }) => [section("words", title, html`<p>${words()} ${id} ${query.get("q")}</p>`)],
});

describe("documents", () => {
  it("load and run nothing but the server's own files", async () => {
    await using site = await serve([page("/", "Home", () => "hello"), page("/more", "More", () => "")]);
    const answer = await fetch(site.url);
    expect(answer.status).toBe(200);
    const policy = answer.headers.get("content-security-policy") ?? "";
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    const text = await answer.text();
    expect(text).toContain("<p>hello");
    const targets = [...text.matchAll(/ (?:src|href|action)="([^"]*)"/g)].map(([, target]) => target ?? "");
    expect(targets.filter((target) => !/^(\/(?!\/)|#)/.test(target))).toEqual([]);
    expect(text).not.toMatch(/<script(?! src=)| style=| on\w+=|<style/);
    // Scripts make it live; without them it is loaded anew.
    expect(text).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  });

  it("name files that may be kept for ever, and all of them are there", async () => {
    await using site = await serve([page("/", "Home", () => "")]);
    const text = await (await fetch(site.url)).text();
    const files = [...text.matchAll(/"(\/_\/[^"]+)"/g)].map(([, file]) => file ?? "");
    expect(files.map((file) => file.split("/").at(-1)?.split(".").at(-1))).toEqual(
      expect.arrayContaining(["svg", "css", "js"]),
    );
    for (const file of files) {
      const answer = await fetch(site.url + file);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("cache-control")).toContain("immutable");
      const etag = answer.headers.get("etag") ?? "";
      expect((await fetch(site.url + file, { headers: { "if-none-match": etag } })).status).toBe(304);
      expect((await answer.text()).length).toBeGreaterThan(50);
    }
    const script = files.find((file) => file.endsWith("/app.js")) ?? "";
    const code = await (await fetch(site.url + script)).text();
    for (const [, other] of code.matchAll(/from "\.\/(.*?)"/g)) {
      expect((await fetch(site.url + script.replace("app.js", other ?? ""))).status).toBe(200);
    }
    // A page that an older server made asks under the older name.
    const old = await fetch(`${site.url}/_/older/app.js`);
    expect([old.status, old.headers.get("cache-control")]).toEqual([200, "no-cache"]);
    for (const path of ["/_/x/nothing.js", "/_/x/../package.json", "/_/app.js", "/_/x/y/app.js"]) {
      expect((await fetch(site.url + path)).status).toBe(404);
    }
  });

  it("show what they are asked for by path and query, escaped", async () => {
    await using site = await serve([
      page("/", "Home", () => ""),
      page("/things", "Things", () => "all"),
      { ...page("/things/:id", "Thing", () => "one"), under: "/things" },
    ]);
    const get = async (path: string): Promise<string> => (await fetch(site.url + path)).text();
    expect(await get("/things?q=%3Cb%3E")).toContain("all  &lt;b&gt;");
    const one = await get("/things/a%2Fb%3Ci%3E?q=x");
    expect(one).toContain("one a/b&lt;i&gt; x");
    expect(one).toContain('<a href="/things" rel="up"');
    expect(one).toContain('<a href="/things" aria-current="true"');
    for (const path of ["/nothing", "/things/", "/things/a/b", "/things/%zz", "//things"]) {
      expect(await get(path)).toBe("not of the kit");
    }
  });

  it("answer HEAD without a body, and no other method", async () => {
    await using site = await serve([page("/", "Home", () => "hello")]);
    const head = await fetch(site.url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await fetch(site.url, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("that fail are answered 500 and told to the operator, and harm no other", async () => {
    const fault = new Error("the list is broken");
    const broken: Page = {
      path: "/broken",
      title: "Broken",
      render() {
        throw fault;
      },
    };
    await using site = await serve([page("/", "Home", () => "hello"), broken]);
    const answer = await fetch(`${site.url}/broken`);
    expect([answer.status, await answer.text()]).toEqual([500, "this page could not be made\n"]);
    // The stream breaks, and the page in the browser says so.
    await expect(updates(`${site.url}/_/live/broken`).next()).rejects.toThrow();
    expect(site.faults).toEqual([fault, fault]);
    expect((await fetch(site.url)).status).toBe(200);
  });

  it("have paths of their own", () => {
    const twice = [page("/a", "A", () => ""), page("/a", "B", () => "")];
    const make = (pages: readonly Page[]) => () =>
      servePages({ name: "", pages, facts: () => [], health: () => ({ well: true, words: "" }) });
    expect(make(twice)).toThrow(TypeError);
    expect(make([page("/_/mine", "A", () => "")])).toThrow(TypeError);
  });
});

describe("a page that is open", () => {
  it("is sent everything first, then what has changed and nothing else", async () => {
    let words = "one";
    const two: Page = {
      path: "/",
      title: "Home",
      render: () => [region("changing", html`${words}`), region("still", html`always`)],
    };
    await using site = await serve([two]);
    const seen: string[] = [];
    for await (const { regions } of updates(`${site.url}/_/live/`)) {
      if (seen.length === 0) {
        expect(Object.keys(regions).sort()).toEqual(["changing", "facts", "health", "menu", "still"]);
        seen.push(regions.changing ?? "");
        words = "two";
      } else if (Object.keys(regions).length > 0) {
        expect(regions).toEqual({ changing: "two" });
        break;
      }
    }
  });

  it("hears from its server also when nothing has changed, so that silence tells", async () => {
    await using site = await serve([page("/", "Home", () => "same")]);
    let quiet = 0;
    for await (const { regions } of updates(`${site.url}/_/live/`)) {
      quiet += Object.keys(regions).length === 0 ? 1 : 0;
      if (quiet === 3) {
        break;
      }
    }
  });

  it("sees the newest of many changes, not each", async () => {
    let changes = 0;
    const busy: Page = {
      path: "/",
      title: "Home",
      render: () => [region("count", html`${changes}`)],
    };
    await using site = await serve([busy], { refreshMs: 20 });
    const storm = setInterval(() => {
      for (let index = 0; index < 300; index += 1) {
        changes += 1;
      }
    }, 1);
    try {
      let received = 0;
      for await (const { regions } of updates(`${site.url}/_/live/?q=1`)) {
        received += regions.count === undefined ? 0 : 1;
        if (Number(regions.count) >= 3_000) {
          break;
        }
      }
      expect(received).toBeLessThan(30);
    } finally {
      clearInterval(storm);
    }
  });

  it("is one of a bounded number, and costs nothing once it is left", async () => {
    await using site = await serve([page("/", "Home", () => "")], { maxLive: 1 });
    const first = updates(`${site.url}/_/live/`);
    await first.next();
    const second = await fetch(`${site.url}/_/live/`);
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "10"]);
    await first.return(undefined);
    await waitUntil(
      async () => {
        const leave = new AbortController();
        const { status } = await fetch(`${site.url}/_/live/`, { signal: leave.signal });
        leave.abort();
        return status === 200;
      },
      { withinMs: 2_000 },
    );
    expect((await fetch(`${site.url}/_/live/nothing`)).status).toBe(404);
  });

  it("takes a bounded share of the server's time, however long its rendering is", async () => {
    const times: number[] = [];
    const slow: Page = {
      path: "/",
      title: "Home",
      render() {
        const end = performance.now() + 10;
        while (performance.now() < end) {
          // What a large list costs.
        }
        times.push(performance.now());
        return [];
      },
    };
    await using site = await serve([slow], { refreshMs: 1 });
    let count = 0;
    for await (const _ of updates(`${site.url}/_/live/`)) {
      count += 1;
      if (count === 3) {
        break;
      }
    }
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2 * 10 * 20);
  });
});
