// What operators do over JSON: claims, grids and their members, reputations, schedules in an agent's name.
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@x/core";
import { type Answer, defineRoute, HttpProblem, type HttpRoute, writtenJson } from "@x/core/service";
import type { RestCall } from "../../../wire/profile.ts";
import { readClaimCode } from "../../engine/claim-code.ts";
import type { CommandOf, NodeView } from "../../rules/model/commands.ts";
import { ask, type Surface } from "../context.ts";
import { badMember } from "../errors.ts";
import { type Fields, fieldsOf, isObject } from "../fields.ts";
import type { Humans } from "../humans.ts";
import { creation } from "./schedule-methods.ts";
import { answer, routeDoc, wireLimits } from "./signed-route.ts";

interface AdminCall {
  readonly fields: Fields;
  readonly params: Readonly<Record<string, string>>;
}

export function adminRoutes(surface: Surface, humans: Humans): readonly HttpRoute[] {
  const { encode, engine, names, profile } = surface;
  const { rest } = names;
  const node = (view: NodeView) => encode.node(view, engine.now().wall);

  const route = (name: RestCall, handle: (call: AdminCall) => Promise<unknown>, status = 200): HttpRoute => {
    const { method, path } = profile.routes[name];
    const { acceptsType, ...limits } = wireLimits;
    const hasBody = method === "POST";
    return defineRoute({
      ...limits,
      ...(hasBody ? { acceptsType } : {}),
      method,
      path,
      doc: routeDoc(name, name),
      admit: (request) => humans.admit(request),
      async handle({ request }): Promise<Answer> {
        // What needs no members needs no body.
        const isEmpty = !hasBody || (await request.body.text()) === "";
        const value = isEmpty ? {} : (await writtenJson().read(request)).value;
        if (!isObject(value)) {
          throw new HttpProblem(400, "malformed_json", "the body must be a JSON object");
        }
        const body: JsonObject = value;
        return answer(status, await handle({ fields: fieldsOf(body, names), params: request.params }));
      },
    });
  };

  return [
    route("adminClaim", async ({ fields }) => node(await claimed(surface, humans, claimOf(fields)))),
    route("adminNodes", async () => {
      const { nodes } = await ask(surface, undefined, { type: "listNodes" });
      return rest({ nodes: nodes.map(node) });
    }),
    route("adminUnclaim", async ({ params: { nodeId = "" } }) =>
      node(await ask(surface, undefined, { type: "unclaim", nodeId })),
    ),
    route("adminReputation", async ({ fields, params: { nodeId = "" } }) => {
      if (!fields.has("value")) {
        throw badMember("value", "must be a number, or null");
      }
      const value = fields.optionalNumber("value") ?? null;
      return node(await ask(surface, undefined, { type: "setReputation", nodeId, value }));
    }),
    route(
      "adminSchedule",
      async ({ fields, params: { nodeId = "" } }) => {
        const command = creation(fields, nodeId, "owner");
        return encode.schedule((await ask(surface, undefined, command)).schedule);
      },
      201,
    ),
    route("adminGrids", async () => {
      const { grids } = await ask(surface, undefined, { type: "listGrids" });
      return { grids: grids.map(encode.gridView) };
    }),
    route(
      "adminCreateGrid",
      async ({ fields }) => {
        const name = fields.text("name", { min: 1, max: 100 });
        const gridId = randomUUID();
        const { grid } = await ask(surface, undefined, { type: "createGrid", gridId, name });
        return encode.grid(grid);
      },
      201,
    ),
    route("adminAddMember", async ({ fields, params: { gridId = "" } }) => {
      const nodeId = fields.text("nodeId", { max: 128 });
      return encode.gridView(await ask(surface, undefined, { type: "addMember", gridId, nodeId }));
    }),
    route("adminRemoveMember", async ({ params: { gridId = "", nodeId = "" } }) =>
      encode.gridView(await ask(surface, undefined, { type: "removeMember", gridId, nodeId })),
    ),
  ];
}

type Claim = Omit<CommandOf<"claim">, "type">;

function claimOf(fields: Fields): Claim {
  return {
    code: readClaimCode(fields.text("code", { max: 100 })),
    owner: fields.optionalText("owner", { max: 200 }) ?? null,
    joinPublic: fields.optionalFlag("joinPublic") ?? true,
    gridIds: fields.optionalTexts("gridIds", { most: 100, max: 200 }) ?? [],
  };
}

/** Claims a node by its code; wrong codes are counted. */
export async function claimed(surface: Surface, humans: Humans, claim: Claim): Promise<NodeView> {
  humans.beforeCode();
  try {
    return await ask(surface, undefined, { type: "claim", ...claim });
  } catch (error) {
    if (error instanceof HttpProblem && (error.status === 404 || error.status === 410)) {
      humans.afterWrongCode();
    }
    throw error;
  }
}
