// From what a caller says to the connection that it means: which product, which transport, which address.

import { fillPath, sha256Hex } from "@x/core";
import { NotAnOpenAgentsServer, TokenRequired, TransportNotSupported } from "../errors.ts";
import { bodyOf, textOf, wholeOf } from "../wire/body.ts";
import { defaultPorts, type FeatureName, hosted } from "../wire/paths.ts";
import type { Link, LinkOptions } from "./connectors/connector.ts";
import { createHttpWire } from "./connectors/http.ts";
import { createNetworkLink, type NetworkTraits } from "./connectors/network.ts";
import { serviceName } from "./failure.ts";
import type { ConnectOptions } from "./options.ts";
import { fetchJson, type NetworkProfile, probe, probeNetwork, resolves } from "./probe.ts";

const operation = "connectToServer";

/** Where something may be. */
interface Address {
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly baseUrl: string;
  readonly isTls: boolean;
  readonly port: number;
  readonly token: string | undefined;
  readonly workspace: string | undefined;
  /** Known to be the hosted service. */
  readonly isHosted: boolean;
}

const unknownTraits: NetworkTraits = { features: new Set<FeatureName>(), maxBody: undefined };

/** @throws OpenAgentsError */
export async function openLink(
  options: ConnectOptions,
  common: LinkOptions,
  signal: AbortSignal,
): Promise<Link> {
  const { transport } = options;
  if (transport !== undefined && !["http", "grpc", "workspace"].includes(transport)) {
    throw notSupported(transport);
  }
  const ask = { clock: common.clock, fetch: common.fetch, signal };
  const address = await addressOf(options, ask);
  const { baseUrl, token } = address;
  if (address.isHosted || transport === "workspace") {
    return await openWorkspace(common, address);
  }
  if (transport !== undefined) {
    const profile = await probeNetwork(baseUrl, ask);
    return await openNetwork(options, common, address, profile, transport);
  }
  const { network, isWorkspace, error } = await probe(baseUrl, ask);
  if (error !== undefined) {
    throw error;
  }
  const isMeant =
    network === undefined || (isWorkspace && token !== undefined && (await resolves(baseUrl, token, ask)));
  return isMeant
    ? await openWorkspace(common, address)
    : await openNetwork(options, common, address, network, undefined);
}

