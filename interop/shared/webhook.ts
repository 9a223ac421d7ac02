// A receiver of webhooks, which keeps what comes as it came.
import { createServer, type IncomingHttpHeaders } from "node:http";
import { waitUntil } from "@x/core/testing";

export interface Delivery {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Webhook extends AsyncDisposable {
  readonly url: string;
  /** Resolves with all deliveries when the newest of them is as wanted. */
  until(isLast: (body: string) => boolean): Promise<readonly Delivery[]>;
}

export async function startWebhook(): Promise<Webhook> {
  const deliveries: Delivery[] = [];
  let origin = "";
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const { method = "", headers } = request;
    const body = Buffer.concat(chunks).toString();
    deliveries.push({ method, url: `${origin}${request.url}`, headers, body });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const place = server.address();
  origin = `http://127.0.0.1:${typeof place === "object" ? place?.port : ""}`;
  return {
    url: `${origin}/hook?a=b`,
    async until(isLast) {
      await waitUntil(() => isLast(deliveries.at(-1)?.body ?? ""));
      return deliveries;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
