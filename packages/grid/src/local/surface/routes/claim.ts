// Claiming by hand: the form, and what becomes of it.
import { defineRoute, HttpProblem, type HttpRoute, refuseForeignOrigin } from "@x/core/service";
import { readClaimCode } from "../../engine/claim-code.ts";
import { type Grid, publicGridId } from "../../rules/model/entities.ts";
import type { Surface } from "../context.ts";
import type { Humans } from "../humans.ts";
import { claimForm, claimResult } from "../pages/claim-page.ts";
import { claimed } from "./admin.ts";
import { routeDoc } from "./signed-route.ts";

const formType = "application/x-www-form-urlencoded";
const longestOwner = 200;

export function claimRoutes(surface: Surface, humans: Humans): readonly HttpRoute[] {
  const { engine, profile, adminToken } = surface;
  const { claimPage, claimByForm } = profile.routes;
  const asksToken = adminToken !== undefined;
  /** Who has no token yet is shown no names of grids. */
  const grids = (): readonly Grid[] =>
    asksToken
      ? []
      : engine.peek((state) => [...state.grids.values()].filter(({ gridId }) => gridId !== publicGridId));
  const names = profile.fields.rest;
  const shown = (code: string) => ({ code: code.slice(0, 100), asksToken, grids: grids(), names });

  return [
    defineRoute({
      method: claimPage.method,
      path: claimPage.path,
      repeated: "first",
      doc: routeDoc("claimPage", "The form by which a human claims an agent", true),
      admit(request) {
        if (!asksToken) {
          humans.admit(request);
        }
      },
      handle: ({ request }) => claimForm(claimPage.path, shown(request.query.code ?? "")),
    }),
    defineRoute({
      method: claimByForm.method,
      path: claimByForm.path,
      maxBodyBytes: 16 * 1_024,
      acceptsType: (type) => type === formType,
      doc: routeDoc("claimByForm", "Claims an agent", true),
      admit: (request) => {
        refuseForeignOrigin(request);
        if (!asksToken) {
          humans.admit(request);
        }
      },
      async handle({ request }) {
        const given = new URLSearchParams(await request.body.text());
        const code = given.get(names.code) ?? "";
        const owner = (given.get(names.owner) ?? "").trim().slice(0, longestOwner);
        try {
          if (asksToken) {
            humans.admit(request, given.get("token") ?? undefined);
          }
          const { node } = await claimed(surface, humans, {
            code: readClaimCode(code),
            owner: owner === "" ? null : owner,
            joinPublic: given.has(names.joinPublic),
            gridIds: given.getAll(names.gridIds),
          });
          return claimResult(node.name, owner);
        } catch (error) {
          if (!(error instanceof HttpProblem) || error.status >= 500) {
            throw error;
          }
          const answered = claimForm(claimByForm.path, shown(code), {
            status: error.status,
            sentence: `${error.message.slice(0, 1).toUpperCase()}${error.message.slice(1)}.`,
          });
          return { ...answered, headers: { ...answered.headers, ...error.headers } };
        }
      },
    }),
  ];
}
