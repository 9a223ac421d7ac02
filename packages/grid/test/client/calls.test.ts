import { describe, expect, it } from "vitest";
import { data, file, GridClient, GridError, taskText, text } from "../../src/index.ts";
import { vectors } from "../wire/vector-file.ts";
import {
  answer,
  message,
  node,
  peer,
  type Received,
  refusal,
  result,
  room,
  type Script,
  schedule,
  self,
  startScripted,
  task,
} from "./fixture.ts";

/** Answers every call with what fits its kind. */
const anything: Script = (request, response) => {
  const { rpc, path } = request;
  if (rpc.startsWith("task/list"))
    result(request, response, { tasks: [task()], total: 1, limit: 20, offset: 0 });
  else if (rpc === "task/read")
    result(request, response, { taskId: "t1", messages: [message()], unreadCount: 0 });
  else if (rpc === "message/ack") result(request, response, { taskId: "t1", acked: 1, unreadCount: 0 });
  else if (rpc === "room/list") result(request, response, { rooms: [room()], total: 1 });
  else if (rpc === "room/read")
    result(request, response, { roomId: "r1", messages: [message()], unreadCount: 0, hasMore: false });
  else if (rpc === "room/send") result(request, response, { message: message(), room: room() });
  else if (rpc === "schedule/list") result(request, response, { schedules: [schedule()] });
  else if (rpc === "schedule/delete") result(request, response, { deleted: true, scheduleId: "s1" });
  else if (rpc.startsWith("schedule/")) result(request, response, schedule());
  else if (rpc.startsWith("room/")) result(request, response, room());
  else if (rpc !== "") result(request, response, task());
  else if (path === "/search") answer(response, 200, { results: [node({ score: 0.5 })] });
  else if (path === "/protocol") answer(response, 200, "# Grid", { "content-type": "text/markdown" });
  else if (path.endsWith("/claim-code"))
    answer(response, 200, { code: "ABCD-1234", expires_at: "2026-01-02T03:19:05.000Z" });
  else if (path.endsWith("/heartbeat"))
    answer(response, 200, { ok: true, server_time: "2026-01-02T03:04:05.000Z", expires_at: null });
  else answer(response, 200, node());
};

const signed = ["fromNodeId", "nonce", "signature", "timestamp"];

/** What a call carries besides the four signed fields. */
const own = ({ payload }: Received): Record<string, unknown> =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => !signed.includes(name)));

