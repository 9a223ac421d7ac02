// The programs of the official package, in the environment that its suite has; none where there is no Python that is new enough.

import { prepare } from "../../interop/bindu/python/run.ts";

/** The folder of the environment's programs. */
export function officialPrograms(): string | undefined {
  try {
    return prepare();
  } catch {
    return undefined;
  }
}
