// The one form of an error: a short text for the model, and code and details for programs. No stack and no secret.

import { InternalError } from "../errors/error-kinds.ts";
import { isServiceError, type ServiceError } from "../errors/errors.ts";
import { isError } from "../errors/foreign.ts";
import { redactText } from "../errors/redact.ts";
import type { Log } from "../service/shared/logger.ts";
import { answerText } from "./answer.ts";

/** What the caller is told of a call that failed. */
export interface Failure {
  readonly text: string;
  readonly error: Readonly<Record<string, unknown>>;
}

/** The details of an error have a tenth of an answer's usual length: they are for programs. */
const detailsChars = 2_500;

/** What a call failed with; a defect is logged, and told by nothing but its being one. */
export function failureOf(tool: string, thrown: unknown, log: Log): Failure {
  const error = isServiceError(thrown) ? thrown : defect(tool, thrown, log);
  const { code, message, retryable, retryAfterMs, details } = error;
  return {
    text: `${message} (${code})`,
    error: {
      code,
      message,
      retryable,
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
      ...(Object.keys(details).length === 0
        ? {}
        : { details: JSON.parse(answerText(details, detailsChars)) }),
    },
  };
}

function defect(tool: string, thrown: unknown, log: Log): ServiceError {
  const stack = isError(thrown) ? (thrown.stack ?? thrown.message) : String(thrown);
  log.error({ tool, stack: redactText(stack) }, "a tool failed unexpectedly");
  return new InternalError(`${tool} failed unexpectedly; the log of the MCP server says why.`, {
    service: "mcp",
    operation: tool,
  });
}
