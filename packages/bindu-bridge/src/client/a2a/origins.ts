// Requests to as many origins as a card names: a client for each, and redirects that stay within one.

import { createHttpClient, type HttpClient, type HttpClientOptions } from "@x/core";
import { A2AError } from "./errors.ts";

export interface Origins {
  /** Sends to a URL, and to where that leads within its origin. */
  following<Answer>(
    url: string,
    send: (client: HttpClient, path: string) => Promise<Answer>,
  ): Promise<Answer>;
  close(): Promise<void>;
}

/** Redirects that are followed. */
const mostRedirects = 3;

export function createOrigins(options: Omit<HttpClientOptions, "baseUrl">): Origins {
  const clients = new Map<string, HttpClient>();

  const clientOf = (origin: string): HttpClient => {
    const client = clients.get(origin) ?? createHttpClient({ ...options, baseUrl: origin });
    clients.set(origin, client);
    return client;
  };

  return {
    async following(url, send) {
      let next = new URL(url);
      for (let redirects = 0; ; redirects += 1) {
        try {
          return await send(clientOf(next.origin), next.pathname + next.search);
        } catch (error) {
          const target = redirects < mostRedirects ? redirectOf(error, next) : undefined;
          if (target === undefined) {
            throw error;
          }
          next = target;
        }
      }
    },

    async close() {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

/** Where an answer leads, within its origin. */
function redirectOf(error: unknown, from: URL): URL | undefined {
  const location =
    error instanceof A2AError && error.code === "redirected" ? error.details.location : undefined;
  const target =
    typeof location === "string" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  return target?.origin === from.origin ? target : undefined;
}
