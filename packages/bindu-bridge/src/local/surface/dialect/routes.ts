// What stands at the port of an agent in the dialect: JSON-RPC at the root, and what the agent says of itself.
import { type JsonValue, toPlainJson } from "@x/core";
import {
  type Answer,
  defineRoute,
  empty,
  HttpProblem,
  type HttpRoute,
  json,
  jsonRpc,
  type RpcId,
  text,
} from "@x/core/service";
import { z } from "zod";
import { packageVersion } from "../../../version.ts";
import { errorCodes, paths } from "../../../wire/dialect.ts";
import { notAUuid, parseUuid } from "../../../wire/uuid.ts";
import { wellFormed } from "../../../wire/well-formed.ts";
import { limits } from "../../rules/model/limits.ts";
import { agentOf, type Surface } from "../context.ts";
import { agentCard, didDocumentOf, skillDetails, skillSummary } from "./card.ts";
import { dialectFailure } from "./errors.ts";
import { dialectMethods } from "./methods.ts";
import { negotiate } from "./negotiation.ts";

/** Longest body of a request. */
const maxBodyBytes = 16 * 1024 * 1024;

const doc = (operationId: string, summary: string) => ({ operationId, summary, answers: {} });
const everybody = (): undefined => undefined;

/** JSON-RPC at the root. */
export function dialectRpc(surface: Surface, agentId: string): HttpRoute {
  return jsonRpc<undefined>({
    path: paths.rpc,
    doc: doc("rpc", "The methods of Bindu's dialect"),
    maxBodyBytes,
    strict: false,
    withoutId: "null",
    async admit(request, { id, params }) {
      if (typeof id !== "string" || parseUuid(id) === undefined) {
        throw new HttpProblem(400, "invalid_request", `id: ${notAUuid}`);
      }
      if (mayBeHalf(await request.body.bytes()) && wellFormed(params) !== params) {
        throw new HttpProblem(400, "invalid_request", "params: half of a surrogate pair is no text");
      }
      return undefined;
    },
    methods: dialectMethods(surface, agentId),
    echo: (id: RpcId) => (typeof id === "string" ? (parseUuid(id) ?? id) : id),
    failure: dialectFailure,
  });
}

/** UTF-8 has no halves of surrogate pairs: only an escape can bring one. */
const mayBeHalf = (body: Buffer): boolean => body.includes("\\ud") || body.includes("\\uD");

const rpcError = (status: number, code: number, message: string, data?: string): Answer =>
  json(status, { jsonrpc: "2.0", error: { code, message, data }, id: null });

