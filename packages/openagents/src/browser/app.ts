// The people's page in the browser: takes what the server has rendered anew, and leaves alone what somebody is writing.

/** A part of the page by its id, as markup of this server. */
type Parts = Readonly<Record<string, string>>;

const status = document.querySelector("#live");
const talk = document.getElementById("talk");

/** How near to its end a list must be to stay there, in pixels. */
const nearEnd = 80;

function show(parts: Parts): void {
  for (const [id, markup] of Object.entries(parts)) {
    const part = document.getElementById(id);
    if (part === null || part.innerHTML === markup) {
      continue;
    }
    const wasAtEnd = part === talk && part.scrollHeight - part.scrollTop - part.clientHeight < nearEnd;
    part.innerHTML = markup;
    showTimes(part);
    if (wasAtEnd) {
      part.scrollTop = part.scrollHeight;
    }
  }
}

/** The server writes times of UTC, and knows no reader's clock and habits. */
function showTimes(part: HTMLElement): void {
  const today = new Date().toDateString();
  for (const time of part.querySelectorAll<HTMLTimeElement>("#talk time")) {
    const at = new Date(time.dateTime);
    const day = at.toDateString() === today ? {} : ({ day: "numeric", month: "short" } as const);
    time.textContent = at.toLocaleString([], { hour: "2-digit", minute: "2-digit", ...day });
    time.title = at.toLocaleString();
  }
}

if (talk !== null) {
  showTimes(talk);
  talk.scrollTop = talk.scrollHeight;
  const source = new EventSource(`/page/live${location.search}`);
  source.addEventListener("message", ({ data }: MessageEvent<string>) => {
    show(JSON.parse(data) as Parts);
  });
  source.addEventListener("open", () => status?.replaceChildren("live"));
  source.addEventListener("error", () => status?.replaceChildren("connecting again"));
}

const form = document.querySelector<HTMLFormElement>("form#say");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = form.elements.namedItem("text");
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(fieldsOf(form)) });
  const told = form.querySelector("output");
  if (answer.ok && field instanceof HTMLInputElement) {
    field.value = "";
    field.focus();
    // Whoever says something goes on from there.
    talk?.scrollTo(0, talk.scrollHeight);
    told?.replaceChildren("");
  } else {
    told?.replaceChildren("not sent");
  }
});

function fieldsOf(from: HTMLFormElement): [string, string][] {
  return [...new FormData(from)].map(([name, value]) => [name, String(value)]);
}
