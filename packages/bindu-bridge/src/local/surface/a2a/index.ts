// The face of A2A 1.0 of one agent: what its HTTP listener serves beside the dialect.
import { facePath, routes } from "../../../wire/a2a/names.ts";
import { type AgentFace, agentOf, type MakeFace } from "../context.ts";
import { agentCard, didDocumentOf } from "../dialect/card.ts";
import { cardRoute } from "./card.ts";
import type { Face } from "./face.ts";
import { faceProblemAnswer } from "./problems.ts";
import { faceRestRoutes } from "./rest.ts";
import { faceRpcRoutes, rootRpcRoute } from "./rpc.ts";

const methods: ReadonlySet<string> = new Set(Object.keys(routes));

export const a2aFace: MakeFace = (surface, agentId): AgentFace => {
  const { engine, identities, blockingMs, webhooks, isStopping } = surface;
  const agent = () => agentOf(surface, agentId);
  const face: Face = {
    engine,
    agentId,
    agent,
    didDocument: () => didDocumentOf(agent(), identities.of(agentId)),
    binduCard: () => agentCard(agent(), identities.of(agentId)),
    blockingMs,
    webhooks,
    isStopping,
    openStreams: 0,
  };
  return {
    methods,
    rpc: rootRpcRoute(face),
    routes: [cardRoute(face), ...faceRpcRoutes(face), ...faceRestRoutes(face)],
    problem: (path) => (path === facePath || path.startsWith(`${facePath}/`) ? faceProblemAnswer : undefined),
  };
};
