// Keeps the page up to date over server-sent events, says so when it cannot, and goes on by itself when it can again.
import { morph } from "./morph.ts";

/** What an event of the server tells; `Update` in service/http/pages/live.ts. */
interface Update {
  readonly version: string;
  readonly regions: Readonly<Record<string, string>>;
}

/** The connection of this page to its server. */
export interface Live {
  /** Shows what the page's address says now: after it was changed. */
  refresh(): void;
  /** Stops showing what is new, or goes on. */
  togglePause(): void;
}

/** The server sends something each second; a rendering may take its time. */
const silenceMs = 6_000;
const firstRetryMs = 500;
const longestRetryMs = 5_000;

/** Starts to follow. */
export function startLive(): Live {
  const said = element("live");
  const trouble = element("trouble");
  const pauseButton = element("pause");
  const { version } = document.body.dataset;
  let source: EventSource | undefined;
  let timer: number | undefined;
  let retryMs = firstRetryMs;
  let paused = false;
  let asOf = new Date();

  const say = (word: string, tone: string): void => {
    // Only when it is another: screen readers read out what changes here.
    if (said.textContent !== word) {
      said.textContent = word;
    }
    said.className = tone;
  };
  const warn = (text: string | undefined): void => {
    trouble.hidden = text === undefined;
    if (text !== undefined && trouble.textContent !== text) {
      trouble.textContent = text;
    }
    document.body.classList.toggle("stale", text !== undefined);
  };
  const disconnect = (): void => {
    source?.close();
    source = undefined;
    window.clearTimeout(timer);
  };
  const wait = (ms: number, then: () => void): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(then, ms);
  };

  const lost = (): void => {
    disconnect();
    say("not live", "bad");
    warn(
      `The server does not answer. This is what it last said, at ${asOf.toLocaleTimeString()}; the page goes on by itself when the server is back.`,
    );
    wait(retryMs, connect);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  };

  const show = ({ version: newest, regions }: Update): void => {
    for (const [id, markup] of Object.entries(regions)) {
      const region = document.getElementById(id);
      if (region !== null) {
        morph(region, markup);
      }
    }
    asOf = new Date();
    retryMs = firstRetryMs;
    warn(
      newest === version
        ? undefined
        : "The server was replaced by one of another version: reload this page when it suits you.",
    );
  };

  function connect(): void {
    disconnect();
    // The page's own path and query, so that the server renders what the address bar says.
    source = new EventSource(`/_/live${window.location.pathname}${window.location.search}`);
    source.addEventListener("update", (event: MessageEvent<string>) => {
      show(JSON.parse(event.data));
      if (paused) {
        rest();
      } else {
        say("live", "good");
        wait(silenceMs, lost);
      }
    });
    source.addEventListener("error", lost);
    wait(silenceMs, lost);
  }

  const rest = (): void => {
    disconnect();
    say(`paused at ${asOf.toLocaleTimeString()}`, "warn");
  };

  const togglePause = (): void => {
    paused = !paused;
    pauseButton.setAttribute("aria-pressed", String(paused));
    pauseButton.textContent = paused ? "Go on" : "Pause";
    if (paused) {
      rest();
    } else {
      connect();
    }
  };

  // A page that nobody sees costs the server nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      disconnect();
    } else if (!paused) {
      connect();
    }
  });
  pauseButton.hidden = false;
  pauseButton.addEventListener("click", togglePause);
  say("connecting", "quiet");
  connect();
  return { refresh: connect, togglePause };
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`the page has no #${id}`);
  }
  return found;
}
