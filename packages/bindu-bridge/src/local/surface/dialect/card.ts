// What an agent says of itself in the dialect: its card, its skills, its DID document.
import type { Skill } from "../../../types.ts";
import { packageVersion } from "../../../version.ts";
import { skillPath } from "../../../wire/dialect.ts";
import { type DidDocument, didDocument } from "../../../wire/identity.ts";
import type { AgentKey } from "../../engine/identities.ts";
import type { Agent } from "../../rules/model/entities.ts";
import { timestamp } from "./encode.ts";

export function agentCard({ agentId, did, config, skills }: Agent, key: AgentKey): object {
  const { url } = config;
  const base = url.replace(/\/+$/, "");
  return {
    id: agentId,
    name: config.name,
    description: config.description,
    url,
    version: config.version,
    protocolVersion: "1.0.0",
    skills: skills.map(({ name }) => ({ id: name, name, documentationPath: `${base}${skillPath(name)}` })),
    capabilities: {
      extensions: [
        {
          uri: did,
          description: `DID-based identity for ${config.name}`,
          required: false,
          params: { author: config.author, agent_name: config.name, agent_id: agentId },
        },
      ],
      pushNotifications: config.pushNotifications ?? false,
      streaming: config.streaming ?? false,
    },
    kind: config.kind,
    numHistorySessions: config.numHistorySessions,
    extraData: config.extraMetadata ?? {
      created: timestamp(key.createdMs),
      server_info: `x-bindu/${packageVersion}`,
    },
    debugMode: config.debugMode,
    debugLevel: config.debugLevel,
    monitoring: config.monitoring,
    telemetry: config.telemetry,
    agentTrust: {
      identityProvider: "custom",
      inheritedRoles: [],
      creatorId: "system",
      creationTimestamp: Math.floor(key.createdMs / 1_000),
      trustVerificationRequired: false,
      allowedOperations: {},
    },
    defaultInputModes: ["text/plain", "application/json"],
    defaultOutputModes: ["text/plain", "application/json"],
  };
}

export const didDocumentOf = ({ did }: Agent, key: AgentKey): DidDocument =>
  didDocument(did, key.publicKeyBase58, timestamp(key.createdMs));

export function skillSummary(skill: Skill): object {
  const { name, description, version, tags, inputModes, outputModes } = skill;
  return {
    id: null,
    name,
    description,
    version: version === "" ? "unknown" : version,
    tags,
    input_modes: inputModes,
    output_modes: outputModes,
  };
}

export function skillDetails(skill: Skill): object {
  const { name, description, tags, inputModes, outputModes, version, author, rawContent, format } = skill;
  return {
    name,
    description,
    tags,
    input_modes: inputModes,
    output_modes: outputModes,
    version: version || undefined,
    author: author || undefined,
    raw_content: rawContent || undefined,
    format: format || undefined,
    has_documentation: false,
  };
}
