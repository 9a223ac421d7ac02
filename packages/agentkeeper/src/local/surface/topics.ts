// Topics as watchers name them: plain prefixes, any of which may fit; none means all.

import { checkTexts, limits } from "../rules/model/limits.ts";
import type { BusEvent } from "../rules/model/views.ts";
import { refusalError } from "./errors.ts";

/** @throws ConnectError `FIELD_TOO_LONG` for too many or too long prefixes */
export function topicFilter(topics: readonly string[]): (event: BusEvent) => boolean {
  const refusal = checkTexts(
    "topics",
    topics.filter((topic) => topic !== ""),
    { count: limits.topicsCount, bytes: limits.topic },
  );
  if (refusal !== undefined) {
    throw refusalError(refusal);
  }
  if (topics.length === 0 || topics.includes("")) {
    return () => true;
  }
  return ({ topic }) => topics.some((prefix) => topic.startsWith(prefix));
}
