// A token bucket for each key: so many requests at once, so many per second after that.
import { type Clock, systemClock } from "../../clock.ts";
import { AgingMap } from "../shared/aging-map.ts";
import { HttpProblem } from "./problem.ts";

/** Settings of a rate limit. */
export interface RateLimitOptions {
  /** Tokens that come back each second. Above 0. */
  readonly perSecond: number;
  /** Tokens of a full bucket: requests that may come at once. At least 1. */
  readonly burst: number;
  readonly clock?: Clock;
  /** Keys that are remembered; above it, those with full buckets are forgotten first. @default 100_000 */
  readonly maxKeys?: number;
}

/** What became of one request. */
export interface RateVerdict {
  readonly allowed: boolean;
  readonly limit: number;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Seconds until the bucket is full again. */
  readonly resetSeconds: number;
  /** Seconds until the next token, exactly; 0 when allowed. */
  readonly retryAfterSeconds: number;
}

/** Counts requests per key. */
export interface RateLimit {
  /** Takes a token of the key's bucket, if there is one. */
  take(key: string): RateVerdict;
  /** Keys that are remembered. */
  readonly size: number;
}

const sweepEveryMs = 1_000;

interface Bucket {
  tokens: number;
  atMono: number;
}

export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { perSecond, burst, clock = systemClock, maxKeys = 100_000 } = options;
  if (!(perSecond > 0) || !(burst >= 1)) {
    throw new RangeError("a rate limit needs more than 0 requests per second and a burst of at least 1");
  }
  const buckets = new AgingMap<string, Bucket>();
  let sweptAt = Number.NEGATIVE_INFINITY;

  const forgetSome = (mono: number): void => {
    // A look at every key is dear: strangers with ever new ones must not have it for each.
    if (mono - sweptAt >= sweepEveryMs) {
      sweptAt = mono;
      for (const [key, { tokens, atMono }] of buckets) {
        if (tokens + ((mono - atMono) / 1_000) * perSecond >= burst) {
          buckets.delete(key);
        }
      }
    }
    // Every key is in use: the oldest one starts afresh.
    while (buckets.size >= maxKeys && buckets.oldest !== undefined) {
      buckets.delete(buckets.oldest[0]);
    }
  };

  return {
    get size() {
      return buckets.size;
    },
    take(key: string): RateVerdict {
      const { mono } = clock.now();
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        if (buckets.size >= maxKeys) {
          forgetSome(mono);
        }
        bucket = { tokens: burst, atMono: mono };
        buckets.set(key, bucket);
      } else {
        bucket.tokens = Math.min(burst, bucket.tokens + ((mono - bucket.atMono) / 1_000) * perSecond);
        bucket.atMono = mono;
      }
      const allowed = bucket.tokens >= 1;
      if (allowed) {
        bucket.tokens -= 1;
      }
      return {
        allowed,
        limit: burst,
        remaining: Math.floor(bucket.tokens),
        resetSeconds: Math.ceil((burst - bucket.tokens) / perSecond),
        retryAfterSeconds: allowed ? 0 : (1 - bucket.tokens) / perSecond,
      };
    },
  };
}

/** The `X-RateLimit-*` headers of an answer. */
export function rateHeaders({ limit, remaining, resetSeconds }: RateVerdict): Record<string, string> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(resetSeconds),
  };
}

/** The problem of a request that came too soon: 429 with a whole number of seconds in `Retry-After`, at least 1. */
export function rateLimited({ retryAfterSeconds }: RateVerdict): HttpProblem {
  return new HttpProblem(
    429,
    "rate_limited",
    `too many requests; try again in ${retryAfterSeconds.toFixed(3)} s`,
    {
      fields: { retry_after_seconds: Math.round(retryAfterSeconds * 1_000) / 1_000 },
      headers: { "retry-after": String(Math.max(1, Math.ceil(retryAfterSeconds))) },
    },
  );
}