async function addressOf(options: ConnectOptions, ask: Parameters<typeof fetchJson>[1]): Promise<Address> {
  const { host, networkId, token, workspace } = options;
  const given = options.url ?? (host?.includes("://") ? host : undefined);
  if (given !== undefined) {
    return addressOfUrl(given, options);
  }
  if (host !== undefined) {
    return addressOfHost(host, options.port, options);
  }
  if (networkId === undefined) {
    throw new NotAnOpenAgentsServer(`${operation}: say where: host and port, url, or networkId.`, {
      operation,
    });
  }
  const path = fillPath(hosted.networkPath, { id: networkId }, { service: serviceName, operation });
  const answer = bodyOf(await fetchJson(hosted.directoryUrl + path, ask));
  const profile = bodyOf(bodyOf(answer.data).profile);
  const found = textOf(profile.host)?.replace(/^openagents:\/\//, "");
  if (found === undefined) {
    throw new NotAnOpenAgentsServer(`${operation}: the directory has no address for ${networkId}.`, {
      operation,
    });
  }
  return addressOfHost(found, wholeOf(profile.port), { ...options, token, workspace });
}

function addressOfHost(host: string, givenPort: number | undefined, options: ConnectOptions): Address {
  const isHosted = host === hosted.endpointHost;
  const port = givenPort ?? (isHosted ? 443 : defaultPorts.http);
  const isTls = options.useTls ?? port === 443;
  const bare = host.replace(/^\[|\]$/g, "");
  const authority = bare.includes(":") ? `[${bare}]` : bare;
  const url = URL.parse(`${isTls ? "https" : "http"}://${authority}:${port}`);
  if (url === null || url.pathname !== "/") {
    throw new NotAnOpenAgentsServer(
      `${operation}: host must be a name or an address alone, not ${JSON.stringify(host)}.`,
      { operation },
    );
  }
  return {
    host: bare,
    port,
    isTls,
    baseUrl: url.origin,
    token: options.token,
    workspace: options.workspace,
    isHosted,
  };
}

function addressOfUrl(text: string, options: ConnectOptions): Address {
  const url = URL.parse(text.replace(/^openagents:\/\//, "http://"));
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new NotAnOpenAgentsServer(`${operation}: url must begin with http:// or https://.`, { operation });
  }
  const token = options.token ?? url.searchParams.get("token") ?? undefined;
  const isTls = url.protocol === "https:";
  const isShared = url.hostname === hosted.shareHost;
  const base = isShared ? `https://${hosted.endpointHost}` : url.origin + url.pathname.replace(/\/+$/, "");
  const [slug] = url.pathname.split("/").filter((part) => part !== "");
  const host = isShared ? hosted.endpointHost : url.hostname.replace(/^\[|\]$/g, "");
  return {
    host,
    port: Number(url.port) || (isTls ? 443 : 80),
    isTls: isShared || isTls,
    baseUrl: base,
    token,
    workspace: options.workspace ?? (isShared ? slug : undefined),
    isHosted: host === hosted.endpointHost,
  };
}

async function openWorkspace(common: LinkOptions, { baseUrl, token, workspace }: Address): Promise<Link> {
  if (token === undefined || token === "") {
    throw new TokenRequired(
      `${operation}: workspace token required. Pass it as token, or the share link as url.`,
      {
        operation,
      },
    );
  }
  const { createWorkspaceLink } = await import("./connectors/workspace.ts");
  return createWorkspaceLink({ ...common, baseUrl, token, workspace });
}

async function openNetwork(
  options: ConnectOptions,
  common: LinkOptions,
  address: Address,
  profile: NetworkProfile | undefined,
  asked: "http" | "grpc" | undefined,
): Promise<Link> {
  const offered = profile?.transports ?? [];
  const transport = asked ?? (offered.some(({ type }) => type === "http") ? "http" : "grpc");
  const found = offered.find(({ type }) => type === transport);
  if (profile !== undefined && found === undefined) {
    throw notSupported(asked ?? (offered.map(({ type }) => type).join(", ") || "http"));
  }
  const { password, agentGroup, useTls, tls } = options;
  const passwordHash =
    options.passwordHash ??
    (password === undefined ? address.token : sha256Hex(new TextEncoder().encode(password)));
  const traits = profile === undefined ? unknownTraits : profile;
  if (transport === "http") {
    const wire = createHttpWire({
      ...common,
      ...traits,
      baseUrl: address.baseUrl,
      passwordHash: passwordHash ?? "",
      agentGroup,
    });
    return createNetworkLink(wire, common, traits);
  }
  const { createGrpcWire } = await import("./connectors/grpc.ts");
  const wire = createGrpcWire({
    ...common,
    host: found === undefined ? address.host : dialable(found.host, address.host),
    port: found?.port ?? address.port,
    tls: tls ?? ((useTls ?? false) ? {} : undefined),
    passwordHash: passwordHash ?? "",
  });
  return createNetworkLink(wire, common, traits);
}

const anyHost: ReadonlySet<string> = new Set(["", "0.0.0.0", "::", "[::]"]);
const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/.test(host);

/** The host that a network advertises, unless it is one of its own machine only. */
function dialable(advertised: string, given: string): string {
  return anyHost.has(advertised) || (isLoopback(advertised) && !isLoopback(given)) ? given : advertised;
}

const notSupported = (transport: string): TransportNotSupported =>
  new TransportNotSupported(`The network does not support enforced transport type: ${transport}`, {
    operation,
  });
