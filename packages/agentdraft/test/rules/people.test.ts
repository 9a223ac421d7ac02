// Signing in, agents and their keys, mail, webhooks.
import { describe, expect, it } from "vitest";
import { authenticateKey, authenticateSession, signingDirectory } from "../../src/local/rules/model/auth.ts";
import type { Command } from "../../src/local/rules/model/commands.ts";
import { createWorld, hour, minute, type World } from "./world.ts";

describe("signing in", () => {
  const verify = (world: World, tokenHash: string, sessionHash = "s") =>
    ({
      type: "verifyMagicLink",
      tokenHash,
      userId: world.id("usr"),
      workspaceId: world.id("wsp"),
      sessionHash,
    }) as const;

  it("AD-10-email one address is one person, however it is spelt; another is another calendar", () => {
    const world = createWorld();
    expect(world.person(" Owner@Example.com ")).toBe(world.owner);
    expect(world.person("second@example.com")).not.toBe(world.owner);
  });

  it("AD-10-fold no other letter than A to Z is taken for another one", () => {
    const world = createWorld();
    const kate = world.person("kate@example.com");
    expect(world.person("KATE@EXAMPLE.COM")).toBe(kate);
    // The Kelvin, Angstrom and Ohm signs, full width, a ligature, decomposed, what is not seen, another point.
    for (const email of [
      "\u212aate@example.com",
      "\u212b@example.com",
      "\u2126@example.com",
      "\uff4bate@example.com",
      "\ufb01@example.com",
      "a\u0308@example.com",
      "ka\u200bte@example.com",
      "ka\u00adte@example.com",
      "kate@\u212aelvin.example",
      "kate@\uff45xample.com",
      "kate@B\u00dcCHER.example",
      "kate@example\u3002com",
      "kate@example.com.",
      "kate@.example.com",
      `${"k".repeat(65)}@example.com`,
    ]) {
      const refusal = world.refused({ type: "requestMagicLink", email, tokenHash: email }, "invalid_request");
      expect(refusal.field).toBe("email");
    }
    const meant = { type: "requestMagicLink", email: "\u212aate@example.com", tokenHash: "t" } as const;
    expect(world.refused(meant, "invalid_request").detail).toMatch(/did you mean kate@example.com\?/);
    // Letters of their own, and one domain in both of its spellings.
    expect(world.person("i@example.com")).not.toBe(world.person("\u0131@example.com"));
    expect(world.person("\u00e9@example.com")).not.toBe(world.person("\u00c9@example.com"));
    expect(world.person("kate@b\u00fccher.example")).toBe(world.person("Kate@xn--bcher-kva.EXAMPLE"));
    world.takeSnapshot();
    world.expectReplayEqual();
  });

  it("AD-10-forget links and sessions that are over leave the state with whatever happens next", () => {
    const world = createWorld();
    world.person("a@example.com");
    world.ok({ type: "requestMagicLink", email: "b@example.com", tokenHash: "never used" });
    expect([world.state.links.size, world.state.sessions.size]).toEqual([1, 2]);
    world.skip(15 * minute);
    const agent = world.agent(1);
    expect([world.state.links.size, world.state.sessions.size]).toEqual([0, 2]);
    world.skip(7 * 24 * hour);
    world.commit(agent, world.now.wall + hour, world.now.wall + 2 * hour);
    expect(world.state.sessions.size).toBe(0);
  });

  it("AD-10-link a link works once, for 15 minutes, and only if it was sent", () => {
    const world = createWorld();
    world.refused(verify(world, "unknown"), "no_session");
    world.ok({ type: "requestMagicLink", email: "a@example.com", tokenHash: "t1" });
    world.ok({ type: "requestMagicLink", email: "a@example.com", tokenHash: "t2" });
    world.ok(verify(world, "t1"));
    world.refused(verify(world, "t1"), "no_session");
    world.advance(15 * minute);
    world.refused(verify(world, "t2"), "no_session");
  });

  it("AD-10-session a session is known by its hash until it ends", () => {
    const world = createWorld();
    world.ok({ type: "requestMagicLink", email: "a@example.com", tokenHash: "t" });
    const { user, sessionExpiresAtMs } = world.ok(verify(world, "t", "hash"));
    const who = (nowMs: number): unknown => authenticateSession(world.state, "hash", nowMs);
    expect(who(sessionExpiresAtMs - 1)).toEqual(user);
    expect(who(sessionExpiresAtMs)).toMatchObject({ refused: "no_session" });
    expect(world.ok({ type: "logout", sessionHash: "hash" }).ended).toBe(true);
    expect(who(world.now.wall)).toMatchObject({ refused: "no_session" });
    expect(world.ok({ type: "logout", sessionHash: "hash" }).ended).toBe(false);
  });
});

