// The owner's agents: their ranks, scopes and keys. A secret is shown once, in the answer that made it.
import { type HttpRoute, json } from "@x/core/service";
import { z } from "zod";
import { newAgent } from "../../engine/new-agent.ts";
import { newApiKey, secretHash } from "../../engine/secrets.ts";
import { newPrivateJwk } from "../../engine/signing.ts";
import { type Scope, scopes } from "../../rules/model/views.ts";
import { answerTo, type Surface } from "../context.ts";
import { encodeAgent } from "../encode.ts";
import { instant, token, visibleText } from "../shapes.ts";

const scopeList: z.ZodType<Scope[], string[]> = z
  .array(z.enum(scopes as readonly [Scope, ...Scope[]], "unknown scope"))
  .max(scopes.length);
const name = visibleText(200);
const priority = z.int().min(1).max(1_000);

const CreateAgent = z.object({
  name,
  scopes: scopeList,
  priority: priority.nullish(),
  requires_consent: z.boolean().nullish(),
});

const UpdateAgent = z.object({
  name: name.optional(),
  scopes: scopeList.optional(),
  priority: priority.optional(),
  requires_consent: z.boolean().optional(),
  key_expires_at: instant.nullable().optional(),
});

const AgentId = z.object({ agent_id: token });

const AgentShape = z
  .looseObject({
    agent_id: z.string(),
    user_id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    priority: z.int(),
    requires_consent: z.boolean(),
    status: z.enum(["ACTIVE", "REVOKED"]),
    mailbox_address: z.string(),
    created_at: z.string(),
    key_expires_at: z.string().nullable(),
  })
  .meta({ id: "Agent" });

export function ownerAgentRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors } = surface;
  const tag = "dashboard";
  return [
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/agents",
      doc: {
        operationId: "createAgent",
        summary: "Adds an agent; its keys are shown this once",
        tag,
        answers: { 201: { description: "The agent and its secrets", schema: AgentShape } },
      },
      body: CreateAgent,
      handle({ caller, body, request }) {
        const { command, apiKey, signingKey } = newAgent({
          userId: caller.userId,
          name: body.name,
          scopes: body.scopes,
          priority: body.priority ?? 100,
          requiresConsent: body.requires_consent ?? false,
        });
        return answerTo(surface, request, command, ({ agent }) =>
          json(201, { ...encodeAgent(agent), plaintext_key: apiKey, signing_key: signingKey }),
        );
      },
    }),
    doors.owner({
      method: "GET",
      path: "/v1/dashboard/agents",
      doc: {
        operationId: "listAgents",
        summary: "All agents of the calendar",
        tag,
        answers: { 200: { description: "The agents", schema: z.object({ agents: z.array(AgentShape) }) } },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "listAgents", userId: caller.userId }, ({ agents }) =>
          json(200, { agents: agents.map(encodeAgent) }),
        ),
    }),
    doors.owner({
      method: "PATCH",
      path: "/v1/dashboard/agents/{agent_id}",
      doc: {
        operationId: "updateAgent",
        summary: "Changes an agent from its next request on",
        tag,
        answers: { 200: { description: "The agent", schema: AgentShape } },
      },
      params: AgentId,
      body: UpdateAgent,
      handle: ({ caller, params, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "updateAgent",
            userId: caller.userId,
            agentId: params.agent_id,
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.scopes === undefined ? {} : { scopes: [...new Set(body.scopes)] }),
            ...(body.priority === undefined ? {} : { priority: body.priority }),
            ...(body.requires_consent === undefined ? {} : { requiresConsent: body.requires_consent }),
            ...(body.key_expires_at === undefined ? {} : { keyExpiresAtMs: body.key_expires_at }),
          },
          ({ agent }) => json(200, encodeAgent(agent)),
        ),
    }),
    doors.owner({
      method: "DELETE",
      path: "/v1/dashboard/agents/{agent_id}",
      doc: {
        operationId: "revokeAgent",
        summary: "Revokes an agent's key at once and releases its holds",
        tag,
        answers: {
          200: {
            description: "Revoked",
            schema: z.object({ agent_id: z.string(), status: z.string() }),
          },
        },
      },
      params: AgentId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "revokeAgent", userId: caller.userId, agentId: params.agent_id },
          ({ agent }) => json(200, { agent_id: agent.agentId, status: agent.status }),
        ),
    }),
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/agents/{agent_id}/rotate-key",
      doc: {
        operationId: "rotateKey",
        summary: "Gives an agent a new API key; the old one ends at once",
        tag,
        answers: {
          200: {
            description: "The new key",
            schema: z.object({ agent_id: z.string(), plaintext_key: z.string() }),
          },
        },
      },
      params: AgentId,
      handle({ caller, params, request }) {
        const key = newApiKey();
        return answerTo(
          surface,
          request,
          {
            type: "rotateKey",
            userId: caller.userId,
            agentId: params.agent_id,
            keyHash: secretHash(key),
          },
          ({ agent }) => json(200, { agent_id: agent.agentId, plaintext_key: key }),
        );
      },
    }),
    doors.owner({
      method: "POST",
      path: "/v1/dashboard/agents/{agent_id}/rotate-signing-key",
      doc: {
        operationId: "rotateSigningKey",
        summary: "Gives an agent a new signing key; the old one is published for 24 hours more",
        tag,
        answers: {
          200: {
            description: "The new key",
            schema: z.object({ agent_id: z.string(), signing_key: z.record(z.string(), z.string()) }),
          },
        },
      },
      params: AgentId,
      handle({ caller, params, request }) {
        const signingKey = newPrivateJwk();
        return answerTo(
          surface,
          request,
          {
            type: "rotateSigningKey",
            userId: caller.userId,
            agentId: params.agent_id,
            signingKey: { x: signingKey.x, kid: signingKey.kid },
          },
          ({ agent }) => json(200, { agent_id: agent.agentId, signing_key: signingKey }),
        );
      },
    }),
  ];
}
