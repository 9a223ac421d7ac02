// Schedules over REST, for clients that know them so.
import type { JsonObject } from "@x/core";
import type { HttpRoute } from "@x/core/service";
import type { RestCall } from "../../../wire/profile.ts";
import type { Surface } from "../context.ts";
import { fieldsOf } from "../fields.ts";
import { allMethods } from "./rpc.ts";
import { signedRoute } from "./signed-route.ts";

const calls = [
  "createSchedule",
  "listSchedules",
  "getSchedule",
  "updateSchedule",
  "deleteSchedule",
] as const satisfies RestCall[];

export function scheduleRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors, names, profile } = surface;
  const methods = allMethods(surface);
  return calls.map((name) => {
    const { method } = profile.routes[name];
    const isClaimed = name !== "listSchedules" && name !== "getSchedule";
    return signedRoute(
      surface,
      name,
      profile.routes[name],
      // What has no body is signed over its query.
      (request) =>
        method === "GET" || (method === "DELETE" && Object.keys(request.query).length > 0)
          ? doors.query(request, { isClaimed })
          : doors.body(request, { isClaimed }),
      ({ caller, request }) => {
        const { scheduleId } = request.params;
        const body: JsonObject =
          scheduleId === undefined ? caller.payload : { ...caller.payload, scheduleId };
        return methods[name]({ caller, fields: fieldsOf(body, names), pathNodeId: caller.nodeId });
      },
      name === "createSchedule" ? 201 : 200,
    );
  });
}
