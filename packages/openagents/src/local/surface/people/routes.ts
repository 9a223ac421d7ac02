// The page for people on the server's own port, behind the token of the workspace: read along live, see who is here, say something.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { packageFile } from "@x/core";
import {
  clearCookie,
  defineRoute,
  empty,
  events,
  fileRoute,
  form,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  page,
  paletteStyles,
  refuseForeignOrigin,
  type SseEvent,
  setCookie,
} from "@x/core/service";
import { z } from "zod";
import { onmTypes } from "../../../wire/names.ts";
import { agentOfOnm, channelOfOnm } from "../../../wire/onm.ts";
import { findFile } from "../../rules/workspaces/files.ts";
import { isMemberName } from "../../rules/workspaces/members.ts";
import { hashOf, type Surface } from "../context.ts";
import { fileAnswer } from "../stored-files.ts";
import { ask } from "../workspace/envelope.ts";
import { createSessions, type Person } from "./sessions.ts";
import { type Parts, type Place, partsOf, peoplePage, placeOf, signInPage, talkLink } from "./view.ts";

const cookie = "x-openagents";

/** A reader is shown what has changed at most so often, and that somebody stopped listening at least so often, in milliseconds. */
const shortestMs = 300;
const longestMs = 5_000;

/** A built file, also where a test runs the sources: a browser needs JavaScript. In somebody else's bundle there are none. */
function built(name: string): string {
  const file = packageFile("@x/openagents", `dist/browser/${name}`, import.meta.url);
  return file === undefined ? "" : readFileSync(file, "utf8");
}

export function peopleRoutes(surface: Surface): readonly HttpRoute[] {
  const { engine, rules, metrics } = surface;
  const sessions = createSessions();
  const doc = (operationId: string, summary: string) => ({ operationId, summary, answers: {}, hidden: true });
  const personOf = (request: HttpRequest): Person | undefined => {
    const person = sessions.find(request.cookie(cookie));
    const isIn = engine.peek(({ tokens, homeId }) => tokens.get(person?.tokenHash ?? "") === homeId);
    return isIn ? person : undefined;
  };
  /** @throws {HttpProblem} 401, 403 */
  const demanded = (request: HttpRequest): Person => {
    refuseForeignOrigin(request);
    const person = personOf(request);
    if (person === undefined) {
      throw new HttpProblem(401, "signed_out", "Sign in first");
    }
    return person;
  };
  return [
    defineRoute({
      method: "GET",
      path: "/",
      doc: doc("people", "What is said, for people"),
      admit: personOf,
      handle({ caller: person, request }) {
        if (person === undefined) {
          return page(200, signInPage(rules.networkName, request.query.wrong !== undefined));
        }
        return engine.peek((state, now) => {
          const place = placeOf(state, request.query);
          return page(200, peoplePage(rules.networkName, person, place, partsOf(state, person, place, now)));
        });
      },
    }),

    defineRoute({
      method: "POST",
      path: "/page/sign-in",
      doc: doc("signIn", "Come in"),
      admit: refuseForeignOrigin,
      body: form(z.object({ name: z.string(), token: z.string() })),
      handle({ body }) {
        const name = body.name.trim();
        const tokenHash = hashOf(body.token.trim());
        const isIn = engine.peek(({ tokens, homeId }) => tokens.get(tokenHash) === homeId);
        if (!isIn || !isMemberName(name)) {
          metrics.countAuthFailure();
          return empty(303, { location: "/?wrong" });
        }
        const id = sessions.open({ address: `human:${name}`, tokenHash });
        return empty(303, { location: "/", "set-cookie": setCookie(cookie, id) });
      },
    }),

    defineRoute({
      method: "POST",
      path: "/page/sign-out",
      doc: doc("signOut", "Leave"),
      admit: refuseForeignOrigin,
      handle({ request }) {
        sessions.end(request.cookie(cookie));
        return empty(303, { location: "/", "set-cookie": clearCookie(cookie) });
      },
    }),

    defineRoute({
      method: "POST",
      path: "/page/say",
      doc: doc("say", "Say something"),
      admit: demanded,
      body: form(
        z.object({ target: z.string().min(1).max(300), text: z.string().trim().min(1).max(10_000) }),
      ),
      async handle({ caller: { address, tokenHash }, body: { target, text } }) {
        const payload = { content: text, message_type: "chat", sender_type: "human" };
        await ask(surface, {
          type: "post",
          network: rules.workspaceSlug,
          tokenHash,
          onmType: onmTypes.message,
          source: address,
          target,
          payload,
          payloadText: JSON.stringify(payload),
          metadataText: "{}",
          visibility: channelOfOnm(target) === undefined ? "direct" : "channel",
          sessionHash: null,
        });
        return empty(303, { location: backTo(target, address) });
      },
    }),

    defineRoute({
      method: "GET",
      path: "/page/live",
      doc: doc("live", "What has changed on the page"),
      admit: demanded,
      handle({ caller, request }) {
        const place = engine.peek((state) => placeOf(state, request.query));
        return events({ open: (signal) => changes(surface, caller, place, signal) });
      },
    }),

    defineRoute({
      method: "GET",
      path: "/page/files/{id}",
      doc: doc("keepFile", "A file, to keep"),
      admit: demanded,
      params: z.object({ id: z.string() }),
      handle({ caller: { tokenHash }, params }) {
        const found = engine.peek((state) => findFile(state, { tokenHash, fileId: params.id }));
        if ("refused" in found) {
          throw new HttpProblem(404, "not_found", "File not found");
        }
        return fileAnswer(surface, found.file);
      },
    }),

    fileRoute("/page/app.js", "text/javascript; charset=utf-8", built("app.js")),
    fileRoute("/page/people.css", "text/css; charset=utf-8", built("people.css")),
    fileRoute("/page/palette.css", "text/css; charset=utf-8", paletteStyles()),
  ];
}

/** Where somebody was who runs no scripts. */
function backTo(target: string, address: string): string {
  const channel = channelOfOnm(target);
  return channel === undefined
    ? talkLink(address, agentOfOnm(target))
    : `/?channel=${encodeURIComponent(channel)}`;
}

/** The parts of a page that have changed, as often as anything happens. */
async function* changes(
  { engine }: Surface,
  person: Person,
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<SseEvent, void> {
  const shown = new Map<string, string>();
  while (!signal.aborted) {
    const seen = engine.logged.last;
    const parts: Parts = engine.peek((state, now) => partsOf(state, person, place, now));
    const changed = Object.entries(parts).flatMap(([id, { markup }]) =>
      shown.get(id) === markup ? [] : [[id, markup] as const],
    );
    for (const [id, markup] of changed) {
      shown.set(id, markup);
    }
    if (changed.length > 0) {
      yield { data: JSON.stringify(Object.fromEntries(changed)) };
    }
    // A pause between two looks, and then the next thing that happens.
    await pause(shortestMs, undefined, { signal, ref: false });
    await engine.logged.wait(seen, { withinMs: longestMs, signal });
  }
}
