// The JSON-RPC binding: 1.0, and the names of 0.3, translated at the edge.
import { toPlainJson } from "@x/core";
import {
  type HttpRequest,
  type HttpRoute,
  jsonRpc,
  type RpcMethod,
  rpcMethod,
  rpcStream,
  type SseEvent,
  type UncheckedCall,
  writtenResult,
} from "@x/core/service";
import { facePath, headers, isA2AMethod, routes } from "../../../wire/a2a/names.ts";
import type { StreamResponse } from "../../../wire/a2a/objects.ts";
import {
  eventTo03,
  oldMethods,
  paramsFrom03,
  pushTo03,
  type SharedMethod,
  taskTo03,
} from "../../../wire/a2a/v03.ts";
import { type A2AVersion, type AskedVersion, readVersion } from "../../../wire/a2a/versions.ts";
import type { Face, FaceCaller } from "./face.ts";
import { type FaceMethods, faceMethods, type StreamMethod, type UnaryMethod } from "./methods.ts";
import { FaceProblem, rpcFailure } from "./problems.ts";
import { routeLimits, takesType } from "./route-limits.ts";

/** The version that a request names, in its header or its query. @throws {FaceProblem} for one that nobody speaks here */
export function versionOf(request: HttpRequest): Exclude<AskedVersion, object> {
  const asked = readVersion(request.header(headers.version) ?? request.query["A2A-Version"]);
  if (typeof asked === "object") {
    const metadata = { requested: asked.unknown, supported: "0.3,1.0" };
    throw new FaceProblem({ name: "VERSION_NOT_SUPPORTED", metadata });
  }
  return asked;
}

/** The binding at the face's own address. */
export function faceRpcRoutes(face: Face): readonly HttpRoute[] {
  const methods = faceMethods(face);
  const all = { ...newMethods(methods), ...translatedMethods(methods) };
  const admit = (request: HttpRequest, { method }: { readonly method: string }): FaceCaller => {
    const asked = versionOf(request);
    const named: A2AVersion = method.includes("/") ? "0.3" : "1.0";
    if (asked !== "none" && asked !== named) {
      throw new FaceProblem({
        name: "METHOD_NOT_FOUND",
        message: `There is no method ${method.slice(0, 100)} in ${asked}`,
      });
    }
    return { request, version: named };
  };
  return [facePath, `${facePath}/`].map((path) => rpcRoute(path, all, admit));
}

/** The same methods at the agent's own address, where the dialect lives: the name decides, whatever the version says. */
export function rootRpcRoute(face: Face): HttpRoute {
  return rpcRoute("/", newMethods(faceMethods(face)), (request) => ({ request, version: "1.0" }));
}

function rpcRoute(
  path: string,
  methods: Readonly<Record<string, RpcMethod<FaceCaller>>>,
  admit: (request: HttpRequest, call: { readonly method: string }) => FaceCaller,
): HttpRoute {
  return jsonRpc<FaceCaller>({
    ...routeLimits,
    acceptsType: takesType,
    path,
    doc: { operationId: `a2a${path.replaceAll("/", "-")}`, summary: "A2A by JSON-RPC 2.0", answers: {} },
    admit,
    methods,
    withoutId: "null",
    failure: rpcFailure,
  });
}

function newMethods(methods: FaceMethods): Readonly<Record<string, RpcMethod<FaceCaller>>> {
  const same = <Value>(value: Value): Value => value;
  return Object.fromEntries(
    Object.keys(routes)
      .filter(isA2AMethod)
      .map((name) => [name, methods[name]] as const)
      .map(([name, method]) => [
        name,
        method.kind === "unary" ? unary(method, same, same) : stream(method, same, undefined),
      ]),
  );
}

function translatedMethods(methods: FaceMethods): Readonly<Record<string, RpcMethod<FaceCaller>>> {
  const from = (name: SharedMethod) => (params: unknown) => paramsFrom03(name, params);
  const of: Readonly<Record<SharedMethod, RpcMethod<FaceCaller>>> = {
    SendMessage: unary(methods.SendMessage, from("SendMessage"), eventTo03),
    SendStreamingMessage: stream(methods.SendStreamingMessage, from("SendStreamingMessage"), eventTo03),
    SubscribeToTask: stream(methods.SubscribeToTask, from("SubscribeToTask"), eventTo03),
    GetTask: unary(methods.GetTask, from("GetTask"), taskTo03),
    CancelTask: unary(methods.CancelTask, from("CancelTask"), taskTo03),
    CreateTaskPushNotificationConfig: unary(
      methods.CreateTaskPushNotificationConfig,
      from("CreateTaskPushNotificationConfig"),
      pushTo03,
    ),
    GetTaskPushNotificationConfig: unary(
      methods.GetTaskPushNotificationConfig,
      from("GetTaskPushNotificationConfig"),
      pushTo03,
    ),
    ListTaskPushNotificationConfigs: unary(
      methods.ListTaskPushNotificationConfigs,
      from("ListTaskPushNotificationConfigs"),
      ({ configs }) => configs.map(pushTo03),
    ),
    DeleteTaskPushNotificationConfig: unary(
      methods.DeleteTaskPushNotificationConfig,
      from("DeleteTaskPushNotificationConfig"),
      () => null,
    ),
    GetExtendedAgentCard: unary(methods.GetExtendedAgentCard, from("GetExtendedAgentCard"), (card) => card),
  };
  return Object.fromEntries(Object.entries(of).map(([name, method]) => [oldName(name), method]));
}

const oldName = (name: string): string =>
  new Map<string, string>(Object.entries(oldMethods)).get(name) ?? name;

const paramsOf = ({ envelope: { params = {} } }: UncheckedCall<FaceCaller>): unknown => toPlainJson(params);

function unary<Result>(
  { run }: UnaryMethod<Result>,
  ask: (params: unknown) => unknown,
  answer: (result: Result) => unknown,
): RpcMethod<FaceCaller> {
  return rpcMethod<FaceCaller>({
    handle: async (call) => answer(await run(call.caller, ask(paramsOf(call)))),
  });
}

/** @param event what goes out for a frame; the frame itself where there is nothing to translate */
function stream(
  { open }: StreamMethod,
  ask: (params: unknown) => unknown,
  event: ((response: StreamResponse) => unknown) | undefined,
): RpcMethod<FaceCaller> {
  return rpcStream<FaceCaller>({
    async open(call) {
      const frames = await open(call.caller, ask(paramsOf(call)));
      call.caller.request.setHeader("cache-control", "no-cache");
      return {
        keepAliveText: "keep-alive",
        async *open(signal): AsyncGenerator<SseEvent, void> {
          for await (const { n, response, json } of frames(signal)) {
            yield {
              id: String(n),
              data: call.resultText(event === undefined ? writtenResult(json) : event(response)),
            };
          }
        },
      };
    },
  });
}
