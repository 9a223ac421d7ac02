// What answers at an address: a network, a workspace, both, or neither.

import { createHttpClient, type HttpClient } from "@x/core";
import { NotAnOpenAgentsServer, type OpenAgentsError } from "../errors.ts";
import { bodiesOf, bodyOf, isBody, parseBody, textOf, wholeOf } from "../wire/body.ts";
import { type FeatureName, featureNames, networkPaths, onmPaths } from "../wire/paths.ts";
import type { LinkOptions } from "./connectors/connector.ts";
import { errorOf, errorOfHttp, serviceName } from "./failure.ts";

/** A transport that a network offers, and where. */
export interface OfferedTransport {
  readonly type: string;
  readonly host: string;
  readonly port: number | undefined;
}

/** What a network says of itself. */
export interface NetworkProfile {
  readonly transports: readonly OfferedTransport[];
  readonly requiresPassword: boolean;
  readonly features: ReadonlySet<FeatureName>;
  readonly maxBody: number | undefined;
}

/** What was found at an address. */
export interface Found {
  readonly network: NetworkProfile | undefined;
  readonly isWorkspace: boolean;
  /** Why nothing was found. */
  readonly error: OpenAgentsError | undefined;
}

const operation = "connectToServer";
const probeMs = 5_000;

type ProbeOptions = Pick<LinkOptions, "clock" | "fetch"> & { readonly signal: AbortSignal };

/** Asks in all ways at once. */
export async function probe(baseUrl: string, options: ProbeOptions): Promise<Found> {
  await using http = openProbe(baseUrl, options);
  const ask = (path: string): Promise<unknown> => askOnce(http, path, options.signal);
  const [health, wellKnown, plain] = await Promise.allSettled([
    ask(networkPaths.health),
    ask(onmPaths.wellKnown),
    ask(onmPaths.health),
  ]);
  const network = health.status === "fulfilled" ? profileOf(health.value) : undefined;
  const isOnm = wellKnown.status === "fulfilled" && textOf(bodyOf(wellKnown.value).onm_version) !== undefined;
  const isPlain = plain.status === "fulfilled" && bodyOf(plain.value).status === "ok";
  const isWorkspace = isOnm || (isPlain && network === undefined);
  const failed = network === undefined && !isWorkspace;
  return { network, isWorkspace, error: failed ? reasonOf([health, wellKnown, plain], baseUrl) : undefined };
}

/** The network that answers at an address; `undefined` where none does. */
export async function probeNetwork(
  baseUrl: string,
  options: ProbeOptions,
): Promise<NetworkProfile | undefined> {
  await using http = openProbe(baseUrl, options);
  try {
    return profileOf(await askOnce(http, networkPaths.health, options.signal));
  } catch {
    options.signal.throwIfAborted();
    return undefined;
  }
}

/** Whether a token opens a workspace here. */
export async function resolves(baseUrl: string, token: string, options: ProbeOptions): Promise<boolean> {
  await using http = openProbe(baseUrl, options);
  try {
    const answer = await http.send({
      operation,
      method: "POST",
      path: onmPaths.resolve,
      body: JSON.stringify({ token }),
      signal: options.signal,
      maxRetries: 0,
    });
    return textOf(bodyOf(parseBody(answer.text)?.data).workspace_id) !== undefined;
  } catch {
    options.signal.throwIfAborted();
    return false;
  }
}

/** Any JSON object that a GET answers. @throws OpenAgentsError */
export async function fetchJson(url: string, options: ProbeOptions): Promise<unknown> {
  const { origin, pathname } = new URL(url);
  await using http = openProbe(origin, options);
  return await askOnce(http, pathname, options.signal);
}

function openProbe(baseUrl: string, { clock, fetch }: ProbeOptions): HttpClient {
  return createHttpClient({
    service: serviceName,
    baseUrl,
    fetch,
    clock,
    timeoutMs: probeMs,
    toError: errorOfHttp,
    maxRetries: 0,
  });
}

async function askOnce(http: HttpClient, path: string, signal: AbortSignal): Promise<unknown> {
  const { text } = await http.send({ operation, method: "GET", path, signal });
  return parseBody(text);
}

function profileOf(answer: unknown): NetworkProfile | undefined {
  const data = isBody(answer) && answer.success ? bodyOf(answer.data) : {};
  if (!Array.isArray(data.transports)) {
    return undefined;
  }
  const features = bodyOf(data.features);
  return {
    transports: bodiesOf(data.transports).map(({ type, config }) => {
      const { host, port } = bodyOf(config);
      return { type: String(type), host: textOf(host) ?? "", port: wholeOf(port) };
    }),
    requiresPassword: data.requires_password === true,
    features: new Set(featureNames.filter((name) => features[name] === true)),
    maxBody: wholeOf(bodyOf(data.limits).max_body),
  };
}

/** Nobody listens, nobody answers in time, or it is another service. */
function reasonOf(probes: readonly PromiseSettledResult<unknown>[], baseUrl: string): OpenAgentsError {
  const errors = probes.flatMap((settled) =>
    settled.status === "rejected" ? [errorOf(settled.reason, operation)] : [],
  );
  const [first] = errors;
  const isUnreached = errors.every(({ code }) => code === "connection_refused" || code === "timeout");
  return first !== undefined && errors.length === probes.length && isUnreached
    ? first
    : new NotAnOpenAgentsServer(
        `${operation}: what answers at ${baseUrl} is neither a network nor a workspace. Is it the port of HTTP? For gRPC alone say transport: "grpc".`,
        { operation, cause: first },
      );
}
