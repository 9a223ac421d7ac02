// Tables of the owner's page: those of the kit, with columns told by their titles alone.
import { type Cell, html, table as kitTable, type Markup } from "@x/core/service";

export interface Row {
  /** Where links to the row lead. */
  readonly id?: string;
  readonly cells: readonly Cell[];
}

/** A table, or a sentence where it would be empty. Cells of columns whose title begins with `#` stand to the right. */
export function table(titles: readonly string[], rows: readonly Row[], none: string): Markup {
  return kitTable(
    titles.map((title) => (title.startsWith("#") ? { title: title.slice(1), kind: "number" } : { title })),
    rows.map((row, index) => ({ key: row.id ?? String(index), ...row })),
    html`<p class="quiet">${none}</p>`,
  );
}
