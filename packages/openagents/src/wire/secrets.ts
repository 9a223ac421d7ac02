// Takes credentials out of what came from a server: the real ones send the sender's to everybody.

/**
 * Removes every `secret`, and the `session_id` of every `metadata`, from a value that was just parsed and belongs to nobody else.
 * Without recursion: a stranger chooses how deep it is.
 */
export function stripSecrets<Value>(value: Value): Value {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) {
      continue;
    }
    if (Array.isArray(next)) {
      for (const item of next) {
        if (typeof item === "object" && item !== null) {
          open.push(item);
        }
      }
      continue;
    }
    const body = next as Record<string, unknown>;
    for (const name of Object.keys(body)) {
      const member = body[name];
      if (name === "secret") {
        delete body[name];
      } else if (typeof member === "object" && member !== null) {
        if (name === "metadata" && "session_id" in member) {
          delete (member as Record<string, unknown>).session_id;
        }
        open.push(member);
      }
    }
  }
  return value;
}
