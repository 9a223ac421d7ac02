// A node as A2A introduces an agent.

import type { GridNode } from "../types.ts";
import { type A2AObject, type A2AOptions, present } from "./words.ts";

/** An agent card. `url` stands in version 0.3, `supportedInterfaces` in 1.0; neither where the node has no address of its own. */
export type A2AAgentCard = A2AObject;

/** The card of a node. It says what the node says of itself; it does not say that anybody can be called by A2A. */
export function nodeToAgentCard(node: GridNode, { version = "1.0" }: A2AOptions = {}): A2AAgentCard {
  const { endpointUrl } = node;
  return present({
    protocolVersion: version === "0.3" ? "0.3.0" : undefined,
    name: node.name,
    description: node.description,
    version: "1",
    url: version === "0.3" ? endpointUrl : undefined,
    supportedInterfaces:
      version === "1.0"
        ? endpointUrl === null
          ? []
          : [{ url: endpointUrl, protocolBinding: "JSONRPC", protocolVersion: "1.0" }]
        : undefined,
    capabilities: {},
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: node.skills.map((skill) => ({
      ...skill,
      description: skill.description ?? "",
      tags: skill.tags ?? [],
    })),
  });
}
