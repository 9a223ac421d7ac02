// JSON-RPC: one route for all calls of tasks, rooms and schedules.
import type { JsonObject } from "@x/core";
import { type HttpRoute, jsonRpc, type RpcMethod, rpcMethod, writtenResult } from "@x/core/service";
import type { RpcCall } from "../../../wire/profile.ts";
import type { Caller } from "../access.ts";
import type { Surface } from "../context.ts";
import { writeJson } from "../encode.ts";
import { refusalProblem, rpcTelling } from "../errors.ts";
import { fieldsOf } from "../fields.ts";
import type { Methods } from "./methods.ts";
import { roomMethods } from "./room-methods.ts";
import { scheduleMethods } from "./schedule-methods.ts";
import { routeDoc, wireLimits } from "./signed-route.ts";
import { taskMethods } from "./task-methods.ts";

export const allMethods = (surface: Surface): Methods => ({
  ...taskMethods(surface),
  ...roomMethods(surface),
  ...scheduleMethods(surface),
});

export function rpcRoute(surface: Surface): HttpRoute {
  const { doors, engine, names, profile } = surface;
  const methods = allMethods(surface);
  const { codes, failure } = rpcTelling(profile);

  const served = (call: RpcCall): RpcMethod<Caller> =>
    rpcMethod({
      async handle({ caller, envelope, request }) {
        const pathNodeId = request.params.nodeId ?? "";
        if (!engine.peek(({ nodes }) => nodes.has(pathNodeId))) {
          throw refusalProblem({ refused: "node_not_found", detail: "the path names no node" });
        }
        const fields = fieldsOf(envelope.params as JsonObject, names);
        return writtenResult(writeJson(await methods[call]({ caller, fields, pathNodeId })));
      },
    });

  const calls = Object.entries(profile.rpcMethods) as [RpcCall, string][];
  return jsonRpc<Caller>({
    ...wireLimits,
    path: profile.routes.rpc.path,
    doc: routeDoc("rpc", "JSON-RPC 2.0: tasks, rooms, schedules"),
    admit: (request, envelope) => doors.rpc(request, envelope),
    methods: Object.fromEntries(calls.map(([call, name]) => [name, served(call)])),
    codes,
    failure,
  });
}
