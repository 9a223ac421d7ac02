// Every exchange of the hosted workspace that this server repeats, in its order, compared member by member.
import { describe, expect, it } from "vitest";
import vectors from "../vectors/openagents.json" with { type: "json" };
import { type Json, startNetwork } from "./network.ts";

interface Row {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly params?: Readonly<Record<string, string | number>> | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  readonly response: { readonly status: number; readonly body: unknown };
}

interface Expected {
  readonly status: number;
  readonly body?: unknown;
}

/** Rows of which ours differs on purpose. Without a body only the status counts. */
const differing: Readonly<Record<string, Expected>> = {
  "well-known": { status: 200, body: { onm_version: "1.0", auth: { methods: ["token"] } } },
  // Names that people cannot tell from others are none.
  "join empty name": refusal(400, "Invalid agent_name"),
  "join odd name": refusal(400, "Invalid agent_name"),
  // Who is not there has no pulse.
  // A token is asked of everybody.
  "heartbeat no session": refusal(401, "Invalid workspace credentials"),
  "heartbeat unknown agent": refusal(401, "Invalid workspace credentials"),
  "heartbeat removed": refusal(404, "Agent not in network"),
  "create channel again": refusal(409, "Channel already exists"),
  "file upload bad b64": refusal(400, "Invalid base64 content"),
  leave: refusal(401, "Invalid workspace credentials"),
  "leave unknown": refusal(401, "Invalid workspace credentials"),
  // It really streams: see OA-66.
  stream: { status: 200 },
  // A channel that was spoken in is there.
  discover: { status: 200 },
  profile: { status: 200, body: { data: { agents_online: 2 } } },
  // It was made when it was spoken in.
  "channel get unknown": { status: 200, body: { data: { name: "nope" } } },
  // Only the last part of a name is one.
  "file upload traversal": { status: 200, body: { data: { size: 2, uploaded_by: "openagents:alice" } } },
  "file list": { status: 200 },
};

function refusal(status: number, message: string): Expected {
  return { status, body: { code: status, message, data: null } };
}

/** Members that are made anew, that only the hosted service computes, or that say what was sent. */
const made = new Set([
  "id",
  "token",
  "slug",
  "workspaceId",
  "workspace_id",
  "network_id",
  "channelId",
  "channel_id",
  "session_id",
  "timestamp",
  "createdAt",
  "created_at",
  "lastActivityAt",
  "lastHeartbeatAt",
  "last_heartbeat_at",
  "joinedAt",
  "joined_at",
  "oldest_id",
  "newest_id",
  "target_agents",
  "browserfabricApiKey",
  "input",
  "ctx",
  "filename",
  "last_event_at",
  "transports",
  "workingDir",
]);

const isMade = (value: string): boolean =>
  /^session-[0-9a-f]{8}$|^(?:channel\/)?channel-[0-9a-f]{8}$/.test(value);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === "string") {
    return isMade(value) ? "<made>" : value;
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([name]) => !made.has(name))
          .map(([name, member]) => [name, plain(member)]),
      )
    : value;
}

const rows = vectors.onm as unknown as readonly Row[];

describe("the exchanges of the hosted workspace", () => {
  it("OA-57 OA-58 OA-60 OA-61 OA-62 OA-63 OA-64 every row is answered as it was, or differs as the document says", async () => {
    await using network = await startNetwork();
    const here = new Map<string, string>();
    const replaced = (value: unknown): unknown => {
      if (typeof value === "string") {
        return here.get(value) ?? value;
      }
      if (Array.isArray(value)) {
        return value.map(replaced);
      }
      return typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaced(member)]))
        : value;
    };
    let token = "";
    const differences: unknown[] = [];
    for (const row of rows) {
      const { method, path, params, headers = {}, body } = row.request;
      const query = new URLSearchParams(replaced(params ?? {}) as Record<string, string>).toString();
      const ownPath = path
        .split("/")
        .map((part) => here.get(part) ?? part)
        .join("/");
      const isBad = row.name.includes("bad token") && !("token" in ((body as object) ?? {}));
      const sentHeaders = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value === "<token>" && !isBad ? token : value]),
      );
      if (row.name === "stream") {
        continue;
      }
      const reply = await network.call(method, query === "" ? ownPath : `${ownPath}?${query}`, {
        headers: sentHeaders,
        ...(body === null || body === undefined ? {} : { body: replaced(body) }),
      });
      learn(here, row.response.body, reply.body);
      if (row.name === "create workspace") {
        token = reply.body.data.token;
      }
      const wanted = differing[row.name] ?? row.response;
      const got = { status: reply.status, body: plain(reply.body ?? reply.text) };
      try {
        expect(got.status).toBe(wanted.status);
        if (row.name in differing) {
          expect(got.body).toMatchObject((plain(replaced(wanted.body)) ?? {}) as object);
        } else {
          expect(got.body).toEqual(plain(replaced(wanted.body)));
        }
      } catch (error) {
        differences.push({ row: row.name, got, wanted, why: error instanceof Error ? error.message : error });
      }
      if (row.request.path !== "/v1/join") {
        expect(reply.text).not.toContain("session_id");
      }
      if (reply.status === 422) {
        expect(reply.text).not.toContain('"input"');
      }
    }
    expect(differences).toEqual([]);
  });
});

/** Remembers the ids and tokens that this server made in place of recorded ones. */
function learn(here: Map<string, string>, recorded: unknown, reply: Json | undefined): void {
  if (typeof recorded !== "object" || recorded === null || reply === undefined || reply === null) {
    return;
  }
  for (const [name, member] of Object.entries(recorded)) {
    const own = (reply as Readonly<Record<string, Json>>)[name];
    if (typeof member !== "string") {
      learn(here, member, own);
    } else if (made.has(name) && typeof own === "string" && !here.has(member)) {
      here.set(member, own);
    }
  }
}
