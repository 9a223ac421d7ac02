// A way through the proxy that the environment names: CONNECT, and what comes behind it is as if there were none.
import type { Socket } from "node:net";
import { environmentProxyFor } from "../../node/environment-proxy.ts";

/**
 * The socket of a tunnel to where `url` is; undefined where no proxy stands before it.
 *
 * @throws {Error} when the proxy cannot be reached or refuses
 */
export async function openTunnel(url: URL, timeoutMs: number): Promise<Socket | undefined> {
  const proxy = await environmentProxyFor(url);
  if (proxy === undefined) {
    return undefined;
  }
  const { request } = process.getBuiltinModule(proxy.protocol === "https:" ? "node:https" : "node:http");
  const host = `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
  return await new Promise((resolve, reject) => {
    const asked = request({
      method: "CONNECT",
      host: proxy.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: proxy.port,
      path: host,
      headers: { host, ...authorizationOf(proxy) },
      agent: false,
      timeout: timeoutMs,
    });
    asked.on("connect", ({ statusCode }, socket: Socket, head) => {
      if (statusCode !== 200) {
        socket.destroy();
        reject(new Error(`the proxy ${proxy.host} answered with status ${statusCode}`));
        return;
      }
      socket.setTimeout(0);
      if (head.length > 0) {
        socket.unshift(head);
      }
      resolve(socket);
    });
    asked.on("response", ({ statusCode }) => {
      asked.destroy(new Error(`the proxy ${proxy.host} answered with status ${statusCode}`));
    });
    asked.on("timeout", () =>
      asked.destroy(new Error(`the proxy ${proxy.host} did not answer within ${timeoutMs} ms`)),
    );
    asked.on("error", (error) =>
      reject(new Error(`through the proxy ${proxy.host}: ${error.message}`, { cause: error })),
    );
    asked.end();
  });
}

function authorizationOf({ username, password }: URL): { readonly "proxy-authorization"?: string } {
  if (username === "" && password === "") {
    return {};
  }
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(words).toString("base64")}` };
}