/** Everything but the root's POST. */
export function dialectRoutes(surface: Surface, agentId: string): readonly HttpRoute[] {
  const agent = () => agentOf(surface, agentId);
  const key = () => surface.identities.of(agentId);

  const get = (path: string, operationId: string, summary: string, handle: () => Answer): HttpRoute =>
    defineRoute({ method: "GET", path, doc: doc(operationId, summary), admit: everybody, handle });

  const skill = (name: string) => agent().skills.find((each) => each.name === name);
  const skillParams = z.object({ name: z.string() });

  const resolved = (did: unknown): Answer => {
    if (typeof did !== "string" || did === "") {
      return rpcError(400, errorCodes.invalidParams, "Invalid params", "Missing 'did' parameter");
    }
    return did === agent().did
      ? json(200, didDocumentOf(agent(), key()))
      : rpcError(404, errorCodes.internal, "Internal error", `DID '${did}' not found`);
  };

  return [
    get("/", "root", "Leads to the card", () => empty(302, { location: paths.card })),
    get(paths.card, "card", "The card of the dialect", () => json(200, agentCard(agent(), key()))),
    get(paths.skills, "skills", "All skills", () => {
      const { skills } = agent();
      return json(200, { skills: skills.map(skillSummary), total: skills.length });
    }),
    defineRoute({
      method: "GET",
      path: `${paths.skills}/{name}`,
      doc: doc("skill", "One skill"),
      admit: everybody,
      params: skillParams,
      handle({ params: { name } }) {
        const found = skill(name);
        return found === undefined
          ? rpcError(404, errorCodes.skillNotFound, `Skill not found: ${name}`)
          : json(200, skillDetails(found));
      },
    }),
    defineRoute({
      method: "GET",
      path: `${paths.skills}/{name}/documentation`,
      doc: doc("skillDocumentation", "There is none"),
      admit: everybody,
      params: skillParams,
      handle: ({ params: { name } }) =>
        rpcError(
          404,
          errorCodes.skillNotFound,
          skill(name) === undefined
            ? `Skill not found: ${name}`
            : `No documentation available for skill: ${name}`,
        ),
    }),
    defineRoute({
      method: "GET",
      path: paths.resolveDid,
      doc: doc("resolveDid", "The DID document"),
      admit: everybody,
      handle: ({ request }) => resolved(request.query.did),
    }),
    defineRoute({
      method: "POST",
      path: paths.resolveDid,
      doc: doc("resolveDidPost", "The DID document"),
      admit: everybody,
      async handle({ request }) {
        let body: JsonValue;
        try {
          body = await request.body.json(false);
        } catch (error) {
          if (error instanceof HttpProblem && error.status === 400) {
            return rpcError(400, errorCodes.invalid, "Parse error", error.message);
          }
          throw error;
        }
        return resolved(memberOf(body, "did"));
      },
    }),
    get(paths.health, "health", "How the agent is", () => json(200, health(surface, agentId))),
    defineRoute({
      method: "GET",
      path: paths.metrics,
      doc: doc("metrics", "Numbers for Prometheus"),
      admit: everybody,
      async handle() {
        const registry = surface.metricsOf(agentId);
        return text(200, registry.contentType, await registry.metrics());
      },
    }),
    defineRoute({
      method: "POST",
      path: paths.negotiation,
      doc: doc("negotiation", "Whether the agent would take a task"),
      admit: everybody,
      async handle({ request }) {
        const body = await request.body.json(false);
        const summary = memberOf(body, "task_summary");
        if (typeof summary !== "string" || summary.trim() === "") {
          return json(400, { error: "'task_summary' is required" });
        }
        const queued = surface.engine.peek((state) => state.shelves.get(agentId)?.queued.size ?? 0);
        const minScore = memberOf(body, "min_score");
        return json(
          200,
          negotiate(
            agent(),
            {
              summary,
              inputModes: textsOf(memberOf(body, "input_mime_types")),
              outputModes: textsOf(memberOf(body, "output_mime_types")),
              minScore: typeof minScore === "number" ? minScore : 0,
            },
            { running: surface.calls.running(agentId), queued, most: limits.running },
          ),
        );
      },
    }),
  ];
}

const memberOf = (body: JsonValue, name: string): unknown => {
  const plain = toPlainJson(body);
  return typeof plain === "object" && plain !== null && Object.hasOwn(plain, name)
    ? Reflect.get(plain, name)
    : undefined;
};

const textsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

function health(surface: Surface, agentId: string): object {
  const isWell = surface.engine.healthy && !surface.liveness.isDegraded(agentId);
  const { did } = agentOf(surface, agentId);
  return {
    version: packageVersion,
    health: isWell ? "healthy" : "degraded",
    runtime: {
      storage_backend: surface.isDurable ? "SqliteStorage" : "InMemoryStorage",
      scheduler_backend: "InMemoryScheduler",
      task_manager_running: true,
      strict_ready: true,
    },
    application: { penguin_id: agentId, agent_did: did },
    system: {
      node_version: process.versions.node,
      platform: process.platform,
      environment: process.env.NODE_ENV ?? "development",
    },
    status: isWell ? "ok" : "degraded",
    ready: true,
    uptime_seconds: Math.round((surface.engine.clock.now().mono - surface.startedMono) / 10) / 100,
  };
}