describe("agents", () => {
  const who = (world: World, hash: string): unknown => authenticateKey(world.state, hash, world.now.wall);

  it("AD-2 AD-3 a key is known until it expires, is replaced, or its agent is revoked", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const userId = world.owner;
    expect(who(world, "nobody's")).toMatchObject({ refused: "invalid_api_key" });
    expect(who(world, `key of ${agent}`)).toMatchObject({ agentId: agent, priority: 2 });
    world.ok({ type: "updateAgent", userId, agentId: agent, keyExpiresAtMs: world.now.wall + 1_000 });
    world.advance(999);
    expect(who(world, `key of ${agent}`)).toMatchObject({ agentId: agent });
    world.advance(1);
    expect(who(world, `key of ${agent}`)).toMatchObject({ refused: "expired_api_key" });
    world.ok({ type: "rotateKey", userId, agentId: agent, keyHash: "second" });
    expect(who(world, "second")).toMatchObject({ agentId: agent });
    expect(who(world, `key of ${agent}`)).toMatchObject({ refused: "revoked_api_key" });
    world.takeSnapshot();
    world.ok({ type: "revokeAgent", userId, agentId: agent });
    expect(who(world, "second")).toMatchObject({ refused: "revoked_api_key" });
    world.restart();
    expect(who(world, `key of ${agent}`)).toMatchObject({ refused: "revoked_api_key" });
    world.expectReplayEqual();
  });

  it("AD-9 an agent sees its owner's time zone once it is set", () => {
    const world = createWorld();
    const agentId = world.agent(2);
    const zone = (): string => world.ok({ type: "describeAgent", agentId }).agent.timezone;
    expect(zone()).toBe("UTC");
    world.rules({ timezone: "Europe/Berlin" });
    expect(zone()).toBe("Europe/Berlin");
  });

  it("AD-6-rotation the directory shows the former key for a day, and none after revocation", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const kids = (): unknown => signingDirectory(world.state, agent, world.now.wall)?.map(({ kid }) => kid);
    world.ok({
      type: "rotateSigningKey",
      userId: world.owner,
      agentId: agent,
      signingKey: { x: "n", kid: "new" },
    });
    expect(kids()).toEqual(["new", `kid of ${agent}`]);
    world.advance(24 * hour - 1);
    expect(kids()).toEqual(["new", `kid of ${agent}`]);
    world.advance(1);
    expect(kids()).toEqual(["new"]);
    const rotate = (kid: string): void => {
      const signingKey = { x: kid, kid };
      world.ok({ type: "rotateSigningKey", userId: world.owner, agentId: agent, signingKey });
    };
    rotate("newer");
    world.advance(hour);
    rotate("newest");
    // Each lives for a day from its own end, however quickly the next one came.
    expect(kids()).toEqual(["newest", "newer", "new"]);
    world.advance(23 * hour);
    expect(kids()).toEqual(["newest", "newer"]);
    world.takeSnapshot();
    world.restart();
    expect(kids()).toEqual(["newest", "newer"]);
    world.ok({ type: "revokeAgent", userId: world.owner, agentId: agent });
    expect(kids()).toEqual([]);
    expect(signingDirectory(world.state, "agt_unknown", world.now.wall)).toBeUndefined();
  });

  it.each([
    ["priority", { priority: 0 }],
    ["priority", { priority: 1_001 }],
    ["priority", { priority: 1.5 }],
    ["name", { name: " " }],
    ["scopes", { scopes: ["everything"] as never[] }],
  ] as const)("AD-3.1-1 a %s outside its bounds is refused", (field, change) => {
    const world = createWorld();
    const command: Command = { type: "updateAgent", userId: world.owner, agentId: world.agent(1), ...change };
    expect(world.refused(command, "invalid_request").field).toBe(field);
  });

  it("AD-10-foreign agents of other people are not found", () => {
    const world = createWorld();
    const other = world.agent(1, { userId: world.person("other@example.com") });
    world.refused({ type: "revokeAgent", userId: world.owner, agentId: other }, "not_found");
    const { agents } = world.ok({ type: "listAgents", userId: world.owner });
    expect(agents).toEqual([]);
  });

  it("AD-10-rejects commands of a revoked agent are refused, its bookings stay", () => {
    const world = createWorld();
    const [agent, other] = [world.agent(2), world.agent(5)];
    world.commit(agent, "10:00", "10:30");
    world.hold(agent, "11:00", "11:30");
    world.ok({ type: "revokeAgent", userId: world.owner, agentId: agent });
    world.refused(world.booking(agent, "12:00", "12:30"), "revoked_api_key");
    world.refused(world.booking(other, "10:00", "10:30"), "outranked");
    world.ok(world.booking(other, "11:00", "11:30"));
  });
});

