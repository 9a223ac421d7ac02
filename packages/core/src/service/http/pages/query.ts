// What the address of a page says beyond its path: filters, order and page number, so that every view can be linked.

/** The query of a page's address. */
export interface PageQuery {
  /** The path that was asked for, as it stands in the address. */
  readonly path: string;
  /** The number of the page of a list, from 1. */
  readonly page: number;
  /** The first value of a name, without blanks around it, cut at 1,024 characters; `""` when it is absent. */
  get(name: string): string;
  /** The value of a name if it is one of these, else the first of them. */
  choice<const Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice;
  /**
   * The address of this view with other values; `undefined` or `""` takes one away. A list begins anew at its first page
   * unless `page` is among them.
   */
  href(changes: Readonly<Record<string, string | number | undefined>>): string;
  /** All names and their values. */
  entries(): readonly (readonly [name: string, value: string])[];
}

const longestValue = 1_024;
const mostNames = 20;
const lastPage = 1_000_000;

/** Reads the path and the query of a request's target; what makes no sense counts as absent. */
export function readQuery(target: string): PageQuery {
  const [path = "/", ...rest] = target.split("?");
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rest.join("?"))) {
    if (!values.has(name) && values.size < mostNames) {
      values.set(name, value.trim().slice(0, longestValue));
    }
  }
  const get = (name: string): string => values.get(name) ?? "";
  const page = /^[1-9]\d{0,6}$/.test(get("page")) ? Math.min(Number(get("page")), lastPage) : 1;
  return {
    path,
    page,
    get,
    choice: (name, choices) => choices.find((choice) => choice === get(name)) ?? choices[0],
    href(changes) {
      const changed = new Map<string, string>(values);
      changed.delete("page");
      for (const [name, value] of Object.entries(changes)) {
        changed.set(name, String(value ?? ""));
      }
      const query = new URLSearchParams([...changed].filter(([, value]) => value !== "")).toString();
      return query === "" ? path : `${path}?${query}`;
    },
    entries: () => [...values],
  };
}
