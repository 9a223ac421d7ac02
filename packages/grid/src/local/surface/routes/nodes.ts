// Nodes over REST: registration, presence, status, and search.
import { type JsonValue, toPlainJson } from "@x/core";
import { HttpProblem, type HttpRoute } from "@x/core/service";
import { namesOf } from "../../../wire/names.ts";
import { isNodeId } from "../../../wire/node-id.ts";
import type { Field, GridWireProfile, RestCall } from "../../../wire/profile.ts";
import { newClaimCode } from "../../engine/claim-code.ts";
import type { NodeView, SearchFilters } from "../../rules/model/commands.ts";
import type { Profile, Skill } from "../../rules/model/entities.ts";
import type { Demands } from "../access.ts";
import { ask, type Surface } from "../context.ts";
import { iso } from "../encode.ts";
import { badMember, refusalProblem } from "../errors.ts";
import { codePoints, type Fields, fieldsOf, isObject } from "../fields.ts";
import { type SignedCall, signedRoute } from "./signed-route.ts";

const availabilities = ["available", "busy", "do_not_disturb"] as const;

export function nodeRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, encode, engine, profile, names } = surface;
  const { rest } = names;
  const node = (view: NodeView) => encode.node(view, engine.now().wall);

  const byBody = (
    name: RestCall,
    demands: Demands,
    handle: (call: SignedCall) => Promise<unknown>,
  ): HttpRoute =>
    signedRoute(surface, name, profile.routes[name], (request) => doors.body(request, demands), handle);
  const own = { isOwn: true };

  return [
    signedRoute(
      surface,
      "register",
      profile.routes.register,
      (request) => doors.registration(request),
      async ({ caller, fields }) => {
        const { nodeId, publicKey = "" } = caller;
        return node(
          await ask(surface, caller, {
            type: "register",
            nodeId,
            publicKey,
            profile: readProfile(fields, profile),
          }),
        );
      },
      201,
    ),

    byBody("replaceNode", own, async ({ caller, fields }) => {
      const { nodeId } = caller;
      const publicKey = fields.optionalText("publicKey", { max: 200 }) ?? null;
      return node(
        await ask(surface, caller, {
          type: "replaceNode",
          nodeId,
          publicKey,
          profile: readProfile(fields, profile),
        }),
      );
    }),

    byBody("patchNode", own, async ({ caller, fields }) => {
      const changes = readChanges(fields, profile);
      return node(await ask(surface, caller, { type: "patchNode", nodeId: caller.nodeId, changes }));
    }),

    signedRoute(
      surface,
      "getNode",
      profile.routes.getNode,
      (request) => doors.query(request),
      async ({ caller, request }) => {
        const otherId = request.params.nodeId ?? "";
        if (!isNodeId(otherId)) {
          throw refusalProblem({ refused: "node_not_found", detail: "this is no id of a node" });
        }
        return node(await ask(surface, caller, { type: "getNode", nodeId: caller.nodeId, otherId }));
      },
    ),

    byBody("heartbeat", own, async ({ caller }) => {
      const { nowMs, onlineUntilMs } = await ask(surface, caller, {
        type: "heartbeat",
        nodeId: caller.nodeId,
      });
      return rest({ ok: true, serverTime: iso(nowMs), expiresAt: iso(onlineUntilMs) });
    }),

    byBody("generateClaimCode", own, async ({ caller }) => {
      const codes = [newClaimCode(), newClaimCode(), newClaimCode()];
      const { code, untilMs } = await ask(surface, caller, {
        type: "makeClaimCode",
        nodeId: caller.nodeId,
        codes,
      });
      return rest({ code, expiresAt: iso(untilMs) });
    }),

    byBody("status", own, async ({ caller }) => {
      const view = await ask(surface, caller, { type: "getOwnNode", nodeId: caller.nodeId });
      const { claim } = view.node;
      return {
        ...node(view),
        ...rest({
          claim: rest({
            isClaimed: claim !== null,
            claimedAt: claim === null ? null : iso(claim.atMs),
            owner: claim?.owner ?? null,
          }),
        }),
      };
    }),

    byBody("setStatus", own, async ({ caller, fields }) => {
      const status = fields.optionalChoice("status", availabilities);
      if (status === undefined) {
        throw badMember("status", `must be ${availabilities.join(" or ")}`);
      }
      return node(
        await ask(surface, caller, {
          type: "setStatus",
          nodeId: caller.nodeId,
          status,
          statusMessage: fields.optionalText("statusMessage", { max: 200 }) ?? null,
          activeTaskIds: fields.optionalTexts("activeTaskIds", { most: 100, max: 200 }) ?? [],
          summary: fields.optionalText("summary", { max: 2_000 }) ?? null,
        }),
      );
    }),

    byBody("search", { isClaimed: true }, async ({ caller, fields }) => {
      const query = fields.text("query", { max: 4_000 }).trim();
      const length = codePoints(query);
      if (length < 1 || length > 1_000) {
        throw badMember("query", "must be a text of 1 to 1000 characters");
      }
      const { hits } = await ask(surface, caller, {
        type: "search",
        nodeId: caller.nodeId,
        query,
        filters: readFilters(fields, profile),
        limit: fields.optionalWhole("limit", { min: 1, max: 100 }) ?? 10,
      });
      return rest({ results: hits.map(encode.hit) });
    }),
  ];
}

