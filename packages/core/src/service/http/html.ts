// Markup that cannot be broken into: whatever is put into a template is escaped, unless it is markup already. What would
// turn the direction of the text around is shown by its name.

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

/** Embeddings, overrides and isolates of text direction: with them a text can be read otherwise than it is. */
const directionControls = /[\u202a-\u202e\u2066-\u2069]/g;

function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => escapes[character] ?? character)
    .replace(directionControls, (control) => `[U+${control.charCodeAt(0).toString(16).toUpperCase()}]`);
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
