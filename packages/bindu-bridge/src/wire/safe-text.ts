// Text of an error that may stand in a status: without braces, which kill an agent in the official core, and short.

/** Longest text, in bytes of UTF-8, before `...` is added; beyond 16 KiB of metadata peers refuse the whole answer. */
const longestBytes = 2_048;

/** The text of anything that was thrown; never a stack trace, and never longer than 2,051 bytes. */
export function safeText(thrown: unknown): string {
  return safe(textOf(thrown));
}

/** The same for a text of our own. */
export function safe(text: string): string {
  // Each character has at least one byte, and a pair that the cut splits is made well-formed behind it.
  const start = text
    .slice(0, longestBytes + 1)
    .toWellFormed()
    .replaceAll("{", "(")
    .replaceAll("}", ")");
  const bytes = Buffer.from(start, "utf8");
  if (bytes.length <= longestBytes && text.length <= longestBytes) {
    return start;
  }
  let end = Math.min(longestBytes, bytes.length);
  // Continuation bytes begin with 10: the cut stands before the character that they belong to.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
    end -= 1;
  }
  return `${bytes.toString("utf8", 0, end)}...`;
}

function textOf(thrown: unknown): string {
  try {
    const message: unknown =
      typeof thrown === "object" && thrown !== null && "message" in thrown ? thrown.message : undefined;
    return typeof message === "string" && message !== "" ? message : String(thrown);
  } catch {
    return "unknown error";
  }
}
