// How requests of both bindings are read.
import type { RouteLimits } from "@x/core/service";

export const routeLimits: Pick<RouteLimits, "maxBodyBytes" | "maxJsonDepth"> = {
  maxBodyBytes: 16 * 1024 * 1024,
  maxJsonDepth: 100,
};

/** Whether a body of a media type can be JSON. */
export const takesType = (type: string): boolean =>
  type === "" || type === "application/json" || type.endsWith("+json");
