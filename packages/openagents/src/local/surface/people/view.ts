// What people see: channels and talks, who is here and whether they listen, and what was said where they look.
import { ago, html, type Markup, measured, type Now } from "@x/core/service";
import { agentOfOnm, onmAgent, onmChannel } from "../../../wire/onm.ts";
import { pictureOf } from "../../../wire/reactions.ts";
import { conversationsOf, reactionsOf } from "../../rules/messaging/histories.ts";
import {
  channelLane,
  directLane,
  filesOfMessage,
  speakerOf,
  textOfMessage,
} from "../../rules/messaging/messages.ts";
import type { FileFacts, Message } from "../../rules/model/entities.ts";
import { homeOf, type State, type Workspace } from "../../rules/model/state.ts";
import { baseName } from "../../rules/workspaces/files.ts";
import { fetchState } from "../pages/fetch-state.ts";
import { inhabitantsOf } from "../workspace/encode.ts";
import type { Person } from "./sessions.ts";

/** Where somebody looks: a channel, or what two say to each other. */
export type Place =
  | { readonly kind: "channel"; readonly name: string }
  | { readonly kind: "talk"; readonly a: string; readonly b: string };

/** The parts of the page by their ids. */
export type Parts = Readonly<Record<"places" | "talk" | "here", Markup>>;

/** So many of the newest messages are shown. */
const mostShown = 200;
/** And so many talks and files are listed, the newest first. */
const mostListed = 50;

/** The place that an address names; the first channel where it names none. */
export function placeOf(state: State, query: Readonly<Record<string, string>>): Place {
  const { channel, a, b } = query;
  if (a !== undefined && b !== undefined) {
    return { kind: "talk", a, b };
  }
  const [first = "general"] = homeOf(state).channels.keys();
  return { kind: "channel", name: channel ?? first };
}

export function partsOf(state: State, person: Person, place: Place, now: Now): Parts {
  const home = homeOf(state);
  return {
    places: placesOf(home, place),
    talk: talkOf(home, place),
    here: hereOf(state, home, person, now),
  };
}

export const talkLink = (a: string, b: string): string =>
  `/?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;

const marked = (isHere: boolean): Markup => (isHere ? html` aria-current="page"` : html``);

function placesOf(home: Workspace, place: Place): Markup {
  const channels = [...home.channels.keys()].map(
    (name) =>
      html`<li><a href="/?channel=${encodeURIComponent(name)}"${marked(
        place.kind === "channel" && place.name === name,
      )}>#${name}</a> <small class="quiet">${home.lanes.get(channelLane(name))?.length ?? 0}</small></li>`,
  );
  const talks = conversationsOf(home)
    .sort((x, y) => y.last.seq - x.last.seq)
    .slice(0, mostListed)
    .map(
      ({ agents: [a, b], count }) =>
        html`<li><a href="${talkLink(a, b)}"${marked(
          place.kind === "talk" && directLane(place.a, place.b) === directLane(a, b),
        )}>${a} · ${b}</a> <small class="quiet">${count}</small></li>`,
    );
  const files = [...home.files.values()]
    .slice(-mostListed)
    .reverse()
    .map((file) => html`<li>${fileLink(file)}</li>`);
  return html`<h2>Channels</h2><ul>${channels}</ul>${listOf("Direct", talks)}${listOf("Files", files)}`;
}

/** Nothing where there is nothing. */
const listOf = (title: string, rows: readonly Markup[]): Markup =>
  rows.length === 0 ? html`` : html`<h2>${title}</h2><ul>${rows}</ul>`;

function talkOf(home: Workspace, place: Place): Markup {
  const lane = home.lanes.get(
    place.kind === "channel" ? channelLane(place.name) : directLane(place.a, place.b),
  );
  const messages = lane?.slice(Math.max(0, lane.length - mostShown)) ?? [];
  return messages.length === 0
    ? html`<p class="quiet">Nothing was said here yet.</p>`
    : html`<ul>${messages.map((message) => rowOf(home, message))}</ul>`;
}

