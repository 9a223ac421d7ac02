// Connections that are cut under the load.
import type { Session } from "./session.ts";

/** Cuts connections behind a proxy, by turns at once and after the effect of a call but before its answer. */
export function cutNowAndThen({ proxies }: Pick<Session<unknown>, "proxies">): { stop(): void } {
  let turns = 0;
  const timer = setInterval(() => {
    const proxy = proxies[turns % proxies.length];
    turns += 1;
    if (turns % 3 === 0) {
      proxy?.setFault({ kind: "cut", afterBytes: 0, direction: "to-client" });
      setTimeout(() => proxy?.setFault({ kind: "none" }), 150);
    } else {
      proxy?.cutAll();
    }
  }, 700);
  return { stop: () => clearInterval(timer) };
}
