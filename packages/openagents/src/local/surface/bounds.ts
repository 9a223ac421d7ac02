// How much the JSON of strangers may hold, whatever it comes over.
import { isBody } from "../../wire/body.ts";

/** So many members all objects of a request may have. */
export const mostKeys = 100_000;

/** What is said of more. */
export const tooWide: string = `a body may have ${mostKeys} members`;

/** Whether the objects in a value have more members than a request may. */
export function isTooWide(value: unknown): boolean {
  let count = 0;
  const open = [value];
  while (open.length > 0 && count <= mostKeys) {
    const next = open.pop();
    const items = Array.isArray(next) ? next : isBody(next) ? Object.values(next) : [];
    count += Array.isArray(next) ? 0 : items.length;
    for (const item of items) {
      if (typeof item === "object" && item !== null) {
        open.push(item);
      }
    }
  }
  return count > mostKeys;
}