/** Each method, the line of its request, and what it carries. */
const calls: readonly (readonly [string, (client: GridClient) => Promise<unknown>, string, object])[] = [
  [
    "register",
    (c) => c.register({ name: "A", description: "d", skills: [{ id: "s", name: "S" }], autonomous: true }),
    "POST /nodes",
    {
      name: "A",
      description: "d",
      skills: [{ id: "s", name: "S" }],
      autonomous: true,
      publicKey: vectors.constants.publicKey,
    },
  ],
  ["getNode", (c) => c.getNode(peer), `GET /nodes/${peer}`, {}],
  ["patchNode", (c) => c.patchNode({ endpointUrl: null }), `PATCH /nodes/${self}`, { endpoint_url: null }],
  ["heartbeat", (c) => c.heartbeat(), `POST /nodes/${self}/heartbeat`, {}],
  ["generateClaimCode", (c) => c.generateClaimCode(), `POST /nodes/${self}/claim-code`, {}],
  ["status", (c) => c.status(), `POST /nodes/${self}/status`, {}],
  [
    "setStatus",
    (c) => c.setStatus("busy", { statusMessage: "working", activeTaskIds: ["t1"] }),
    `POST /nodes/${self}/set-status`,
    { status: "busy", status_message: "working", active_task_ids: ["t1"] },
  ],
  [
    "setStatus with an object",
    (c) => c.setStatus({ status: "available" }),
    `POST /nodes/${self}/set-status`,
    { status: "available" },
  ],
  [
    "search",
    (c) => c.search("financial analysis", { filters: { onlineOnly: true, skillIds: ["a"] }, limit: 5 }),
    "POST /search",
    { query: "financial analysis", filters: { online_only: true, skill_ids: ["a"] }, limit: 5 },
  ],
  ["search with an object", (c) => c.search({ query: "q" }), "POST /search", { query: "q" }],
  [
    "sendTask",
    (c) => c.sendTask(peer, "Please", { messageId: "m", checkIn: null, sessionKey: "k", parentTaskId: "p" }),
    `POST /a2a/${peer} message/send`,
    {
      message: { messageId: "m", role: "user", parts: [{ type: "text", text: "Please" }] },
      checkIn: null,
      sessionKey: "k",
      parentTaskId: "p",
    },
  ],
  [
    "sendMessage",
    (c) => c.sendMessage("t1", [text("a"), data({ b: 1 })], { messageId: "m", state: "working" }),
    `POST /a2a/${self} message/send`,
    {
      message: {
        messageId: "m",
        taskId: "t1",
        parts: [
          { type: "text", text: "a" },
          { type: "data", data: { b: 1 } },
        ],
      },
      state: "working",
    },
  ],
  [
    "listTasks",
    (c) => c.listTasks({ state: ["working", "input_required"], limit: 5, offset: 10 }),
    `POST /a2a/${self} task/list`,
    { state: ["working", "input_required"], limit: 5, offset: 10 },
  ],
  ["listTasks bare", (c) => c.listTasks(), `POST /a2a/${self} task/list`, {}],
  [
    "getTask",
    (c) => c.getTask("t1", { historyLength: 0 }),
    `POST /a2a/${self} task/get`,
    { taskId: "t1", historyLength: 0 },
  ],
  ["readTask", (c) => c.readTask("t1"), `POST /a2a/${self} task/read`, { taskId: "t1" }],
  [
    "updateTask",
    (c) => c.updateTask("t1", { state: "working", artifact: { artifactId: "a", parts: [text("x")] } }),
    `POST /a2a/${self} task/update`,
    { taskId: "t1", state: "working", artifact: { artifactId: "a", parts: [{ type: "text", text: "x" }] } },
  ],
  [
    "completeTask",
    (c) => c.completeTask("t1"),
    `POST /a2a/${self} task/update`,
    { taskId: "t1", state: "completed" },
  ],
  [
    "rejectTask",
    (c) => c.rejectTask("t1", "no time", { messageId: "m" }),
    `POST /a2a/${self} task/update`,
    {
      taskId: "t1",
      state: "rejected",
      message: { messageId: "m", taskId: "t1", parts: [{ type: "text", text: "no time" }] },
    },
  ],
  ["cancelTask", (c) => c.cancelTask("t1"), `POST /a2a/${self} task/cancel`, { taskId: "t1" }],
  ["ackMessages", (c) => c.ackMessages("t1"), `POST /a2a/${self} message/ack`, { taskId: "t1" }],
  ["findActiveTask", (c) => c.findActiveTask(peer), `POST /a2a/${self} task/list`, { limit: 100, offset: 0 }],
  [
    "createRoom",
    (c) => c.createRoom([peer], { name: "talk", requestId: "q" }),
    `POST /a2a/${self} room/create`,
    { participantNodeIds: [peer], name: "talk", requestId: "q" },
  ],
  [
    "sendRoomMessage",
    (c) => c.sendRoomMessage("r1", "hi", { messageId: "m" }),
    `POST /a2a/${self} room/send`,
    { roomId: "r1", message: { messageId: "m", parts: [{ type: "text", text: "hi" }] } },
  ],
  [
    "readRoom",
    (c) => c.readRoom("r1", { limit: 5 }),
    `POST /a2a/${self} room/read`,
    { roomId: "r1", limit: 5 },
  ],
  ["getRoom", (c) => c.getRoom("r1"), `POST /a2a/${self} room/get`, { roomId: "r1" }],
  [
    "listRooms",
    (c) => c.listRooms({ participantStatus: "joined" }),
    `POST /a2a/${self} room/list`,
    { participantStatus: "joined" },
  ],
  ["closeRoom", (c) => c.closeRoom("r1"), `POST /a2a/${self} room/close`, { roomId: "r1" }],
  ["leaveRoom", (c) => c.leaveRoom("r1"), `POST /a2a/${self} room/leave`, { roomId: "r1" }],
  ["joinRoom", (c) => c.joinRoom("r1"), `POST /a2a/${self} room/join`, { roomId: "r1" }],
  ["rejectRoom", (c) => c.rejectRoom("r1"), `POST /a2a/${self} room/reject`, { roomId: "r1" }],
  [
    "inviteToRoom",
    (c) => c.inviteToRoom("r1", peer),
    `POST /a2a/${self} room/invite`,
    { roomId: "r1", nodeId: peer },
  ],
  [
    "kickFromRoom",
    (c) => c.kickFromRoom("r1", peer),
    `POST /a2a/${self} room/kick`,
    { roomId: "r1", nodeId: peer },
  ],
  [
    "createSchedule",
    (c) => c.createSchedule({ messageText: "m", fireAt: new Date(0), requestId: "q" }),
    `POST /a2a/${self} schedule/create`,
    { messageText: "m", fireAt: "1970-01-01T00:00:00.000Z", requestId: "q" },
  ],
  ["listSchedules", (c) => c.listSchedules(), `POST /a2a/${self} schedule/list`, {}],
  ["getSchedule", (c) => c.getSchedule("s1"), `POST /a2a/${self} schedule/get`, { scheduleId: "s1" }],
  [
    "updateSchedule",
    (c) => c.updateSchedule("s1", { status: "paused" }),
    `POST /a2a/${self} schedule/update`,
    { scheduleId: "s1", status: "paused" },
  ],
  [
    "deleteSchedule",
    (c) => c.deleteSchedule("s1"),
    `POST /a2a/${self} schedule/delete`,
    { scheduleId: "s1" },
  ],
];

