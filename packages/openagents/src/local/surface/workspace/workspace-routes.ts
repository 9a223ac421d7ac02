// Workspaces over HTTP: what they are, who is in them, and who comes and goes.
import { randomBytes, randomUUID } from "node:crypto";
import { defineRoute, HttpProblem, type HttpRoute, json } from "@x/core/service";
import { z } from "zod";
import { onmPaths } from "../../../wire/paths.ts";
import { channelLane } from "../../rules/messaging/messages.ts";
import { hashOf, type Surface } from "../context.ts";
import { hostOf } from "../network/requests.ts";
import { newSession, newToken } from "../secrets.ts";
import { channelBody, channelListing, discovered, inhabitantsOf, workspaceBody } from "./encode.ts";
import { ask, doc, headerToken, ok, open, readable } from "./envelope.ts";
import { fieldsOf } from "./fields.ts";

const notFound = { workspace_not_found: "Workspace not found" };

export function workspaceRoutes(surface: Surface): readonly HttpRoute[] {
  const { engine, rules } = surface;
  const posts = { ...open, method: "POST", body: z.unknown() } as const;
  return [
    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.health,
      doc: doc("workspaceHealth", "Whether the server serves"),
      handle: () => json(200, { status: "ok" }),
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.wellKnown,
      doc: doc("wellKnown", "What this server speaks"),
      handle({ request }) {
        const [http] = surface.addresses();
        const host = hostOf(request);
        const base = `http://${host.includes(":") ? `[${host}]` : host}:${http?.port ?? 0}`;
        return json(200, {
          onm_version: "1.0",
          name: rules.networkName,
          transports: [{ type: "http", url: `${base}/v1` }],
          auth: { methods: ["token"] },
          capabilities: ["channels", "files", "events", "presence"],
          mods: ["messaging", "file_storage"],
        });
      },
    }),

    defineRoute({
      ...posts,
      path: onmPaths.workspaces,
      doc: doc("createWorkspace", "A new workspace, with a token of its own"),
      async handle({ body }) {
        const fields = fieldsOf(body);
        const name = fields.text("name");
        const token = newToken();
        const { workspace, channel } = await ask(surface, {
          type: "createWorkspace",
          id: randomUUID(),
          slug: randomBytes(4).toString("hex"),
          name,
          tokenHash: hashOf(token),
          creatorEmail: fields.optionalText("creator_email"),
          agentName: fields.optionalText("agent_name"),
          agentType: fields.optionalText("agent_type"),
          channelName: `session-${randomBytes(4).toString("hex")}`,
        });
        const { id, slug } = workspace.facts;
        return ok({ workspaceId: id, slug, name, token, channel: channelBody(id, channel) });
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.workspace,
      doc: doc("readWorkspace", "A workspace"),
      async handle({ request }) {
        const command = { network: request.params.id ?? "", tokenHash: headerToken(request) };
        const { workspace } = await ask(surface, { type: "readWorkspace", ...command }, notFound);
        const inhabitants = engine.peek((state, now) => inhabitantsOf(state, workspace, now));
        return ok(workspaceBody(workspace, inhabitants));
      },
    }),

    defineRoute({
      ...posts,
      path: onmPaths.resolve,
      doc: doc("resolveToken", "The workspace of a token"),
      async handle({ body }) {
        const tokenHash = hashOf(fieldsOf(body).text("token"));
        const reply = await engine.run<"resolveToken">({ type: "resolveToken", tokenHash });
        if ("refused" in reply) {
          surface.metrics.countAuthFailure();
          throw new HttpProblem(404, "not_found", reply.detail);
        }
        const { id, slug, name } = reply.workspace.facts;
        return ok({ workspace_id: id, slug, name, endpoint: null });
      },
    }),

    defineRoute({
      ...posts,
      path: onmPaths.join,
      doc: doc("join", "Come into a workspace"),
      async handle({ body }) {
        const fields = fieldsOf(body);
        const session = newSession();
        const { workspaceId, name, role } = await ask(surface, {
          type: "join",
          name: fields.text("agent_name"),
          tokenHash: hashOf(fields.text("token")),
          network: fields.optionalText("network"),
          sessionHash: hashOf(session),
          agentType: fields.optionalText("agent_type"),
          serverHost: fields.optionalText("server_host"),
          workingDir: fields.optionalText("working_dir"),
          metadataText: JSON.stringify(fields.object("metadata")),
        });
        return ok({
          network_id: workspaceId,
          agent_name: name,
          role,
          status: "online",
          session_id: session,
        });
      },
    }),

    defineRoute({
      ...posts,
      path: onmPaths.leave,
      doc: doc("leave", "Leave a workspace"),
      async handle({ request, body }) {
        const member = memberOf(body);
        await ask(surface, { type: "leave", ...member, tokenHash: headerToken(request) });
        return ok({ agent_name: member.name, status: "offline" });
      },
    }),

    defineRoute({
      ...posts,
      path: onmPaths.heartbeat,
      doc: doc("heartbeat", "Show that a member is there"),
      async handle({ request, body }) {
        const member = memberOf(body);
        await ask(surface, { type: "beat", ...member, tokenHash: headerToken(request) });
        return ok({ agent_name: member.name, status: "online" });
      },
    }),

    defineRoute({
      ...posts,
      path: onmPaths.remove,
      doc: doc("removeMember", "Take a member out of a workspace"),
      async handle({ request, body }) {
        const { name, network } = memberOf(body);
        const { newMaster } = await ask(surface, {
          type: "removeMember",
          name,
          network,
          tokenHash: headerToken(request),
        });
        return ok({
          agent_name: name,
          status: "removed",
          ...(newMaster === null ? {} : { new_master: newMaster.facts.name }),
        });
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.discover,
      doc: doc("discover", "Who and what is in a workspace"),
      async handle({ request }) {
        const { workspace } = await readable(surface, request);
        const { channels, lanes } = workspace;
        const lastOf = (name: string): number | null => {
          const lane = lanes.get(channelLane(name));
          return lane?.at(lane.length - 1)?.atMs ?? null;
        };
        return ok({
          agents: engine.peek((state, now) => inhabitantsOf(state, workspace, now)).map(discovered),
          channels: [...channels.values()].map((channel) =>
            channelListing(channel, lastOf(channel.facts.name)),
          ),
          mods: ["messaging", "file_storage"],
          resources: [],
        });
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.profile,
      doc: doc("profile", "What a workspace is like"),
      async handle({ request }) {
        const { workspace } = await readable(surface, request);
        const { id, slug, name } = workspace.facts;
        const inhabitants = engine.peek((state, now) => inhabitantsOf(state, workspace, now));
        return ok({
          id,
          slug,
          name,
          access: { policy: "token", min_verification: 0 },
          status: "active",
          capabilities: ["workspace.message", "network.channel", "network.agent"],
          agents_online: inhabitants.filter(({ online }) => online).length,
        });
      },
    }),

    defineRoute({
      ...open,
      method: "GET",
      path: onmPaths.channel,
      doc: doc("readChannel", "A channel"),
      async handle({ request }) {
        const { id = "", name = "" } = request.params;
        const command = { network: id, tokenHash: headerToken(request) };
        const { workspace } = await ask(surface, { type: "readWorkspace", ...command }, notFound);
        const channel = workspace.channels.get(name);
        if (channel === undefined) {
          throw new HttpProblem(404, "not_found", "Channel not found");
        }
        return ok(channelBody(workspace.facts.id, channel));
      },
    }),

    defineRoute({
      ...posts,
      method: "PATCH",
      path: onmPaths.channel,
      doc: doc("patchChannel", "Change what is set about a channel"),
      async handle({ request, body }) {
        const { id = "", name = "" } = request.params;
        const fields = fieldsOf(body);
        const tokenHash = headerToken(request);
        const { channel } = await ask(
          surface,
          {
            type: "patchChannel",
            network: id,
            tokenHash,
            name,
            title: fields.optionalText("title"),
            status: fields.optionalText("status"),
            starred: fields.flag("starred"),
          },
          notFound,
        );
        const workspaceId = engine.peek(({ tokens }) => tokens.get(tokenHash) ?? id);
        return ok(channelBody(workspaceId, channel));
      },
    }),
  ];
}

/** Whom a request is about. */
function memberOf(body: unknown): {
  readonly name: string;
  readonly network: string;
  readonly sessionHash: string | null;
} {
  const fields = fieldsOf(body);
  const session = fields.optionalText("session_id");
  return {
    name: fields.text("agent_name"),
    network: fields.text("network"),
    sessionHash: session === null ? null : hashOf(session),
  };
}
