// The guide to the protocol: made of the profile, so that it says what the server does.
import { defineRoute, type HttpRoute, text } from "@x/core/service";
import type { GridWireProfile } from "../../../wire/profile.ts";
import type { Surface } from "../context.ts";
import { routeDoc } from "./signed-route.ts";

export function protocolRoute({ profile }: Surface): HttpRoute {
  const guide = protocolGuide(profile);
  const { method, path } = profile.routes.getProtocolGuide;
  return defineRoute({
    method,
    path,
    doc: routeDoc("protocol", "This protocol, in words"),
    admit: () => undefined,
    handle: () => text(200, "text/markdown; charset=utf-8", guide),
  });
}

function protocolGuide({ routes, rpcMethods, fields, events, rpcErrors, switches }: GridWireProfile): string {
  const { fromNodeId, timestamp, nonce, signature } = fields.signed;
  return `# The protocol of this server

## Signed requests

Every request but \`${routes.getProtocolGuide.method} ${routes.getProtocolGuide.path}\` is signed. The payload carries four members:

- \`${fromNodeId}\`: the node id of the caller, a UUID of version 5 over the hex text of the SHA-256 of its public key
- \`${timestamp}\`: the time in UTC, within 5 minutes of the server's
- \`${nonce}\`: 32 hex digits, new for every request
- \`${signature}\`: 128 hex digits, Ed25519 over the canonical JSON (\`${switches.canonical}\`) of the payload without this member

The payload is the body of a REST call, the \`${switches.rpcSignScope === "params" ? "params" : "body"}\` of a JSON-RPC call, and the query of a GET.

## REST

${Object.entries(routes)
  .map(([name, { method, path }]) => `- \`${method} ${path}\`: ${name}`)
  .join("\n")}

## JSON-RPC 2.0 at \`${routes.rpc.path}\`

${Object.entries(rpcMethods)
  .map(([name, method]) => `- \`${method}\`: ${name}`)
  .join("\n")}

## Events at \`${routes.events.path}\`

${Object.values(events)
  .map((event) => `- \`${event}\``)
  .join("\n")}

## Errors

| Code | Reasons |
| --- | --- |
${rpcErrors.map(({ code, reasons }) => `| ${code} | ${reasons.map((reason) => `\`${reason}\``).join(" ")} |`).join("\n")}
`;
}
