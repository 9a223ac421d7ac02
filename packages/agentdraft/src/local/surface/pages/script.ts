// The page's own script: sends its forms as JSON, signs in, and verifies the audit chain in the browser.

export const script: string = String.raw`"use strict";

const send = async (method, path, body) => {
  const answer = await fetch(path, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const value = await answer.json();
  if (!answer.ok) {
    throw new Error(value.detail + (value.field === undefined ? "" : " (" + value.field + ")"));
  }
  return value;
};

const say = (output, text, kind) => {
  output.textContent = text;
  output.className = kind;
};

// What a form says, as JSON: numbers as numbers, switches as booleans, names that end with [] as lists.
const bodyOf = (form, submitter) => {
  const body = {};
  for (const field of form.elements) {
    const { name, type, value } = field;
    if (name === "" || field.tagName === "BUTTON" || field.tagName === "FIELDSET") continue;
    if (name.endsWith("[]")) {
      const list = (body[name.slice(0, -2)] ??= []);
      if (field.checked) list.push(value);
    } else if (type === "checkbox") body[name] = field.checked;
    else if (type === "number") body[name] = value === "" ? null : Number(value);
    else if (type === "hidden") body[name] = JSON.parse(value);
    else if (value !== "" || name !== "note") body[name] = value;
  }
  if (submitter?.name) body[submitter.name] = submitter.value;
  return body;
};

const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

const weeklyOf = (line) => {
  const match = /^([1-7](?:,[1-7])*) +(\d\d:\d\d)-(\d\d:\d\d)$/.exec(line);
  return match === null ? undefined : { days: match[1].split(",").map(Number), start: match[2], end: match[3] };
};

const rulesOf = ({ consent, business_hours, focus_blocks, ...rest }) => ({
  ...rest,
  business_hours: linesOf(business_hours).map((line) => {
    const window = weeklyOf(line);
    if (window === undefined) throw new Error("This is no window: " + line);
    return window;
  }),
  focus_blocks: linesOf(focus_blocks).map((line) => {
    const [start, end, more] = line.split(/ +/);
    const block = weeklyOf(line) ?? (end === undefined || more !== undefined ? undefined : { start, end });
    if (block === undefined) throw new Error("This is no block: " + line);
    return block;
  }),
  consent_actions: consent ? ["booking.commit"] : [],
});

const sendForm = async (form, button) => {
  const output = form.querySelector("output");
  const { send: method, confirm: question, show } = form.dataset;
  if (question !== undefined && !window.confirm(question)) return;
  const buttons = form.querySelectorAll("button");
  for (const each of buttons) each.disabled = true;
  try {
    const body = bodyOf(form, button);
    const answer = await send(
      method,
      form.getAttribute("action"),
      method === "DELETE" ? undefined : "rules" in form.dataset ? rulesOf(body) : body,
    );
    if (show === undefined) {
      window.location.reload();
    } else {
      // By itself, so that a double click marks all of it and nothing else.
      say(output, answer[show], "good secret");
      if (output.previousElementSibling?.className !== "good") {
        const told = document.createElement("p");
        told.className = "good";
        told.textContent = "Copy it now, it is not shown again:";
        output.before(told);
      }
    }
  } catch (error) {
    say(output, error.message, "bad");
  }
  for (const each of buttons) each.disabled = false;
};

for (const form of document.querySelectorAll("form[data-send]")) {
  // Where there is a choice, only its buttons send: a key that ends a text is no decision.
  const choices = form.querySelectorAll("button[type=button][name]");
  for (const choice of choices) choice.addEventListener("click", () => sendForm(form, choice));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (choices.length === 0) sendForm(form, event.submitter);
    else say(form.querySelector("output"), "Nothing is decided yet: choose one of the buttons.", "");
  });
}

// Where somebody wanted to go before signing in. Another tab may hold it: links are opened from the log.
const wanted = "agentdraft-wanted";
const remember = () => {
  const { pathname, search, hash } = window.location;
  if (pathname === "/dashboard") localStorage.setItem(wanted, JSON.stringify([Date.now(), pathname + search + hash]));
};
const target = () => {
  try {
    const [at, path] = JSON.parse(localStorage.getItem(wanted));
    localStorage.removeItem(wanted);
    // As long as a link lives.
    return Date.now() - at < 900000 && /^\/dashboard(?:[?#]|$)/.test(path) ? path : "/dashboard";
  } catch {
    return "/dashboard";
  }
};

const verifyToken = async (token) => {
  await send("POST", "/v1/auth/verify", { token });
  const path = target();
  const { pathname, search } = window.location;
  if (path.split("#")[0] === pathname + search) {
    history.scrollRestoration = "manual";
    window.location.reload();
  } else window.location.replace(path);
};

const signIn = document.getElementById("sign-in");
if (signIn !== null) {
  const output = signIn.querySelector("output");
  const fail = (error) => say(output, error.message, "bad");
  const token = window.location.hash.slice(1);
  if (window.location.pathname === "/dashboard/sign-in" && token !== "") {
    verifyToken(token).catch(fail);
  }
  signIn.addEventListener("submit", async (event) => {
    event.preventDefault();
    remember();
    try {
      const { dev_token } = await send("POST", "/v1/auth/magic-link", { email: signIn.elements.email.value });
      say(output, "The link was sent. ", "good");
      if (dev_token !== undefined) {
        const link = document.createElement("a");
        link.href = "/dashboard/sign-in#" + dev_token;
        link.textContent = "Sign in with it";
        link.addEventListener("click", (click) => {
          click.preventDefault();
          verifyToken(dev_token).catch(fail);
        });
        output.append(link);
      }
    } catch (error) {
      fail(error);
    }
  });
}

// RFC 8785 for what audit events hold: texts, whole numbers, booleans, null and containers of those.
const canonical = (value) => {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.keys(value).sort().map((name) => JSON.stringify(name) + ":" + canonical(value[name]));
  return "{" + members.join(",") + "}";
};

const hashOf = async ({ hash, ...event }) => {
  const bytes = new TextEncoder().encode(event.prev_hash + "\n" + canonical(event));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

const verifyChain = async (path, genesis, progress) => {
  let previous = genesis;
  let seq = 0;
  for (;;) {
    const page = await send("GET", path + "?limit=1000&after=" + seq);
    for (const event of page.events) {
      if (event.seq !== seq + 1) throw new Error("Place " + (seq + 1) + " is missing.");
      if (event.prev_hash !== previous) throw new Error("Place " + event.seq + " does not follow the one before it.");
      if ((await hashOf(event)) !== event.hash) throw new Error("Place " + event.seq + " was changed.");
      previous = event.hash;
      seq = event.seq;
    }
    progress(seq);
    if (page.next_after === null) {
      if (page.head.seq === seq && page.head.hash !== previous) throw new Error("The head is not that of the chain.");
      return seq;
    }
  }
};

// Looks now and then whether anything has happened since the page was made, and says so; it never reloads by itself,
// for somebody may be writing a note.
const news = document.getElementById("news");
if (news !== null) {
  const look = setInterval(async () => {
    if (document.hidden) return;
    try {
      const { events } = await send("GET", "/v1/dashboard/audit?limit=1&after=" + news.dataset.after);
      if (events.length > 0) {
        clearInterval(look);
        const link = document.createElement("a");
        link.href = window.location.pathname + window.location.search;
        link.textContent = "Something new has happened: show it";
        news.replaceChildren(link);
      }
    } catch {
      // The server is away or the session over; the next look, or the next click, tells.
    }
  }, 3000);
}

for (const button of document.querySelectorAll("button[data-verify]")) {
  button.addEventListener("click", async () => {
    const output = document.getElementById("verdict");
    button.disabled = true;
    try {
      if (globalThis.crypto?.subtle === undefined) {
        throw new Error("This browser hashes only on https or localhost; open the page there.");
      }
      const { verify, genesis } = button.dataset;
      const seq = await verifyChain(verify, genesis, (place) => say(output, place + " events so far", ""));
      say(output, "All " + seq + " events hang together, from the first one on.", "good");
    } catch (error) {
      say(output, error.message, "bad");
    }
    button.disabled = false;
  });
}

// Headings stand below the header, however many lines it has.
const header = document.querySelector("header");
if (header !== null) {
  const { style } = document.documentElement;
  const makeRoom = () => {
    const sticks = getComputedStyle(header).position === "sticky";
    style.scrollPaddingTop = (sticks ? header.offsetHeight + 8 : 8) + "px";
  };
  makeRoom();
  new ResizeObserver(makeRoom).observe(header);
  // The browser went to its target before there was room; on a page that is loaded again it keeps its place, but for
  // one that was signed in to.
  const [{ type }] = performance.getEntriesByType("navigation");
  if (type === "navigate" || history.scrollRestoration === "manual") {
    document.getElementById(window.location.hash.slice(1))?.scrollIntoView();
  }
  // Before the page is left its place is noted, in the way that holds then.
  window.addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
}
`;
