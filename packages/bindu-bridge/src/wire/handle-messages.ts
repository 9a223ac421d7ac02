// HandleRequest and HandleResponse, and what callers see of them.

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type HandleRequest,
  HandleRequestSchema,
  type HandleResponse,
  type SkillDefinition,
  type SkillDefinitionSchema,
} from "../gen/bindu/grpc/agent_handler_pb.ts";
import type { AgentResult, Skill } from "../types.ts";
import { type FlattenOptions, flattenMessages, type LooseMessage } from "./flatten.ts";
import { wellFormed } from "./well-formed.ts";

/** Of which task and context a call is; nothing stands for unknown. */
export interface CallIds {
  readonly taskId?: string | undefined;
  readonly contextId?: string | undefined;
}

/** The request that hands messages to an agent. @throws TypeError for text that is no string */
export async function handleRequest(
  messages: readonly LooseMessage[],
  ids: CallIds = {},
  options: FlattenOptions = {},
): Promise<HandleRequest> {
  return create(HandleRequestSchema, {
    messages: await flattenMessages(messages, options),
    taskId: wellFormed(ids.taskId ?? ""),
    contextId: wellFormed(ids.contextId ?? ""),
  });
}

/**
 * What an agent answered: the text of an answer without a state, whose prompt and metadata nobody sees, else an object with all that
 * was said. Metadata is written last, as the official class has it, and every key of it is a plain own property.
 */
export function agentResult(
  response: Omit<HandleResponse, "$typeName" | "$unknown" | "isFinal">,
): AgentResult {
  const { state, prompt, content, metadata } = response;
  if (state === "") {
    return wellFormed(content);
  }
  const said: (readonly [string, string])[] = [["state", state]];
  if (prompt !== "") {
    said.push(["prompt", prompt]);
  }
  if (content !== "") {
    said.push(["content", content]);
  }
  const result: { readonly [name: string]: string } = Object.fromEntries([
    ...said,
    ...Object.entries(metadata),
  ]);
  return wellFormed({ ...result, state: result.state ?? state });
}

/** A skill of the wire as users see it, and back. */
export function skillOf({ $typeName, $unknown, ...skill }: SkillDefinition): Skill {
  return skill;
}

export function skillDefinition(skill: Skill): MessageInitShape<typeof SkillDefinitionSchema> {
  return {
    ...skill,
    tags: [...skill.tags],
    inputModes: [...skill.inputModes],
    outputModes: [...skill.outputModes],
  };
}