describe("mail", () => {
  const address = (world: World, agentId: string): string =>
    world.ok({ type: "mailboxInfo", agentId }).mailbox.address;
  const send = (world: World, agentId: string, to: string, more: object = {}) => ({
    type: "sendMessage" as const,
    agentId,
    messageId: world.id("msg"),
    inboundMessageId: world.id("msg"),
    threadId: world.id("thr"),
    inboundThreadId: world.id("thr"),
    to,
    subject: "Lunch?",
    bodyText: "At noon.",
    bookingId: null,
    inReplyTo: null,
    replyTo: null,
    idempotencyKey: null,
    ...more,
  });
  const reply = (world: World, agentId: string, answeredId: string, more: object = {}) => ({
    type: "replyMessage" as const,
    agentId,
    answeredId,
    messageId: world.id("msg"),
    inboundMessageId: world.id("msg"),
    inboundThreadId: world.id("thr"),
    subject: null,
    bodyText: "Yes.",
    replyTo: null,
    idempotencyKey: null,
    ...more,
  });
  const list = (world: World, agentId: string, more: object = {}) =>
    world.ok({
      type: "listMessages",
      agentId,
      limit: 25,
      cursor: null,
      direction: null,
      bookingId: null,
      sinceMs: null,
      ...more,
    });

  it("AD-97a a message from elsewhere is listed, and the reply goes to its sender in the same thread", () => {
    const world = createWorld();
    const agent = world.agent(2, { name: "Zoë's Bot" });
    expect(address(world, agent)).toMatch(/^zoe-s-bot-\d{6}@agents\.localhost$/);
    const inject = {
      type: "injectMail",
      messageId: world.id("msg"),
      threadId: world.id("thr"),
      to: address(world, agent).toUpperCase(),
      from: "someone@example.com",
      subject: "Hello",
      bodyText: "Hi",
      inReplyTo: null,
      replyTo: "desk@example.com",
    } as const;
    const { message } = world.ok(inject);
    expect(list(world, agent).items).toEqual([message]);
    const sent = world.ok(reply(world, agent, message.messageId)).message;
    expect(sent).toMatchObject({
      threadId: message.threadId,
      to: "desk@example.com",
      subject: "Re: Hello",
      inReplyTo: message.messageId,
      status: "sent",
    });
    const next = world.ok({
      ...inject,
      messageId: world.id("msg"),
      threadId: world.id("thr"),
      subject: "RE: Hello",
      inReplyTo: sent.rfcMessageId,
    });
    expect(next.message.threadId).toBe(message.threadId);
    expect(world.ok(reply(world, agent, next.message.messageId)).message.subject).toBe("RE: Hello");
  });

  it("AD-97b mail between agents arrives, and each side keeps one thread of its own", () => {
    const world = createWorld();
    const [a, b] = [world.agent(1), world.agent(2)];
    const first = world.ok(send(world, a, address(world, b))).message;
    const [arrived] = list(world, b).items;
    expect(arrived).toMatchObject({
      direction: "inbound",
      from: address(world, a),
      rfcMessageId: first.rfcMessageId,
    });
    const answer = world.ok(reply(world, b, arrived?.messageId ?? "")).message;
    const [back] = list(world, a).items;
    expect(back).toMatchObject({
      direction: "inbound",
      threadId: first.threadId,
      inReplyTo: first.messageId,
    });
    expect(answer.threadId).toBe(arrived?.threadId);
    expect(first.threadId).not.toBe(answer.threadId);
    world.refused({ type: "getMessage", agentId: a, messageId: answer.messageId }, "not_found");
    world.expectReplayEqual();
  });

  it("AD-97c pages have no gap and no repeat while new mail arrives", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const ids = Array.from(
      { length: 7 },
      () => world.ok(send(world, agent, "x@example.com")).message.messageId,
    );
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly { messageId: string }[]; nextCursor: string | null } = list(
        world,
        agent,
        { limit: 3, cursor },
      );
      seen.push(...page.items.map(({ messageId }) => messageId));
      cursor = page.nextCursor;
      world.ok(send(world, agent, "x@example.com"));
    } while (cursor !== null);
    expect(seen).toEqual(ids.toReversed());
  });

  it("AD-97d a suppressed recipient is refused, in whatever case, until the suppression is lifted", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const { message } = world.ok(send(world, agent, "Gone@example.com"));
    world.ok({ type: "bounceMail", address: "gone@example.com", reason: null });
    const check = { type: "checkSuppression", agentId: agent, address: "GONE@example.com" } as const;
    expect(world.ok(check).suppression).toMatchObject({ suppressed: true, reason: "bounce" });
    expect(world.refused(send(world, agent, "gone@EXAMPLE.com"), "rule_violation").rule).toBe(
      "suppressed_recipient",
    );
    expect(
      world.ok({ type: "getMessage", agentId: agent, messageId: message.messageId }).message.status,
    ).toBe("bounced");
    world.ok({ type: "removeSuppression", userId: world.owner, address: "Gone@Example.com" });
    world.ok(send(world, agent, "gone@example.com"));
  });

  it("AD-97e the quota is for a UTC day", () => {
    const world = createWorld({ mailQuotaPerDay: 2 });
    const agent = world.agent(2);
    world.ok(send(world, agent, "x@example.com"));
    world.ok(send(world, agent, "x@example.com"));
    const { retryAfterSeconds } = world.refused(send(world, agent, "x@example.com"), "quota_exceeded");
    // It is 08:00.
    expect(retryAfterSeconds).toBe(16 * 3_600);
    world.advance(retryAfterSeconds * 1_000);
    expect(world.ok({ type: "mailboxInfo", agentId: agent }).mailbox.quota).toMatchObject({
      used: 0,
      remaining: 2,
    });
    world.ok(send(world, agent, "x@example.com"));
    expect(world.ok({ type: "mailboxInfo", agentId: agent }).mailbox.quota.used).toBe(1);
  });

  it("AD-7-checks bad addresses, unknown messages and foreign bookings are refused", () => {
    const world = createWorld();
    const agent = world.agent(2);
    expect(world.refused(send(world, agent, "a@b, c@d"), "invalid_request").field).toBe("to");
    world.refused(send(world, agent, "a@b.c", { inReplyTo: "msg_unknown" }), "not_found");
    world.refused(send(world, agent, "a@b.c", { bookingId: "bkg_unknown" }), "not_found");
    world.refused(reply(world, agent, "msg_unknown"), "not_found");
  });

  it("AD-7-booking a reply inherits the booking of its thread, and the chain holds no text of a message", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const { bookingId } = world.commit(agent, "10:00", "10:30").booking;
    const { message } = world.ok(send(world, agent, "x@example.com", { bookingId }));
    expect(world.ok(reply(world, agent, message.messageId)).message).toMatchObject({
      bookingId,
      to: "x@example.com",
    });
    expect(list(world, agent, { bookingId }).items).toHaveLength(2);
    expect(JSON.stringify(world.events)).not.toContain("At noon");
    expect(world.events.at(-1)?.type).toBe("mail.sent");
  });

  it("AD-7-key the same key sends once", () => {
    const world = createWorld();
    const agent = world.agent(2);
    const command = send(world, agent, "x@example.com", { idempotencyKey: "k" });
    const first = world.ok(command);
    expect(world.ok({ ...command, messageId: world.id("msg") })).toEqual({ ...first, replayed: true });
    world.refused({ ...command, bodyText: "Other" }, "idempotency_mismatch");
    expect(list(world, agent).items).toHaveLength(1);
  });
});

