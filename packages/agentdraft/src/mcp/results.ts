// What the tools answer: JSON in the shapes of the official MCP server, so that an agent's prompts need not change.
import type { CallToolResult } from "@modelcontextprotocol/server";
import { InvalidArgumentError } from "@x/core";
import {
  AgentDraftError,
  ApprovalTimeout,
  AuthError,
  Conflict,
  ConsentRequired,
  RateLimited,
  RuleViolation,
} from "../errors.ts";

/** A tool's answer: the same object as text and as structured content. */
export function answer(value: Readonly<Record<string, unknown>>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(value, undefined, 2) }], structuredContent: value };
}

/** The names that the official server gives to refusals; our finer classes answer as the one they extend. */
const officialNames: readonly (readonly [new (...args: never[]) => AgentDraftError, string])[] = [
  [AuthError, "AuthError"],
  [ConsentRequired, "ConsentRequired"],
  [RuleViolation, "RuleViolation"],
  [RateLimited, "RateLimited"],
  [ApprovalTimeout, "ApprovalTimeout"],
];

/**
 * Runs a tool whose refusals are ordinary answers: a lost slot tells who won it, anything else what was refused. What is
 * no refusal of the service is thrown on.
 */
export async function answerOrRefusal(
  work: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<CallToolResult> {
  try {
    return answer(await work());
  } catch (error) {
    if (error instanceof Conflict) {
      return answer({
        error: "outranked",
        winning_booking_id: error.winningBookingId,
        winning_agent_id: error.winningAgentId,
        winning_agent_priority: error.winningAgentPriority,
        your_priority: error.yourPriority,
        message:
          error.reason === "own_booking"
            ? "This agent has booked that time already: winning_booking_id says which booking."
            : "Another agent has this slot. winning_agent_id says who; propose another time to your user instead of trying again.",
      });
    }
    if (error instanceof AgentDraftError) {
      const name = officialNames.find(([type]) => error instanceof type)?.[1] ?? "AgentDraftError";
      return answer({ error: name, message: error.message, detail: error.body ?? {} });
    }
    if (error instanceof InvalidArgumentError) {
      return answer({ error: "AgentDraftError", message: error.message, detail: { error: error.code } });
    }
    throw error;
  }
}