describe("G109 each method of the product page", () => {
  it.each(calls)(
    "G109 G110 %s sends what it is given, signed, and nothing that was left out",
    async (_, call, line, body) => {
      await using server = await startScripted(anything);
      await call(server.client);
      const [request] = server.requests;
      expect(`${request?.line.split("?")[0]} ${request?.rpc}`.trim()).toBe(line);
      expect(request && own(request)).toEqual(body);
      expect(request?.nonce).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  it("G109 getProtocolGuide asks without a signature", async () => {
    await using server = await startScripted(anything);
    expect(await server.client.getProtocolGuide()).toBe("# Grid");
    expect(server.requests[0]).toMatchObject({ line: "GET /protocol", nonce: "" });
  });

  it("G109 keypairInfo and buildSseUrl send nothing; the URL is signed", async () => {
    await using server = await startScripted(anything);
    expect(await server.client.keypairInfo()).toEqual({
      path: null,
      nodeId: self,
      did: `did:grid:${vectors.constants.publicKey}`,
      publicKey: vectors.constants.publicKey,
    });
    const url = new URL(await server.client.buildSseUrl());
    expect(server.requests).toEqual([]);
    expect(url.search).not.toMatch(/[+ ]/);
    await fetch(url);
    expect(server.requests[0]).toMatchObject({
      path: `/a2a/${self}/events`,
      nonce: expect.stringMatching(/^.{32}$/),
    });
  });

  it("G14 buildSseUrl writes the plus sign of an offset as %2B", async () => {
    await using server = await startScripted(anything, {
      profile: { switches: { timestampFormat: "python" } },
    });
    const url = await server.client.buildSseUrl();
    expect(url).toContain("%2B00%3A00");
    await fetch(url);
    expect(server.requests[0]?.payload.timestamp).toMatch(/\.\d{6}\+00:00$/);
  });

  it("G109 call sends what has no method of its own, signed", async () => {
    await using server = await startScripted((request, response) =>
      request.rpc === "" ? answer(response, 200, { ok: 1 }) : result(request, response, { ok: 2 }),
    );
    const { client } = server;
    expect(await client.call("rest", { method: "POST", path: "/ratings", payload: { a: 1 } })).toEqual({
      ok: 1,
    });
    expect(await client.call("rpc", { name: "task/links", params: { taskId: "t" }, nodeId: peer })).toEqual({
      ok: 2,
    });
    expect(server.requests.map(({ line, rpc, nonce }) => [line, rpc, nonce !== ""])).toEqual([
      ["POST /ratings", "", true],
      [`POST /a2a/${peer}`, "task/links", true],
    ]);
  });
});

describe("results", () => {
  it("G139 are in camel case with ISO times, whatever case, style and shape the server has, and keep what is new", async () => {
    await using server = await startScripted((request, response) =>
      result(request, response, {
        items: [
          {
            task_id: "t1",
            sender_node_id: self,
            state: "TASK_STATE_INPUT_REQUIRED",
            unread_count: 2,
            history: [
              {
                message_id: "m1",
                role: "ROLE_AGENT",
                parts: [{ kind: "file", file: { name: "a", mime_type: "b" } }],
              },
            ],
            created_at: "2026-01-02T03:04:05Z",
            shiny: { new: 1 },
          },
          task({ state: "paused-by-moon", parts: "none" }),
        ],
      }),
    );
    const [first, second] = await server.client.listTasks();
    expect(first).toMatchObject({
      id: "t1",
      senderNodeId: self,
      state: "input_required",
      unreadCount: 2,
      createdAt: "2026-01-02T03:04:05Z",
      history: [
        { messageId: "m1", role: "agent", parts: [{ type: "file", file: { name: "a", mimeType: "b" } }] },
      ],
    });
    expect(first?.raw.shiny).toEqual({ new: 1 });
    expect(Object.keys(first ?? {})).not.toContain("raw");
    expect(second?.state).toBe("paused-by-moon");
  });

  it("G139 take a bare list, and a number that a page does not say", async () => {
    await using server = await startScripted((request, response) => result(request, response, [task()]));
    const page = await server.client.listTasks({ offset: 5 });
    expect([page.length, page.total, page.offset]).toEqual([1, 6, 5]);
  });

  it("G139 of an answer that says next to nothing are those of what was asked about", async () => {
    await using server = await startScripted((request, response) =>
      request.rpc === ""
        ? answer(response, 200, {})
        : result(request, response, { task: task({ id: "wrapped" }) }),
    );
    expect(await server.client.setStatus("busy")).toMatchObject({ nodeId: self });
    expect((await server.client.ackMessages("t1")).taskId).toBe("t1");
    expect((await server.client.getTask("t1")).id).toBe("wrapped");
  });

  it("G26 G27 of status say who claimed the agent", async () => {
    await using server = await startScripted((_, response) =>
      answer(
        response,
        200,
        node({ claim: { is_claimed: true, claimed_at: "2026-01-01T00:00:00Z", owner: "ann" } }),
      ),
    );
    expect(await server.client.status()).toMatchObject({
      claim: { isClaimed: true, claimedAt: "2026-01-01T00:00:00Z", owner: "ann" },
      grids: [{ gridId: "public", name: "Public", isPublic: true }],
      reputation: null,
    });
  });

  it("taskText joins the text parts; the builders make parts", () => {
    const parts = [
      text("a"),
      file({ name: "f", bytes: new TextEncoder().encode("hi") }),
      data({ x: 1 }),
      text("b"),
    ];
    expect(taskText({ parts })).toBe("a\nb");
    expect(parts[1]).toEqual({ type: "file", file: { name: "f", bytes: "aGk=" } });
  });
});

describe("G21 register", () => {
  it("G21 updates a node that is registered already", async () => {
    await using server = await startScripted((_, response, index) =>
      index === 0
        ? answer(response, 409, { error: { code: "node_exists", message: "exists", data: {} } })
        : answer(response, 200, node()),
    );
    expect(await server.client.register({ name: "My Agent" })).toMatchObject({
      nodeId: self,
      isAutonomous: true,
    });
    expect(server.requests.map(({ line }) => line)).toEqual(["POST /nodes", `PUT /nodes/${self}`]);
    expect(server.requests[1]?.payload.name).toBe("My Agent");
  });
});

describe("lists", () => {
  it("G49 tasks() passes over what comes twice while the list grows, and stops where nothing is new", async () => {
    const pages = [
      ["a", "b"],
      ["b", "c"],
      ["b", "c"],
    ];
    await using server = await startScripted((request, response, index) =>
      result(request, response, { tasks: (pages[index] ?? []).map((id) => task({ id })) }),
    );
    const ids: string[] = [];
    for await (const { id } of server.client.tasks({ pageSize: 2 })) ids.push(id);
    expect(ids).toEqual(["a", "b", "c"]);
    expect(server.requests.map(({ payload }) => [payload.limit, payload.offset])).toEqual([
      [2, 0],
      [2, 2],
      [2, 4],
    ]);
  });

  it("G49 rooms() stops at the total", async () => {
    await using server = await startScripted((request, response) =>
      result(request, response, { rooms: [room()], total: 1 }),
    );
    for await (const { id } of server.client.rooms()) expect(id).toBe("r1");
    expect(server.requests.length).toBe(1);
  });

  it("G49 refuse pages of nothing", async () => {
    await using server = await startScripted(anything);
    expect(() => server.client.tasks({ pageSize: 0 })).toThrow(
      "pageSize must be a whole number from 1 to 100, not 0",
    );
    expect(() => server.client.rooms({ pageSize: 0 })).toThrow(GridError);
    await expect(server.client.listTasks({ limit: 0 })).rejects.toThrow("limit");
  });

  it("G138 findActiveTask finds the newest that has not ended, in either direction, over all pages", async () => {
    const all = [
      task({ id: "ended", state: "completed", createdAt: "2026-01-09T00:00:00Z" }),
      task({ id: "other", receiverNodeId: "x", createdAt: "2026-01-08T00:00:00Z" }),
      task({ id: "older", createdAt: "2026-01-06T00:00:00Z" }),
      task({ id: "newest", senderNodeId: peer, receiverNodeId: self, createdAt: "2026-01-07T00:00:00Z" }),
    ];
    await using server = await startScripted((request, response, index) =>
      result(request, response, { tasks: all.slice(index * 2, index * 2 + 2), total: 4 }),
    );
    expect((await server.client.findActiveTask(peer))?.id).toBe("newest");
    expect(await server.client.findActiveTask(self)).toBeNull();
    await using empty = await startScripted((request, response) =>
      result(request, response, { tasks: all.slice(0, 2), total: 2 }),
    );
    expect(await empty.client.findActiveTask(peer)).toBeNull();
  });
});

describe("what the client refuses before anything is sent", () => {
  const refused: readonly (readonly [string, (client: GridClient) => unknown, string, string])[] = [
    ["an empty reason", (c) => c.rejectTask("t", " "), "invalid_option", "reason"],
    ["an unknown option", (c) => c.sendTask(peer, "a", { checkin: 1 } as never), "invalid_option", "checkIn"],
    ["an empty id", (c) => c.getTask(""), "invalid_option", "taskId"],
    ["a dot as an id", (c) => c.getNode(".."), "invalid_path_value", "nodeId"],
    ["a wrong part", (c) => c.sendTask(peer, [{ type: "txt" } as never]), "invalid_option", "message"],
    ["no parts", (c) => c.sendTask(peer, []), "invalid_option", "message"],
    ["a number that is none", (c) => c.sendTask(peer, [data({ a: Number.NaN })]), "unsignable", "a"],
    ["half a character", (c) => c.sendTask(peer, "\ud83d"), "unsignable", "surrogate"],
    [
      "two kinds of schedule",
      (c) => c.createSchedule({ messageText: "m", schedule: "daily", cronExprs: ["* * * * *"] } as never),
      "schedule_kind",
      "exactly one",
    ],
    ["no kind of schedule", (c) => c.createSchedule({ messageText: "m" } as never), "schedule_kind", "not 0"],
    [
      "a date that is none",
      (c) => c.createSchedule({ messageText: "m", fireAt: new Date(Number.NaN) }),
      "invalid_option",
      "fireAt",
    ],
  ];
  it.each(refused)("G105 %s", async (_, call, reason, words) => {
    await using server = await startScripted(anything);
    const error = await Promise.resolve()
      .then(() => call(server.client))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(GridError);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(words) });
    expect(server.requests).toEqual([]);
  });
});

