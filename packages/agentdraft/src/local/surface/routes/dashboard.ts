// The owner's page and its files.
import { fileRoute, type HttpRoute, page } from "@x/core/service";
import { z } from "zod";
import { findOwner } from "../access.ts";
import type { Surface } from "../context.ts";
import { gatherFacts } from "../pages/facts.ts";
import { ownerPage, signInPage } from "../pages/page.ts";
import { script } from "../pages/script.ts";
import { styles } from "../pages/styles.ts";

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="1" y="2" width="14" height="13" rx="2" fill="#4a86d8"/><path d="M1 6h14M5 1v3M11 1v3" stroke="#fff"/></svg>`;

export function dashboardRoutes({ doors, engine, dev }: Surface): readonly HttpRoute[] {
  return [
    doors.everyone({
      method: "GET",
      path: "/dashboard",
      doc: { operationId: "dashboard", summary: "The owner's page", answers: {}, hidden: true },
      // A week that is none shows this one: the page is for people, and the address bar is theirs.
      query: z.object({
        week: z.string().optional(),
        decisions: z.string().optional(),
        decision: z.string().optional(),
      }),
      async handle({ query, request }) {
        const owner = findOwner(engine, request);
        return page(
          200,
          owner === undefined ? signInPage(dev) : ownerPage(await gatherFacts(engine, owner, query)),
        );
      },
    }),
    doors.everyone({
      method: "GET",
      path: "/dashboard/sign-in",
      doc: { operationId: "signInPage", summary: "Where links lead", answers: {}, hidden: true },
      handle: () => page(200, signInPage(dev)),
    }),
    fileRoute("/dashboard/app.js", "text/javascript; charset=utf-8", script),
    fileRoute("/dashboard/icon.svg", "image/svg+xml", icon),
    fileRoute("/dashboard/app.css", "text/css; charset=utf-8", styles()),
  ];
}