function rowOf(home: Workspace, message: Message): Markup {
  const at = new Date(message.atMs).toISOString();
  const reactions = Object.entries(reactionsOf(home, message.id)).map(
    ([type, count]) => html` <small class="reaction" title="${type}">${pictureOf(type)} ${count}</small>`,
  );
  return html`<li class="${message.replyTo === null ? "" : "reply"}"><strong>${speakerOf(message)}</strong> <time datetime="${at}" class="quiet">${at.slice(11, 16)}</time> ${textOfMessage(message)}${filesOfMessage(home, message).map((file) => html` ${fileLink(file)}`)}${reactions}</li>`;
}

/** A name that leads to the bytes, and how many they are. */
function fileLink({ id, filename, size }: FileFacts): Markup {
  return html`<a class="file" href="/page/files/${encodeURIComponent(id)}" download>${baseName(filename)}</a> <small class="quiet">${sizeText(size)}</small>`;
}

function sizeText(bytes: number): string {
  return bytes < 1_000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${measured(bytes / 1_000)} kB`
      : `${measured(bytes / 1_000_000)} MB`;
}

function hereOf(state: State, home: Workspace, { address }: Person, now: Now): Markup {
  const rows = inhabitantsOf(state, home, now).map(
    (one) =>
      html`<li><a href="${talkLink(address, one.name)}">${one.name}</a> ${fetchState(one, now.wall)}${
        one.fetchedMs === undefined || one.fetchedMs === null
          ? html``
          : html` <small class="quiet">${ago(one.fetchedMs, now.wall)}</small>`
      }</li>`,
  );
  return html`<h2>Here</h2>${rows.length === 0 ? html`<p class="quiet">Nobody yet.</p>` : html`<ul>${rows}</ul>`}`;
}

/** A channel, two who talk, or whom one talks with. */
function titleOf(place: Place, { address }: Person): string {
  if (place.kind === "channel") {
    return `#${place.name}`;
  }
  const others = [place.a, place.b].filter((each) => each !== address);
  return others.length === 0 ? address : others.join(" · ");
}

/** Whether somebody can say something here: in channels, and to whom they talk with. */
function receiverOf(place: Place, { address }: Person): string | undefined {
  if (place.kind === "channel") {
    return onmChannel(place.name);
  }
  const other = place.a === address ? place.b : place.b === address ? place.a : undefined;
  return other === undefined ? undefined : onmAgent(agentOfOnm(other));
}

function documentOf(title: string, bodyClass: string, body: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="/page/palette.css">
<link rel="stylesheet" href="/page/people.css">
<script src="/page/app.js" type="module"></script>
</head>
<body class="${bodyClass}">
${body}
</body>
</html>
`.markup;
}

export function signInPage(networkName: string, isWrong: boolean): string {
  return documentOf(
    networkName,
    "",
    html`<main class="sign-in"><h1>${networkName}</h1>
<form method="post" action="/page/sign-in">
<label>Your name <input name="name" required maxlength="50" autocomplete="nickname" autofocus></label>
<label>Token of the workspace <input name="token" type="password" required autocomplete="current-password"></label>
<button>Come in</button> <output>${isWrong ? "This is not the token, or no name." : ""}</output>
</form></main>`,
  );
}

export function peoplePage(networkName: string, person: Person, place: Place, parts: Parts): string {
  const title = titleOf(place, person);
  const target = receiverOf(place, person);
  return documentOf(
    `${title} · ${networkName}`,
    "people",
    html`<header><h1>${title}</h1><output id="live" class="quiet"></output><form method="post" action="/page/sign-out"><button>Sign out ${person.address.replace("human:", "")}</button></form></header>
<nav id="places" aria-label="Channels and talks">${parts.places}</nav>
<main id="talk" tabindex="-1" aria-live="polite">${parts.talk}</main>
<aside id="here" aria-label="Who is here">${parts.here}</aside>
${
  target === undefined
    ? html`<form id="say"><p class="quiet">You read along.</p></form>`
    : html`<form id="say" method="post" action="/page/say"><input type="hidden" name="target" value="${target}"><input name="text" required maxlength="10000" aria-label="Message" placeholder="Message ${title}" autocomplete="off"><button>Send</button><output></output></form>`
}`,
  );
}