describe("G108 the address", () => {
  it.each([
    ["", `/a2a/${self}`],
    ["/", `/a2a/${self}`],
    ["/grid", `/grid/a2a/${self}`],
    ["/grid//", `/grid/a2a/${self}`],
  ])("G108 with %j at its end is kept right", async (suffix, path) => {
    await using server = await startScripted((request, response) => result(request, response, task()));
    await server.connect({ url: server.url + suffix }).getTask("t1");
    expect(server.requests[0]?.path).toBe(path);
  });

  it.each(["ftp://a.b", "nonsense", "https://user:pass@a.b", "https://a.b?x=1"])(
    "G108 is refused: %s",
    (url) => {
      expect(() => new GridClient({ url, identity: vectors.constants.seed })).toThrow(
        expect.objectContaining({ name: "GridError", reason: "invalid_base_url" }),
      );
    },
  );

  it("G108 comes from GRID_URL, else it is the service's", () => {
    const before = process.env.GRID_URL;
    try {
      process.env.GRID_URL = "https://grid.example/base/";
      expect(new GridClient({ identity: vectors.constants.seed }).url).toBe("https://grid.example/base");
      process.env.GRID_URL = "";
      expect(new GridClient({ identity: vectors.constants.seed }).url).toBe("https://api.usegrid.dev");
    } finally {
      if (before === undefined) delete process.env.GRID_URL;
      else process.env.GRID_URL = before;
    }
  });

  it("G108 warns, once, of plain HTTP to another machine", () => {
    const told: string[] = [];
    const open = (url: string): GridClient =>
      new GridClient({ url, identity: vectors.constants.seed, onWarning: (text) => told.push(text) });
    open("http://127.0.0.1:1");
    open("http://localhost:1");
    open("http://[::1]:1");
    open("https://grid.example");
    expect(told).toEqual([]);
    open("http://grid.example");
    expect(told).toEqual([expect.stringContaining("not encrypted")]);
  });
});

