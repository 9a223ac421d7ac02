// Refusals that the official MCP server answers as ordinary results: an agent's prompts count on their shapes.
import { AuthError, Conflict, ConsentRequired, RateLimited, RuleViolation } from "../errors.ts";

/** The official names; our finer classes answer as the one they extend. */
const officialNames = [
  [AuthError, "AuthError"],
  [ConsentRequired, "ConsentRequired"],
  [RuleViolation, "RuleViolation"],
  [RateLimited, "RateLimited"],
] as const;

/**
 * Runs a tool of the official server. A lost slot tells who won it, and what the service refuses is told under its official
 * name; a wrong argument, or a call that failed, is thrown on and becomes an error.
 */
export async function orRefusal(
  work: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Conflict) {
      return {
        error: "outranked",
        winning_booking_id: error.winningBookingId,
        winning_agent_id: error.winningAgentId,
        winning_agent_priority: error.winningAgentPriority,
        your_priority: error.yourPriority,
        message:
          error.reason === "own_booking"
            ? "This agent has booked that time already: winning_booking_id says which booking."
            : "Another agent has this slot. winning_agent_id says who; propose another time to your user instead of trying again.",
      };
    }
    for (const [type, name] of officialNames) {
      if (error instanceof type) {
        return { error: name, message: error.message, detail: error.body };
      }
    }
    throw error;
  }
}
