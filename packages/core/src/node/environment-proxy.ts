// The proxy that the environment names, where Node has been told to follow it: NODE_USE_ENV_PROXY=1 or --use-env-proxy (Node 22.21
// and 24.5), as `fetch` and `node:http` do then. Node's own agents know HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

import { environmentValue } from "../environment.ts";

const named = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/** For an agent of `node:http` or `node:https`: the environment, if it names a proxy and Node follows it. */
export function environmentProxy(): { readonly proxyEnv?: NodeJS.ProcessEnv } {
  if (!named.some(environmentValue)) {
    return {};
  }
  const { globalAgent } = process.getBuiltinModule("node:http");
  const { proxyEnv } = optionsOf(globalAgent);
  return proxyEnv === undefined ? {} : { proxyEnv };
}

/** Node keeps them for everybody to see, and its types do not say so. */
function optionsOf(agent: object): { readonly proxyEnv?: NodeJS.ProcessEnv } {
  return "options" in agent && typeof agent.options === "object" && agent.options !== null
    ? agent.options
    : {};
}

/** The proxy for a URL, for connections that Node's agents do not make. */
export async function environmentProxyFor(url: URL): Promise<URL | undefined> {
  if (environmentProxy().proxyEnv === undefined) {
    return undefined;
  }
  const { getProxyForUrl } = await import("proxy-from-env");
  const proxy = getProxyForUrl(url.href);
  return proxy === "" ? undefined : new URL(proxy);
}

/** Whether {@link environmentProxyFor} may name one. */
export const followsProxies = (): boolean => environmentProxy().proxyEnv !== undefined;
