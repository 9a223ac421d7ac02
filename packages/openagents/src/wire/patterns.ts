// Patterns of event names: all, a beginning, or one name.

/** `*` matches all, `channel.message.*` what begins with `channel.message.`, everything else itself only. */
export function matchesPattern(pattern: string, eventName: string): boolean {
  return pattern.endsWith("*") ? eventName.startsWith(pattern.slice(0, -1)) : pattern === eventName;
}

/** Whether one of them matches. */
export function matchesSome(patterns: readonly string[], eventName: string): boolean {
  for (const pattern of patterns) {
    if (matchesPattern(pattern, eventName)) {
      return true;
    }
  }
  return false;
}
