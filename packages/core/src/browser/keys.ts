// The page by keyboard: / to the search box, j and k through the rows, Enter opens, Esc goes back, p pauses.

/** Listens to the keys. */
export function watchKeys(togglePause: () => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
      return;
    }
    const { activeElement } = document;
    const done =
      activeElement instanceof HTMLInputElement
        ? event.key === "Escape" && leaveField(activeElement)
        : press(event.key, activeElement, togglePause);
    if (done) {
      event.preventDefault();
    }
  });
}

/** Does what a key outside of fields asks for; false if it asks for nothing. */
function press(key: string, active: Element | null, togglePause: () => void): boolean {
  const row = active?.closest<HTMLElement>("tr[data-key]") ?? null;
  switch (key) {
    case "/":
      return focus(document.querySelector<HTMLElement>('input[type="search"], form[data-live] input'));
    case "j":
      return step(row, 1);
    case "k":
      return step(row, -1);
    // The arrows scroll until somebody is among the rows.
    case "ArrowDown":
      return row !== null && step(row, 1);
    case "ArrowUp":
      return row !== null && step(row, -1);
    case "Enter":
      return row !== null && row === active && open(row.querySelector("a"));
    case "Escape":
      return row === null ? open(document.querySelector<HTMLAnchorElement>("a[rel=up]")) : leave(row);
    case "p":
      togglePause();
      return true;
    default:
      return false;
  }
}

/** Esc in a field empties it first, and leaves it then. */
function leaveField(field: HTMLInputElement): boolean {
  if (field.value === "") {
    field.blur();
  } else {
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return true;
}

function step(row: HTMLElement | null, by: 1 | -1): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("main tr[data-key]")];
  const at = row === null ? (by === 1 ? -1 : 0) : rows.indexOf(row);
  return focus(rows[Math.min(rows.length - 1, Math.max(0, at + by))] ?? null);
}

function focus(target: HTMLElement | null): boolean {
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest" });
  return target !== null;
}

function open(link: HTMLAnchorElement | null): boolean {
  link?.click();
  return link !== null;
}

function leave(row: HTMLElement): boolean {
  if (document.activeElement instanceof HTMLElement && row.contains(document.activeElement)) {
    document.activeElement.blur();
  }
  return true;
}
