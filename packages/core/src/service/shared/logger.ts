// Structured logs of the local servers: one JSON object per line on stderr, which stdout's ready line never mixes with.
import { destination, type Logger, pino } from "pino";

export const logLevels = ["silent", "error", "warn", "info", "debug"] as const;

/** How much a server says. */
export type LogLevel = (typeof logLevels)[number];

/** What the servers log with. */
export type Log = Pick<Logger, "error" | "warn" | "info" | "debug">;

/** A logger on stderr. Writes are synchronous, so that the last line before an exit is not lost. */
export function createLog(name: string, level: LogLevel): Log {
  return pino({ name, level }, destination({ fd: 2, sync: true }));
}

/** A logger that says nothing, for servers inside another program. */
export const silentLog: Log = pino({ level: "silent" });
