// How people come in: a link by mail, which is shown instead where the server runs for development.
import {
  clearCookie,
  demandOwnOrigin,
  HttpProblem,
  type HttpRoute,
  json,
  setCookie,
  ulid,
} from "@x/core/service";
import { z } from "zod";
import { isoformat } from "../../../wire/isoformat.ts";
import { newToken, secretHash } from "../../engine/secrets.ts";
import { isRefusal } from "../../rules/model/refusal.ts";
import { findOwner, sessionCookie } from "../access.ts";
import { answerTo, type Surface } from "../context.ts";
import { refusalAnswer } from "../errors.ts";
import { textOf } from "../shapes.ts";
import { address } from "./mailbox.ts";

export function signInRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, engine, dev, log, strangers } = surface;
  const tag = "sign-in";
  return [
    doors.stranger({
      method: "POST",
      path: "/v1/auth/magic-link",
      doc: {
        operationId: "requestMagicLink",
        summary: "Asks for a sign-in link",
        tag,
        answers: {
          200: {
            description: "It was sent",
            schema: z.object({ sent: z.boolean(), expires_at: z.string(), dev_token: z.string().optional() }),
          },
        },
      },
      body: z.object({ email: address }),
      handle({ body, request }) {
        strangers?.asksFor(body.email);
        const token = newToken();
        return answerTo(
          surface,
          request,
          { type: "requestMagicLink", email: body.email, tokenHash: secretHash(token) },
          ({ expiresAtMs }) => {
            if (!dev) {
              // No mail leaves this machine: who runs the server reads the link in its log.
              log.info(
                { signIn: `${surface.signer.url}/dashboard/sign-in#${token}` },
                "a sign-in link was asked for",
              );
            }
            return json(200, {
              sent: true,
              expires_at: isoformat(expiresAtMs),
              ...(dev ? { dev_token: token } : {}),
            });
          },
        );
      },
    }),
    doors.everyone({
      method: "POST",
      path: "/v1/auth/verify",
      doc: {
        operationId: "verifyMagicLink",
        summary: "Turns a token from a link into a session",
        tag,
        answers: {
          200: {
            description: "Signed in; the session is in the cookie",
            schema: z.object({ user_id: z.string(), email: z.string(), workspace_id: z.string() }),
          },
        },
      },
      body: z.object({ token: textOf(1, 200) }),
      async handle({ body, request }) {
        const session = newToken();
        const reply = await engine.run({
          type: "verifyMagicLink",
          tokenHash: secretHash(body.token),
          userId: `usr_${ulid()}`,
          workspaceId: `wsp_${ulid()}`,
          sessionHash: secretHash(session),
        });
        if (isRefusal(reply)) {
          strangers?.fails(request);
          return refusalAnswer(reply, request.requestId);
        }
        const { userId, email, workspaceId } = reply.user;
        return json(
          200,
          { user_id: userId, email, workspace_id: workspaceId },
          { "set-cookie": setCookie(sessionCookie, session) },
        );
      },
    }),
    doors.everyone({
      method: "POST",
      path: "/v1/auth/logout",
      doc: {
        operationId: "logout",
        summary: "Ends the session",
        tag,
        answers: { 200: { description: "Signed out", schema: z.object({ signed_out: z.boolean() }) } },
      },
      async handle({ request }) {
        const owner = findOwner(engine, request);
        if (owner === undefined) {
          throw new HttpProblem(401, "no_session", "there is no session to end");
        }
        demandOwnOrigin(request);
        const reply = await engine.run({ type: "logout", sessionHash: owner.sessionHash });
        return isRefusal(reply)
          ? refusalAnswer(reply, request.requestId)
          : json(200, { signed_out: true }, { "set-cookie": clearCookie(sessionCookie) });
      },
    }),
  ];
}
