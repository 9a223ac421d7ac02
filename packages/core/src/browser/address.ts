// Filters, order and page number live in the address: changing them changes the address, and the page follows without
// being loaded anew.

/** Makes forms and links that stay on this page change the address, and calls `follow` after each change. */
export function watchAddress(follow: () => void): void {
  const go = (url: URL, replace: boolean): void => {
    if (url.href !== window.location.href) {
      if (replace) {
        history.replaceState(null, "", url);
      } else {
        history.pushState(null, "", url);
      }
    }
    follow();
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
    if (link === null || modified || event.defaultPrevented || link.hash !== "" || link.target !== "") {
      return;
    }
    const url = new URL(link.href);
    if (url.origin === window.location.origin && url.pathname === window.location.pathname) {
      event.preventDefault();
      go(url, false);
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.matches("form[data-live]")) {
      event.preventDefault();
      window.clearTimeout(typing);
      go(addressOf(event.target), false);
    }
  });

  let typing: number | undefined;
  document.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (form?.matches("form[data-live]")) {
      window.clearTimeout(typing);
      typing = window.setTimeout(() => go(addressOf(form), true), 200);
    }
  });

  window.addEventListener("popstate", () => {
    // Somebody went back: the fields say what the address says again.
    const values = new URLSearchParams(window.location.search);
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-live]")) {
      for (const field of form.elements) {
        if (field instanceof HTMLInputElement && field.type !== "hidden") {
          field.value = values.get(field.name) ?? "";
        }
      }
    }
    follow();
  });
}

/** Where a form leads, without its empty fields. */
function addressOf(form: HTMLFormElement): URL {
  // The attribute: a field named "action" hides the property.
  const url = new URL(form.getAttribute("action") ?? "", window.location.href);
  const values = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim() !== "") {
      values.set(name, value.trim());
    }
  }
  url.search = values.toString();
  return url;
}
