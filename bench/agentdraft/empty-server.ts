// The HTTP stack of the local servers with nothing behind it, as a process: reads a JSON object, answers an empty one.

import { defineRoute, json, startHttpServer } from "@x/core/service";
import { z } from "zod";

const server = await startHttpServer({
  address: { hosts: ["127.0.0.1"], port: 0 },
  routes: [
    defineRoute({
      method: "POST",
      path: "/empty",
      doc: { operationId: "empty", summary: "Does nothing", answers: { 200: { description: "Nothing" } } },
      admit: () => undefined,
      body: z.looseObject({}),
      handle: () => json(200, {}),
    }),
  ],
  problem: ({ status, code, message }) => json(status, { error: code, detail: message }),
});
console.log(`empty ready http=127.0.0.1:${server.port}`);
process.on("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