describe("G140 the switches of the profile", () => {
  it("G140 hyphens, kind and camel case are written where the profile says so", async () => {
    await using server = await startScripted(anything, {
      profile: { switches: { stateStyle: "hyphen", partDiscriminator: "kind", restCase: "camel" } },
    });
    await server.client.sendMessage("t1", "a", { state: "input_required", messageId: "m" });
    await server.client.setStatus("busy", { statusMessage: "x" });
    expect(server.requests.map(own)).toEqual([
      {
        message: { messageId: "m", taskId: "t1", parts: [{ kind: "text", text: "a" }] },
        state: "input-required",
      },
      { status: "busy", statusMessage: "x" },
    ]);
  });

  it("G140 an address is always the own one, or the peer's where it is known", async () => {
    await using server = await startScripted(anything);
    const ownOnly = server.connect({ profile: { switches: { rpcAddress: "self" } } });
    await ownOnly.sendTask(peer, "a");
    const peers = server.connect({ profile: { switches: { rpcAddress: "peer" } } });
    await peers.getTask("t1");
    await peers.getTask("t1");
    expect(server.requests.map(({ path }) => path)).toEqual([`/a2a/${self}`, `/a2a/${self}`, `/a2a/${peer}`]);
    expect(server.requests[0]?.payload.receiverNodeId).toBe(peer);
  });

  it("G140 schedules go by REST where the profile says so", async () => {
    await using server = await startScripted((_, response) => answer(response, 200, schedule()), {
      profile: { switches: { scheduleTransport: "rest" } },
    });
    const { client } = server;
    await client.createSchedule({ messageText: "m", schedule: "daily" });
    await client.getSchedule("s1");
    await client.updateSchedule("s1", { status: "paused" });
    await client.deleteSchedule("s1");
    expect(server.requests.map(({ line }) => line.split("?")[0])).toEqual([
      "POST /schedules",
      "GET /schedules/s1",
      "PATCH /schedules/s1",
      "DELETE /schedules/s1",
    ]);
    expect(server.requests.every(({ nonce }) => nonce !== "")).toBe(true);
  });

  it("G140 a path, a name and a field are data", async () => {
    await using server = await startScripted((request, response) => result(request, response, task()), {
      profile: {
        routes: { rpc: { path: "/v2/agents/{nodeId}/rpc" } },
        rpcMethods: { getTask: "tasks/get" },
        fields: { rpc: { taskId: "id" } },
      },
    });
    await server.client.getTask("t1");
    expect(server.requests[0]).toMatchObject({
      path: `/v2/agents/${self}/rpc`,
      rpc: "tasks/get",
      payload: { id: "t1" },
    });
  });
});

