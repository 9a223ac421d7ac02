// The card: where it is, what it holds, how long it may be kept.
import assert from "node:assert/strict";
import type { z } from "zod";
import type { Steps } from "../../shared/steps.ts";
import { card as cardSchema } from "./schema.ts";

export async function readCard(url: string): Promise<z.infer<typeof cardSchema>> {
  return cardSchema.parse(await (await fetch(`${url}/.well-known/agent-card.json`)).json());
}

export function cards(url: string): Steps {
  const path = `${url}/.well-known/agent-card.json`;
  return {
    "A39 CARD-DISC-001 CARD-STRUCT-001 BIND-FIELD-001 A4 the card is where it must be, and holds no member too many":
      async () => {
        const answer = await fetch(path);
        assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/json"]);
        cardSchema.parse(await answer.json());
      },
    "A39 CARD-PROTO-001 CARD-PROTO-002 its interfaces answer": async () => {
      const { supportedInterfaces } = await readCard(url);
      assert.deepEqual(
        supportedInterfaces.map((each) => `${each.protocolBinding} ${each.protocolVersion}`),
        ["JSONRPC 1.0", "HTTP+JSON 1.0", "JSONRPC 0.3"],
      );
      assert.ok(supportedInterfaces.every((each) => each.url === `${url}/a2a`));
    },
    "A39 CARD-CACHE-001 CARD-CACHE-002 CARD-CACHE-003 it says how long it holds, and what it is":
      async () => {
        const { headers } = await fetch(path);
        assert.match(headers.get("cache-control") ?? "", /max-age=\d+/);
        assert.ok(Number.isFinite(Date.parse(headers.get("last-modified") ?? "")));
        assert.ok(headers.get("etag"));
      },
    "A39 CARD-CACHE-002 CARD-CACHE-003 A7 who has it already gets no body": async () => {
      const { headers } = await fetch(path);
      const conditions: readonly Record<string, string>[] = [
        { "if-none-match": headers.get("etag") ?? "" },
        { "if-modified-since": headers.get("last-modified") ?? "" },
      ];
      for (const condition of conditions) {
        const again = await fetch(path, { headers: { "cache-control": "max-age=0", ...condition } });
        assert.deepEqual([again.status, await again.text()], [304, ""]);
      }
    },
  };
}
