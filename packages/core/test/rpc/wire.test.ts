// The pieces of the protocol by themselves: frames, timeouts, percent coding, metadata, the queue of messages.

import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader, frame } from "../../src/rpc/wire/frames.ts";
import { MessageQueue } from "../../src/rpc/wire/message-queue.ts";
import { addMetadata, toHeaders } from "../../src/rpc/wire/metadata.ts";
import { percentDecode, percentEncode } from "../../src/rpc/wire/percent.ts";
import { addErrorStatus, readStatus } from "../../src/rpc/wire/status.ts";
import { formatTimeout, parseTimeout } from "../../src/rpc/wire/timeout.ts";
import { failureOf } from "./fixture.ts";

function readAll(
  chunks: readonly Uint8Array[],
  maxBytes = 1_000,
): { frames: [number[], boolean][]; unfinished: boolean } {
  const frames: [number[], boolean][] = [];
  const reader = new FrameReader(maxBytes, {
    onFrame: (payload, compressed) => frames.push([[...payload], compressed]),
  });
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  return { frames, unfinished: reader.unfinished };
}

describe("frames", () => {
  test("messages survive any cutting of their bytes", () => {
    const messages = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean()), { maxLength: 6 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat(300), { maxLength: 20 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(([message, compressed]) => frame(message, compressed)));
        const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
        const { frames, unfinished } = readAll(chunks);
        expect(frames).toEqual(sent.map(([message, compressed]) => [[...message], compressed]));
        expect(unfinished).toBe(false);
      }),
    );
  });

  test("a part of a message is known to be one", () => {
    expect(readAll([frame(new Uint8Array(10), false).subarray(0, 12)]).unfinished).toBe(true);
  });

  test("a message is refused by its announced length, before its bytes arrive", () => {
    expect(() => readAll([frame(new Uint8Array(1_001), false).subarray(0, 5)])).toThrow(ConnectError);
    expect(() => readAll([Buffer.from([0, 0xff, 0xff, 0xff, 0xff])])).toThrow("4294967295 bytes");
  });

  test("a message shares no memory with the chunk it came in", () => {
    const chunk = frame(new Uint8Array([1, 2, 3]), false);
    const seen: Uint8Array[] = [];
    new FrameReader(100, { onFrame: (payload) => seen.push(payload) }).push(chunk);
    chunk.fill(0);
    expect([...(seen[0] ?? [])]).toEqual([1, 2, 3]);
  });
});

describe("timeouts", () => {
  test("what is written is read back, never less, within a unit", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e11, noNaN: true }), (timeoutMs) => {
        const text = formatTimeout(timeoutMs);
        expect(text).toMatch(/^\d{1,8}[mSH]$/);
        expect(parseTimeout(text)).toBeGreaterThanOrEqual(timeoutMs);
      }),
    );
  });

  test.each([
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3_000],
    ["4m", 4],
    ["5u", 0.005],
    ["6n", 0.000_006],
    ["00000000m", 0],
  ])("%s is %d ms", (text, timeoutMs) => {
    expect(parseTimeout(text)).toBeCloseTo(timeoutMs, 9);
  });

  test.each(["", "5", "m", "-1m", "1.5S", "1 S", "123456789m", "5x", "0x1m"])("%j is none", (text) => {
    expect(() => parseTimeout(text)).toThrow("grpc-timeout");
  });
});

describe("status messages", () => {
  test("any text survives, in characters that HTTP/2 carries", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const encoded = percentEncode(text);
        expect(encoded).toMatch(/^$|^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
        expect(percentDecode(encoded)).toBe(text.toWellFormed());
      }),
    );
  });

  test("blanks at either end are coded: HTTP/2 would refuse them", () => {
    expect(percentEncode(" a b ")).toBe("%20a b%20");
  });

  test("what is no percent coding stays as it is", () => {
    expect(percentDecode("100 % sure, %zz, %4")).toBe("100 % sure, %zz, %4");
  });

  test("broken details do not hide the status", () => {
    const status = readStatus({
      "grpc-status": "5",
      "grpc-message": "gone",
      "grpc-status-details-bin": "!!!",
    });
    expect(status).toMatchObject({ code: Code.NotFound, rawMessage: "gone" });
  });

  test.each(["17", "-1", "abc", ""])("grpc-status %j is unknown", (text) => {
    expect(readStatus({ "grpc-status": text })).toMatchObject({ code: Code.Unknown });
  });

  test("of an error from elsewhere only the status is passed on", () => {
    const error = new ConnectError("theirs", Code.Aborted, { "x-secret": "1" });
    error.isWireError = true;
    const trailers = {};
    addErrorStatus(trailers, error);
    expect(trailers).toEqual({ "grpc-status": "10", "grpc-message": "theirs" });
  });
});

describe("metadata", () => {
  test.each([
    ["a record", { "X-One": "1", two: " 2 " }],
    ["pairs", [["x-one", "1"] as const, ["two", "2"] as const]],
    ["Headers", new Headers({ "x-one": "1", two: "2" })],
  ])("%s is taken", (_, init) => {
    const block = {};
    addMetadata(block, init);
    expect(block).toEqual({ "x-one": "1", two: "2" });
  });

  test("several values of one name stay several", () => {
    const block = { a: "0" };
    addMetadata(block, [
      ["a", "1"],
      ["A", "2"],
    ]);
    expect(block).toEqual({ a: ["0", "1", "2"] });
    expect(toHeaders(block).get("a")).toBe("0, 1, 2");
  });

  test("names that the protocol writes itself are left out", () => {
    const block = {};
    addMetadata(block, {
      "grpc-status": "0",
      TE: "gzip",
      ":path": "/",
      "content-type": "x",
      connection: "close",
    });
    expect(block).toEqual({});
  });

  test.each([
    ["bad name", "x"],
    ["x", "a\r\nb"],
    ["x", "€"],
  ])("%j: %j is refused", (name, value) => {
    expect(() => addMetadata({}, { [name]: value })).toThrow("cannot carry");
  });
});

describe("the queue of messages", () => {
  const owner = { onDrained: () => {}, onAbandoned: () => {} };

  test("messages before a failure come before it, once", async () => {
    const queue = new MessageQueue<number>(owner);
    queue.push(1);
    queue.fail(new Error("broken"));
    queue.push(2);
    expect(await queue.next()).toEqual({ done: false, value: 1 });
    expect(await failureOf(queue.next())).toMatchObject({ message: "broken" });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test("readers that wait are served in order, and all end", async () => {
    const queue = new MessageQueue<number>(owner);
    const waiting = [queue.next(), queue.next(), queue.next()];
    queue.push(1);
    queue.close();
    expect((await Promise.all(waiting)).map((result) => result.value)).toEqual([1, undefined, undefined]);
  });

  test("a reader that leaves is reported once, and only while the stream is open", async () => {
    let abandoned = 0;
    const open = new MessageQueue<number>({ ...owner, onAbandoned: () => abandoned++ });
    await open.return();
    await open.return();
    expect(abandoned).toBe(1);
    const closed = new MessageQueue<number>({ ...owner, onAbandoned: () => abandoned++ });
    closed.close();
    await closed.return();
    expect(abandoned).toBe(1);
  });

  test("the owner hears when all was read", async () => {
    let drained = 0;
    const queue = new MessageQueue<number>({ ...owner, onDrained: () => drained++ });
    queue.push(1);
    queue.push(2);
    await queue.next();
    expect(drained).toBe(0);
    await queue.next();
    expect(drained).toBe(1);
  });
});
