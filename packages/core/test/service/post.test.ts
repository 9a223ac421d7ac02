// One attempt to post to a stranger's URL.
import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { postOnce } from "../../src/service/outbox/post.ts";

it.each(["two\nlines", "\u043a\u043b\u044e\u0447"])(
  "a header that HTTP cannot carry (%j) is told as any failure",
  async (token) => {
    const { signal } = new AbortController();
    const options = { headers: { token }, body: "{}", timeoutMs: 5_000, peerClock: systemClock, signal };
    expect(await postOnce(new URL("http://127.0.0.1:9/"), options)).toEqual({
      error: expect.stringContaining("Invalid character"),
    });
  },
);
