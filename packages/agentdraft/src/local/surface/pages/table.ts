// Tables of the page.
import { html, type Markup } from "@x/core/service";

export type Cell = string | number | Markup;

/** A table, or a sentence where it would be empty. Cells of columns whose title begins with `#` stand to the right. */
export function table(titles: readonly string[], rows: readonly Row[], none: string): Markup {
  if (rows.length === 0) {
    return html`<p class="quiet">${none}</p>`;
  }
  const isNumber = (index: number): boolean => titles[index]?.startsWith("#") ?? false;
  const head = titles.map((title, index) =>
    isNumber(index) ? html`<th class="n">${title.slice(1)}</th>` : html`<th>${title}</th>`,
  );
  const body = rows.map(
    ({ id, cells }) =>
      html`<tr${id === undefined ? html`` : html` id="${id}"`}>${cells.map((cell, index) =>
        isNumber(index) ? html`<td class="n">${cell}</td>` : html`<td>${cell}</td>`,
      )}</tr>
`,
  );
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

export interface Row {
  /** Where links to the row lead. */
  readonly id?: string;
  readonly cells: readonly Cell[];
}
