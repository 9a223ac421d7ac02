// The people's page in the browser: takes what the server has rendered anew, and leaves alone what somebody is writing.

/** A part of the page by its id, as markup of this server. */
type Parts = Readonly<Record<string, string>>;

const status = document.querySelector("#live");

/** How near to its end a list must be to stay there, in pixels. */
const nearEnd = 80;

function show(parts: Parts): void {
  for (const [id, markup] of Object.entries(parts)) {
    const part = document.getElementById(id);
    if (part === null || part.innerHTML === markup) {
      continue;
    }
    const wasAtEnd = part.scrollHeight - part.scrollTop - part.clientHeight < nearEnd;
    part.innerHTML = markup;
    if (wasAtEnd) {
      part.scrollTop = part.scrollHeight;
    }
  }
}

const talk = document.getElementById("talk");
if (talk !== null) {
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
    told?.replaceChildren("");
  } else {
    told?.replaceChildren("not sent");
  }
});

function fieldsOf(from: HTMLFormElement): [string, string][] {
  return [...new FormData(from)].map(([name, value]) => [name, String(value)]);
}
