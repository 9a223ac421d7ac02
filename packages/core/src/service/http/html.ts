// Markup that cannot be broken into: whatever is put into a template is escaped, unless it is markup already. What would
// turn the direction of the text around, or is not seen, is shown by its name.

/** A piece of finished markup. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | readonly Markup[];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Marks, embeddings, overrides and isolates of text direction, and what is not seen at all: with them a text can be read
 * otherwise than it is. Not the joiners and selectors that scripts and emoji need.
 */
const misleading = /(?!\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]|[\t\n\r])[\p{Cc}\p{Cf}\p{DI}]/gu;

function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => escapes[character] ?? character)
    .replace(misleading, (control) => {
      const code = control.codePointAt(0) ?? 0;
      return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
    });
}

/** Template tag: html`<b>${name}</b>`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let markup = strings[0] ?? "";
  parts.forEach((part, index) => {
    markup += render(part) + (strings[index + 1] ?? "");
  });
  return { markup };
}

function render(part: Part): string {
  if (typeof part === "string" || typeof part === "number") {
    return escapeHtml(String(part));
  }
  return "markup" in part ? part.markup : part.map((piece) => piece.markup).join("");
}
