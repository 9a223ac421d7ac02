// One origin for a page and for a server that is not for pages of others: what the page does not have goes to the server.
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What is served by its path. */
export interface Served {
  readonly type: string;
  readonly body: string;
}

export interface Origin extends AsyncDisposable {
  readonly url: string;
}

/** Serves some files; streams pass through as they come. */
export async function openOrigin(target: string, files: Readonly<Record<string, Served>>): Promise<Origin> {
  const server = createServer((incoming, outgoing) => {
    const file = incoming.method === "GET" ? files[incoming.url ?? ""] : undefined;
    if (file !== undefined) {
      outgoing.writeHead(200, { "content-type": file.type }).end(file.body);
      return;
    }
    const { method, headers } = incoming;
    const passedOn = request(`${target}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    // Whoever goes away takes the other side with him.
    passedOn.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passedOn.destroy());
    incoming.pipe(passedOn);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => close(server) };
}

function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
