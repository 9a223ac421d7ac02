// The agent's card of A2A 1.0: nothing but its members, for strict readers refuse any other.
import { createHash } from "node:crypto";
import { type Answer, empty, type HttpRoute, jsonText } from "@x/core/service";
import { cardPath, extensionUris, facePath } from "../../../wire/a2a/names.ts";
import type { Agent } from "../../rules/model/entities.ts";
import { canPush, canStream, type Face, requiredExtensions } from "./face.ts";
import { textsIn } from "./stored.ts";

const modes = ["text/plain", "application/json"];

function agentCard(face: Face): object {
  const agent = face.agent();
  const { config, did, agentId } = agent;
  const { name, description, version, author, extraMetadata = {} } = config;
  const url = config.url.replace(/\/+$/, "") + facePath;
  return {
    name,
    description,
    version,
    supportedInterfaces: [
      { url, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
      { url, protocolBinding: "JSONRPC", protocolVersion: "0.3" },
    ],
    provider: textsIn(extraMetadata.provider, "url", "organization"),
    ...textsIn(extraMetadata, "documentationUrl"),
    ...textsIn(extraMetadata, "iconUrl"),
    capabilities: {
      streaming: canStream(agent),
      pushNotifications: canPush(agent),
      extendedAgentCard: false,
      extensions: [
        {
          uri: did,
          description: `DID-based identity for ${name}`,
          required: false,
          params: { author, agent_name: name, agent_id: agentId },
        },
        {
          uri: extensionUris.binduCard,
          description: "What the card of Bindu says beside this one",
          required: false,
          params: otherMembers(face),
        },
        {
          uri: extensionUris.resume,
          description: "Events have numbers, and a stream goes on behind Last-Event-ID",
          required: false,
        },
        {
          uri: extensionUris.idempotentSend,
          description: "A message is carried out once, by Idempotency-Key or by an id that is a UUID",
          required: false,
        },
        ...requiredExtensions(agent).map((uri) => ({ uri, required: true })),
      ],
    },
    defaultInputModes: modes,
    defaultOutputModes: modes,
    skills: skillsOf(agent),
  };
}

/** Members of the dialect's card that this one must not have. */
const others: ReadonlySet<string> = new Set([
  "id",
  "kind",
  "numHistorySessions",
  "extraData",
  "debugMode",
  "debugLevel",
  "monitoring",
  "telemetry",
  "agentTrust",
  "protocolVersion",
  "url",
]);

/** They are free in the form of an extension; and the key by which texts are verified stands beside them. */
function otherMembers(face: Face): object {
  const members = Object.entries(face.binduCard()).filter(([name]) => others.has(name));
  return { ...Object.fromEntries(members), didDocument: face.didDocument() };
}

function skillsOf({ config, skills }: Agent): readonly object[] {
  if (skills.length === 0) {
    const { name, description, kind } = config;
    return [{ id: name, name, description: description || name, tags: [kind] }];
  }
  return skills.map(({ name, description, tags, inputModes, outputModes }) => ({
    id: name,
    name,
    description: description || name,
    tags: tags.length === 0 ? [name] : tags,
    inputModes: inputModes.length === 0 ? undefined : inputModes,
    outputModes: outputModes.length === 0 ? undefined : outputModes,
  }));
}

/** Where the card is read, and by what a reader knows that it has it already. */
export function cardRoute(face: Face): HttpRoute {
  return {
    method: "GET",
    path: cardPath,
    doc: { operationId: "a2a-card", summary: "The agent's card of A2A 1.0", answers: {} },
    params: undefined,
    query: undefined,
    body: undefined,
    async serve(request): Promise<Answer> {
      const text = JSON.stringify(agentCard(face));
      const etag = `"${createHash("sha256").update(text).digest("hex").slice(0, 32)}"`;
      const changed = new Date(face.agent().changedMs);
      const headers = {
        "cache-control": "public, max-age=60",
        etag,
        "last-modified": changed.toUTCString(),
        "access-control-allow-origin": "*",
      };
      const isKnown = hasIt(
        request.header("if-none-match"),
        etag,
        request.header("if-modified-since"),
        changed,
      );
      return isKnown ? empty(304, headers) : jsonText(200, text, headers);
    },
  };
}

/** By the weak comparison of tags; the time counts only where no tag was sent. */
function hasIt(tags: string | undefined, etag: string, since: string | undefined, changed: Date): boolean {
  if (tags !== undefined) {
    return tags.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
  }
  const sinceMs = since === undefined ? Number.NaN : Date.parse(since);
  return Math.floor(changed.getTime() / 1_000) * 1_000 <= sinceMs;
}