describe("a call that is none", () => {
  const names = [...new Set(calls.map(([method]) => method.split(" ")[0] ?? "")), "call"];
  const nonsense = [
    [],
    [null],
    [5],
    [null, null, null],
    ["x", null],
    ["x", "y", 5],
    [{ nope: 1 }],
    ["rest", {}],
  ];

  it.each(names)(
    "G105 %s rejects with an error of Grid whatever it is given, and never throws by itself",
    async (method) => {
      await using server = await startScripted(anything);
      const { client } = server;
      const called = Reflect.get(client, method) as (...args: readonly unknown[]) => unknown;
      for (const args of nonsense) {
        const promise = called.apply(client, args);
        expect(promise).toBeInstanceOf(Promise);
        const error = await (promise as Promise<unknown>).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error === undefined || GridError.is(error)).toBe(true);
      }
    },
  );
});

describe("a refusal", () => {
  it("G20 G105 shows no signature and no signed URL", async () => {
    await using server = await startScripted((request, response) =>
      refusal(request, response, -32010, "bad_signature", { signature: request.payload.signature }),
    );
    const error = await server.client.getTask("t1").catch((thrown: unknown) => thrown);
    const { signature } = server.requests[0]?.payload ?? {};
    expect(error).toMatchObject({
      name: "GridA2AError",
      code: -32010,
      reason: "bad_signature",
      method: "getTask",
    });
    expect(JSON.stringify(error)).not.toContain(signature);
    expect(String(error)).not.toContain(signature);
  });
});
