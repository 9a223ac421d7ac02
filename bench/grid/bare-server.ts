// The HTTP and JSON-RPC kit of the local servers with a signature's verification behind it and nothing else, as a process:
// `bare-server.ts SEED...` knows the agents of these seeds, reads their calls as the Grid server does, and answers an empty result.

import { createVerifier, type JsonObject } from "@x/core";
import { HttpProblem, jsonRpc, rpcMethod, startHttpServer, writtenResult } from "@x/core/service";
import { problemAnswer, rpcTelling } from "../../packages/grid/src/local/surface/errors.ts";
import { routeDoc, wireLimits } from "../../packages/grid/src/local/surface/routes/signed-route.ts";
import { gridProfile } from "../../packages/grid/src/wire/profile.ts";
import { checkSignature, readClaim } from "../../packages/grid/src/wire/verify.ts";
import { agentOf } from "./agents.ts";

const seeds = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const verifiers = new Map(
  seeds.map(agentOf).map(({ nodeId, publicKey }) => [nodeId, createVerifier(publicKey)]),
);
const { codes, failure } = rpcTelling(gridProfile);

const server = await startHttpServer({
  address: { hosts: ["127.0.0.1"], port: 0 },
  routes: [
    jsonRpc({
      ...wireLimits,
      path: gridProfile.routes.rpc.path,
      doc: routeDoc("bare", "Verifies and answers"),
      async admit(_request, { params }) {
        const payload = params as JsonObject;
        const claim = readClaim(payload, gridProfile, Date.now());
        const verify = verifiers.get(claim.fromNodeId);
        if (verify === undefined) {
          throw new HttpProblem(401, "unknown_node", "no agent of these seeds");
        }
        checkSignature(payload, claim, verify, gridProfile);
        return claim;
      },
      methods: { [gridProfile.rpcMethods.sendMessage]: rpcMethod({ handle: () => writtenResult("{}") }) },
      codes,
      failure,
    }),
  ],
  problem: problemAnswer,
});
console.log(`bare ready http=127.0.0.1:${server.port}`);
process.on("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