function readName(fields: Fields): string {
  const name = fields.text("name", { min: 1, max: 100 });
  if (name.trim() === "") {
    throw badMember("name", "must not be white space alone");
  }
  return name;
}

function readProfile(fields: Fields, profile: GridWireProfile): Profile {
  return {
    name: readName(fields),
    description: fields.optionalText("description", { max: 2_000 }) ?? "",
    skills: readSkills(fields, profile) ?? [],
    endpointUrl: readUrl(fields) ?? null,
    autonomous: fields.optionalFlag("autonomous") ?? false,
  };
}

function readSkills(fields: Fields, profile: GridWireProfile): readonly Skill[] | undefined {
  const given = fields.raw("skills");
  if (given === undefined) {
    return undefined;
  }
  if (!Array.isArray(given) || given.length > 50) {
    throw badMember("skills", "must be a list of at most 50 skills");
  }
  return given.map((item: JsonValue) => {
    if (!isObject(item)) {
      throw badMember("skills", "must be objects");
    }
    const skill = fieldsOf(item, namesOf(profile), "skills");
    const description = skill.optionalText("description", { max: 1_000 });
    return {
      ...(toPlainJson(item) as object),
      id: skill.text("id", { min: 1, max: 64 }),
      name: skill.text("name", { min: 1, max: 100 }),
      ...(description === undefined ? {} : { description }),
    };
  });
}

function readUrl(fields: Fields): string | undefined {
  const url = fields.optionalText("endpointUrl", { max: 2_048 });
  if (url === undefined) {
    return undefined;
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:") {
    throw fields.bad("endpointUrl", "must be a URL with http:// or https://");
  }
  return url;
}

const changeable: readonly Field[] = ["name", "description", "skills", "endpointUrl", "autonomous"];
const clearable: readonly Field[] = ["description", "endpointUrl"];

/** What a PATCH changes: nothing where it names anything else. */
function readChanges(fields: Fields, profile: GridWireProfile): Partial<Profile> {
  const { signed } = profile.fields;
  const named = new Set<string>(Object.values(signed));
  const known = new Map<Field, JsonValue>();
  for (const name of changeable) {
    const value = fields.raw(name);
    if (value !== undefined) {
      known.set(name, value);
    }
  }
  for (const member of Object.keys(fields.body)) {
    const isKnown = changeable.some((name) => fieldsOf({ [member]: true }, namesOf(profile)).has(name));
    if (!named.has(member) && !isKnown) {
      throw new HttpProblem(422, "unknown_field", `${member.slice(0, 100)} is nothing that PATCH changes`, {
        fields: { field: member.slice(0, 100) },
      });
    }
  }
  for (const [name, value] of known) {
    if (value === null && !clearable.includes(name)) {
      throw fields.bad(name, "cannot be null");
    }
  }
  const skills = readSkills(fields, profile);
  const autonomous = fields.optionalFlag("autonomous");
  return {
    ...(known.has("name") ? { name: readName(fields) } : {}),
    ...(known.has("description")
      ? { description: fields.optionalText("description", { max: 2_000 }) ?? "" }
      : {}),
    ...(skills === undefined ? {} : { skills }),
    ...(known.has("endpointUrl") ? { endpointUrl: readUrl(fields) ?? null } : {}),
    ...(autonomous === undefined ? {} : { autonomous }),
  };
}

const filterNames: readonly Field[] = ["onlineOnly", "gridId", "skillIds", "minReputation", "status"];

function readFilters(fields: Fields, profile: GridWireProfile): SearchFilters {
  const given = fields.optionalObject("filters") ?? {};
  const filters = fieldsOf(given, namesOf(profile));
  for (const member of Object.keys(given)) {
    if (!filterNames.some((name) => fieldsOf({ [member]: true }, namesOf(profile)).has(name))) {
      throw badMember("filters", `has no member ${member.slice(0, 100)}`);
    }
  }
  return {
    onlineOnly: filters.optionalFlag("onlineOnly") ?? false,
    gridId: filters.optionalText("gridId", { max: 200 }) ?? null,
    skillIds: filters.optionalTexts("skillIds", { most: 50, max: 64 }) ?? null,
    minReputation: filters.optionalNumber("minReputation") ?? null,
    status: filters.optionalChoice("status", availabilities) ?? null,
  };
}