describe("mail addresses", () => {
  it("AD-97-fold mail for a letter that looks like another reaches nobody else, and dodges no suppression", () => {
    const world = createWorld();
    const agent = world.agent(1, { name: "kate" });
    const { address } = world.ok({ type: "mailboxInfo", agentId: agent }).mailbox;
    const send = (to: string) =>
      ({
        type: "sendMessage",
        agentId: agent,
        messageId: world.id("msg"),
        inboundMessageId: world.id("msg"),
        threadId: world.id("thr"),
        inboundThreadId: world.id("thr"),
        to,
        subject: "s",
        bodyText: "b",
        bookingId: null,
        inReplyTo: null,
        replyTo: null,
        idempotencyKey: null,
      }) as const;
    expect(world.refused(send(address.replace("k", "\u212a")), "invalid_request").field).toBe("to");
    world.ok({ type: "addSuppression", userId: world.owner, address: "Kate@example.com", reason: null });
    world.refused(send("kATE@example.com"), "rule_violation");
    expect(world.refused(send("\u212aate@example.com"), "invalid_request").field).toBe("to");
  });
});

describe("webhooks", () => {
  function hooked(eventType = "booking.evicted"): { world: World; subId: string; a: string; c: string } {
    const world = createWorld();
    const subId = world.id("whk");
    world.ok({
      type: "createWebhook",
      userId: world.owner,
      subId,
      eventType,
      url: "https://example.com/h",
      secret: "whsec_x",
    });
    return { world, subId, a: world.agent(1), c: world.agent(5) };
  }
  const takeAll = (world: World) => world.ok({ type: "takeDeliveries" });

  it("a webhook too many is no fault of a field, and one that there is not is", () => {
    const { world } = hooked();
    const create = (eventType: string) => ({
      type: "createWebhook" as const,
      userId: world.owner,
      subId: world.id("whk"),
      eventType,
      url: "https://example.com/h",
      secret: "whsec_x",
    });
    for (let count = 1; count < 100; count++) {
      world.ok(create("*"));
    }
    expect(world.refused(create("*"), "invalid_request")).toMatchObject({
      field: null,
      detail: "a calendar has 100 webhooks at most",
    });
    expect(world.refused(create("no.such"), "invalid_request")).toMatchObject({ field: "event_type" });
  });

  it("AD-9-queue an event is queued for who asked for it, with what a receiver needs", () => {
    const { world, subId, a, c } = hooked();
    const lost = world.commit(c, "10:00", "10:30").booking;
    const won = world.commit(a, "10:00", "10:30").booking;
    const { deliveries } = takeAll(world);
    expect(deliveries).toMatchObject([
      { subId, url: "https://example.com/h", secret: "whsec_x", attempt: 1 },
    ]);
    expect(JSON.parse(deliveries[0]?.body ?? "")).toMatchObject({
      id: deliveries[0]?.eventId,
      type: "booking.evicted",
      created_at: "2030-01-07T08:00:00+00:00",
      data: {
        booking_id: lost.bookingId,
        agent_id: c,
        user_id: world.owner,
        start: "2030-01-07T10:00:00+00:00",
        reason: "outranked",
        evicted_by_booking_id: won.bookingId,
        evicted_by_agent_id: a,
        evicted_by_priority: 1,
      },
    });
    expect(takeAll(world).deliveries, "each is handed out once").toEqual([]);
  });

  it("AD-9-retry a failure is tried again after a doubling delay, 8 times in all, with the same id and body", () => {
    const { world, subId, a, c } = hooked();
    world.commit(c, "10:00", "10:30");
    world.commit(a, "10:00", "10:30");
    const [first] = takeAll(world).deliveries;
    const eventId = first?.eventId ?? "";
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      world.ok({ type: "deliveryAttempted", subId, eventId, error: "HTTP 500", prompt: true, jitter: 0 });
      const { deliveries, nextAtMs } = takeAll(world);
      expect(deliveries).toEqual([]);
      if (nextAtMs !== null) {
        delays.push((nextAtMs - world.now.wall) / 1_000);
        world.advance(nextAtMs - world.now.wall);
        expect(takeAll(world).deliveries).toEqual([{ ...first, attempt: attempt + 1 }]);
      }
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320]);
    expect(world.ok({ type: "listDeliveries", userId: world.owner, subId }).deliveries).toMatchObject([
      { eventId, status: "failed", attempts: 8, lastError: "HTTP 500" },
    ]);
    world.expectReplayEqual();
  });

  it("AD-9-restart what was under way at a restart is handed out again; what was delivered is not", () => {
    const { world, subId, c } = hooked("*");
    world.commit(c, "10:00", "10:30");
    world.commit(c, "11:00", "11:30");
    const [first] = takeAll(world).deliveries;
    world.ok({
      type: "deliveryAttempted",
      subId,
      eventId: first?.eventId ?? "",
      error: null,
      prompt: true,
      jitter: 0,
    });
    world.restart();
    expect(takeAll(world).deliveries).toHaveLength(1);
    world.takeSnapshot();
    world.restart();
    expect(takeAll(world).deliveries).toHaveLength(1);
  });

  it("AD-9-jitter varies the delay by a fifth at most", () => {
    const { world, subId, c } = hooked("booking.*");
    world.commit(c, "10:00", "10:30");
    world.commit(c, "11:00", "11:30");
    const outcome = { type: "deliveryAttempted", subId, error: "x", prompt: true } as const;
    const [one] = takeAll(world).deliveries;
    world.ok({ ...outcome, eventId: one?.eventId ?? "", jitter: -1 });
    const { deliveries, nextAtMs } = takeAll(world);
    expect(nextAtMs).toBe(world.now.wall + 4_000);
    world.ok({ ...outcome, eventId: deliveries[0]?.eventId ?? "", jitter: 0.999 });
    world.advance(4_000);
    expect(takeAll(world).deliveries).toHaveLength(1);
    expect(takeAll(world).nextAtMs).toBe(world.now.wall + 1_999);
  });

  it("AD-9-delete a webhook that is gone is told nothing any more, and shows no secret while it is there", () => {
    const { world, subId, c } = hooked("*");
    world.commit(c, "10:00", "10:30");
    const [taken] = takeAll(world).deliveries;
    world.commit(c, "11:00", "11:30");
    expect(JSON.stringify(world.ok({ type: "listWebhooks", userId: world.owner }))).not.toContain("whsec");
    world.refused({ type: "deleteWebhook", userId: world.person("o@example.com"), subId }, "not_found");
    world.ok({ type: "deleteWebhook", userId: world.owner, subId });
    expect(takeAll(world)).toEqual({ deliveries: [], nextAtMs: null });
    const outcome = {
      type: "deliveryAttempted",
      subId,
      eventId: taken?.eventId ?? "",
      error: null,
      prompt: true,
      jitter: 0,
    } as const;
    expect(world.ok(outcome).delivery).toBeNull();
    world.expectReplayEqual();
  });

  it("AD-9-bound a thousand finished deliveries are remembered, and none that still waits is dropped", () => {
    const { world, subId, c } = hooked("booking.committed");
    for (let index = 0; index < 1_500; index += 1) {
      const start = world.now.wall + hour + index * hour;
      world.commit(c, start, start + hour / 2);
    }
    const list = (): readonly { eventId: string; status: string }[] =>
      world.ok({ type: "listDeliveries", userId: world.owner, subId }).deliveries;
    const taken: string[] = [];
    for (let next = takeAll(world).deliveries; taken.length < 1_200; next = takeAll(world).deliveries) {
      for (const { eventId } of next.slice(0, 1_200 - taken.length)) {
        taken.push(eventId);
        world.ok({ type: "deliveryAttempted", subId, eventId, error: null, prompt: true, jitter: 0 });
      }
    }
    expect(list()).toHaveLength(1_300);
    expect(list().map(({ eventId }) => eventId)).toEqual(
      list()
        .map(({ eventId }) => eventId)
        .toSorted()
        .toReversed(),
    );
    expect(list().filter(({ status }) => status === "pending")).toHaveLength(300);
    expect(list().filter(({ status }) => status === "delivered")).toHaveLength(1_000);
    world.takeSnapshot();
    world.expectReplayEqual();
  });

  it("AD-9-names an event that does not exist cannot be asked for", () => {
    const { world } = hooked();
    world.refused(
      {
        type: "createWebhook",
        userId: world.owner,
        subId: world.id("whk"),
        eventType: "booking.dreamt",
        url: "https://e.com",
        secret: "s",
      },
      "invalid_request",
    );
  });
});
