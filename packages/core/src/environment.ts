// The environment of the program, where there is one: browsers have none, and Deno refuses those that may not read it.

/** A variable that is set, not empty, and may be read. */
export function environmentValue(name: string): string | undefined {
  try {
    return globalThis.process?.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}
