// A receiver of webhooks.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { waitUntil } from "@x/core/testing";
import type { Json } from "./face.ts";

export interface Hook extends AsyncDisposable {
  readonly url: string;
  readonly got: readonly {
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
    readonly json: Json;
  }[];
  count(count: number): Promise<void>;
}

/** Answers each delivery with the next status, the last one for ever. */
export async function startHook(...statuses: readonly number[]): Promise<Hook> {
  return await startHookAt(0, statuses);
}

export async function startHookAt(port: number, statuses: readonly number[] = []): Promise<Hook> {
  const got: { headers: IncomingHttpHeaders; text: string; json: Json }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      got.push({ headers: request.headers, text, json: JSON.parse(text) });
      const status = statuses[Math.min(got.length, statuses.length) - 1] ?? 200;
      response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=b`;
  return {
    url,
    got,
    count: (count) => waitUntil(() => got.length >= count),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** What a receiver heard, in short. */
export const statesOf = ({ got }: Hook): readonly string[] =>
  got.map(({ json: { statusUpdate, artifactUpdate } }) =>
    artifactUpdate === undefined
      ? statusUpdate.status.state.replace("TASK_STATE_", "")
      : artifactUpdate.artifact.parts[0].text,
  );
