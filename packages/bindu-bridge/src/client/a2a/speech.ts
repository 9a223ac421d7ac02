// How a call is said and an answer understood, by interface: two bindings of A2A 1.0, A2A 0.3, Bindu's dialect.

import { type FailedCall, fillPath } from "@x/core";
import { callToBindu, problemFromBindu, resultFromBindu } from "../../wire/a2a/bindu.ts";
import type { A2ACall } from "../../wire/a2a/calls.ts";
import { isJsonObject } from "../../wire/a2a/fields.ts";
import { type A2AMethod, a2aMediaType, headers, routes } from "../../wire/a2a/names.ts";
import { type ReadProblem, readProblem } from "../../wire/a2a/problems.ts";
import { callTo03, resultFrom03 } from "../../wire/a2a/v03.ts";
import type { A2AInterface } from "./card.ts";
import { problemError, serviceName } from "./errors.ts";

/** A request as it goes out. */
export interface Said {
  readonly method: "GET" | "POST" | "DELETE";
  /** Behind the URL of the interface. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Speech {
  /** `undefined` for what the dialect cannot say. */
  say(call: A2ACall, verb?: "GET"): Said | undefined;
  /** What a body, or the data of an event, says in the words of 1.0. @throws A2AError for an error */
  hear(method: A2AMethod, payload: unknown, call: FailedCall, status: number): unknown;
  problem(error: unknown, status: number): ReadProblem;
}

export function speechOf(target: A2AInterface): Speech {
  switch (target.dialect) {
    case "0.3":
      return rpcSpeech("0.3", callTo03, resultFrom03, readProblem);
    case "bindu":
      return rpcSpeech(undefined, (call) => callToBindu(call, newId), resultFromBindu, problemFromBindu);
    case "1.0":
      return target.binding === "HTTP+JSON"
        ? restSpeech(target.tenant)
        : rpcSpeech(
            "1.0",
            (call) => inTenant(call, target.tenant),
            (_, result) => result,
            readProblem,
          );
  }
}

const newId = (): string => crypto.randomUUID();

function inTenant(
  { method, params }: A2ACall,
  tenant: string | undefined,
): { readonly method: string; readonly params: unknown } {
  return { method, params: tenant === undefined ? params : { ...params, tenant } };
}

const accept = `${a2aMediaType}, application/json`;

/** The one header of a version, which the dialect has not. */
const versionHeader = (version: string | undefined): Readonly<Record<string, string>> =>
  version === undefined ? {} : { [headers.version]: version };

function rpcSpeech(
  version: string | undefined,
  say: (call: A2ACall) => { readonly method: string; readonly params: unknown } | undefined,
  hear: (method: A2AMethod, result: unknown) => unknown,
  problem: Speech["problem"],
): Speech {
  return {
    problem,
    say(call) {
      const said = say(call);
      return (
        said && {
          method: "POST",
          path: "",
          body: JSON.stringify({ jsonrpc: "2.0", id: newId(), ...said }),
          headers: { accept, ...versionHeader(version) },
        }
      );
    },
    hear(method, payload, call, status) {
      const result = payloadOf(payload, call, status, problem);
      // An event of the dialect is bare, and some servers answer so too.
      const isEnvelope = isJsonObject(payload) && ("jsonrpc" in payload || "result" in payload);
      return hear(method, isEnvelope ? payload.result : result);
    },
  };
}

function restSpeech(tenant: string | undefined): Speech {
  return {
    problem: readProblem,
    say(call, verb) {
      const route = routes[call.method];
      const template = tenant === undefined ? route.path : `/{tenant}${route.path}`;
      const names = new Set([...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      const inPath: Record<string, string> = tenant === undefined ? {} : { tenant };
      const others: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(call.params)) {
        if (typeof value === "string" && names.has(name)) {
          inPath[name] = value;
        } else if (value !== undefined) {
          others[name] = value;
        }
      }
      const method = verb ?? route.verb;
      const path = fillPath(template, inPath, { service: serviceName, operation: call.method });
      const own = { accept, ...versionHeader("1.0") };
      if (method === "POST") {
        return { method, path, body: JSON.stringify(others), headers: own };
      }
      const query = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, String(value)]));
      return { method, path, query, headers: own };
    },
    hear: (_, payload, call, status) => payloadOf(payload, call, status, readProblem),
  };
}

/** @throws A2AError for a body that is an error, whatever the status was */
function payloadOf(payload: unknown, call: FailedCall, status: number, problem: Speech["problem"]): unknown {
  if (isJsonObject(payload) && isJsonObject(payload.error)) {
    throw problemError(problem(payload.error, status), call, { status });
  }
  return payload;
}
