// Humans: who may claim agents and look after grids, which no agent may.
import { HttpProblem, type HttpRequest, isLoopbackName, tokenJudge } from "@x/core/service";
import type { Surface } from "./context.ts";
import { retryLater } from "./errors.ts";

/** Lets in who operates the server. */
export interface Humans {
  /** @throws {HttpProblem} 401 without the token, 403 `admin_disabled` where none is asked for and others can reach the server */
  admit(request: HttpRequest, token?: string): void;
  /** @throws {HttpProblem} 429 after too many wrong codes */
  beforeCode(): void;
  afterWrongCode(): void;
}

const mostWrongCodes = 30;
const withinMs = 60_000;

export function createHumans({
  adminToken,
  isLocal,
  engine,
}: Pick<Surface, "adminToken" | "isLocal" | "engine">): Humans {
  const judge = adminToken === undefined ? undefined : tokenJudge(adminToken);
  let wrongAt: number[] = [];
  return {
    admit(request, token) {
      if (judge === undefined) {
        if (!isLocal || !isLoopbackName(hostOf(request))) {
          throw new HttpProblem(
            403,
            "admin_disabled",
            "without an admin token only this machine itself, under its own name, can do this",
          );
        }
      } else if (
        judge(token === undefined ? request.header("authorization") : `Bearer ${token}`) !== "right"
      ) {
        throw new HttpProblem(401, "unauthorized", "this needs the admin token", {
          headers: { "www-authenticate": "Bearer" },
        });
      }
    },
    beforeCode() {
      const { mono } = engine.clock.now();
      wrongAt = wrongAt.filter((at) => mono - at < withinMs);
      const [oldest = mono] = wrongAt;
      if (wrongAt.length >= mostWrongCodes) {
        throw retryLater("rate_limited", "too many wrong codes", oldest + withinMs - mono);
      }
    },
    afterWrongCode() {
      wrongAt.push(engine.clock.now().mono);
    },
  };
}

const hostOf = (request: HttpRequest): string =>
  (request.header("host") ?? "")
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
