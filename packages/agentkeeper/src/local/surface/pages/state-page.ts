// A page about the state of a daemon, as it is at the moment of the request.
import type { Now, Page, PageView, Region } from "@x/core/service";
import type { State } from "../../rules/model/state.ts";
import type { PageFacts } from "./facts.ts";

/** What a page says about itself; `count` is for the navigation. */
export interface StatePage extends Omit<Page, "count" | "render"> {
  count?(state: State): number;
  render(state: State, now: Now, view: PageView): readonly Region[];
}

export function statePage({ engine }: PageFacts, { count, render, ...page }: StatePage): Page {
  return {
    ...page,
    ...(count === undefined ? {} : { count: () => engine.peek(count) }),
    render: (view) => engine.peek((state, now) => render(state, now, view)),
  };
}
