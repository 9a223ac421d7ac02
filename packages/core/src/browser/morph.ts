// Brings a part of the page up to date without replacing what the reader holds on to: elements that stay the same thing
// stay the same element, so selections, focus, scroll positions and typed text survive.

/** Gives `target` the content of `markup`. */
export function morph(target: Element, markup: string): void {
  const template = document.createElement("template");
  template.innerHTML = markup;
  const focused = document.activeElement;
  const heir = focused !== null && target.contains(focused) ? heirOf(focused) : undefined;
  morphChildren(target, template.content);
  if (heir !== undefined && focused instanceof HTMLElement && document.activeElement !== focused) {
    // It was moved, which takes the focus where the browser cannot move without taking out; or it is gone.
    (focused.isConnected ? focused : heir())?.focus({ preventScroll: true });
  }
}

/** What gets the focus of an element that has gone: the row that took its row's place. */
function heirOf(focused: Element): () => HTMLElement | undefined {
  const row = focused.closest("tr[data-key]");
  const body = row?.parentElement;
  if (row === null || body === null || body === undefined) {
    return () => undefined;
  }
  const place = [...body.children].indexOf(row);
  return () => {
    const next = body.children[Math.min(place, body.children.length - 1)];
    return next instanceof HTMLElement ? next : undefined;
  };
}

/** What makes two elements the same thing. */
function keyOf(node: Node): string | undefined {
  if (!(node instanceof Element)) {
    return undefined;
  }
  const key = node.getAttribute("data-key") ?? node.id;
  return key === "" ? undefined : `${node.localName} ${key}`;
}

function morphChildren(parent: Element, wanted: ParentNode): void {
  const news = [...wanted.childNodes];
  const wantedKeys = new Set(news.map(keyOf));
  const olds = new Map<string, Element>();
  for (const child of [...parent.childNodes]) {
    const key = keyOf(child);
    if (key === undefined) {
      continue;
    }
    if (wantedKeys.has(key) && child instanceof Element && !olds.has(key)) {
      olds.set(key, child);
    } else {
      child.remove();
    }
  }
  let cursor: ChildNode | null = parent.firstChild;
  for (const next of news) {
    const key = keyOf(next);
    const old = key === undefined ? undefined : olds.get(key);
    if (key !== undefined && old !== undefined && next instanceof Element) {
      olds.delete(key);
      if (cursor !== null && cursor !== old && cursor.nextSibling === old) {
        // The one before it has moved further down; it is met again there.
        cursor = old;
      }
      if (cursor !== old) {
        place(parent, old, cursor);
      }
      morphElement(old, next);
      cursor = old.nextSibling;
    } else if (key === undefined && cursor !== null && keyOf(cursor) === undefined && isAlike(cursor, next)) {
      if (cursor instanceof Element && next instanceof Element) {
        morphElement(cursor, next);
      } else if (cursor.nodeValue !== next.nodeValue) {
        cursor.nodeValue = next.nodeValue;
      }
      cursor = cursor.nextSibling;
    } else {
      parent.insertBefore(next, cursor);
    }
  }
  while (cursor !== null) {
    const rest: ChildNode | null = cursor.nextSibling;
    cursor.remove();
    cursor = rest;
  }
}

function isAlike(a: Node, b: Node): boolean {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

/** Moves without taking out where the browser can. */
function place(parent: Element, child: Element, before: Node | null): void {
  if (typeof parent.moveBefore === "function") {
    parent.moveBefore(child, before);
  } else {
    parent.insertBefore(child, before);
  }
}

function morphElement(old: Element, wanted: Element): void {
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name) && !isReaders(old, name)) {
      old.removeAttribute(name);
    }
  }
  // Attributes only: what somebody has typed or ticked is a property, and stays.
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  morphChildren(old, wanted);
}

/** Whether an attribute says what the reader did, not what the server knows. */
function isReaders(element: Element, name: string): boolean {
  return name === "open" && element instanceof HTMLDetailsElement;
}
