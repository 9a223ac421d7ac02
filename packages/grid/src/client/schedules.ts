// Schedules: what an agent tells itself later, once or again and again.

import { isDate, must, type OptionRule, type OptionRules } from "@x/core";
import { GridError } from "../errors.ts";
import type { GridDeletedSchedule, GridSchedule } from "../types.ts";
import type { Body } from "../wire/names.ts";
import type { RestCall, RpcCall } from "../wire/profile.ts";
import {
  type CallOptions,
  callOptionRules,
  checkCall,
  checkCallOptions,
  checked,
  idRule,
} from "./call-options.ts";
import type { Connection, Repeat } from "./connection.ts";
import { deletedScheduleOf, scheduleOf } from "./decode/decode-schedule.ts";
import { listOf, readerOf } from "./decode/reading.ts";
import { messageIdRule, newId } from "./messages.ts";
import { metadataRule } from "./task-options.ts";

/** When: a phrase such as `every weekday at 9am`, cron expressions, or one time. Exactly one of them. */
export type ScheduleTime =
  | {
      readonly schedule: string;
      readonly cronExprs?: undefined;
      readonly fireAt?: undefined;
    }
  | {
      readonly cronExprs: readonly string[];
      readonly schedule?: undefined;
      readonly fireAt?: undefined;
    }
  | {
      /** An ISO text or a Date. */
      readonly fireAt: string | Date;
      readonly schedule?: undefined;
      readonly cronExprs?: undefined;
    };

interface ScheduleExtras extends CallOptions {
  /** An IANA name. @default "UTC" */
  readonly timezone?: string | undefined;
  readonly description?: string | undefined;
  /** After so many firings it is completed. @default no bound */
  readonly maxFires?: number | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export type CreateScheduleOptions = ScheduleTime &
  ScheduleExtras & {
    /** What is told, 1 to 10,000 characters. */
    readonly messageText: string;
    /** By which a repeat is known, 1 to 128 characters. @default a new UUID */
    readonly requestId?: string | undefined;
  };

/** What changes; what is absent stays. A new time replaces the old one, of whatever kind. */
export type UpdateScheduleOptions = (ScheduleTime | { [Name in keyof ScheduleTime]?: undefined }) &
  ScheduleExtras & {
    readonly messageText?: string | undefined;
    readonly status?: GridSchedule["status"] | undefined;
  };

const timeRule: OptionRule = {
  expected: "an ISO text or a valid Date",
  isOne: (value) =>
    isDate(value) ? !Number.isNaN(value.getTime()) : typeof value === "string" && value !== "",
};

const sharedRules = {
  ...callOptionRules,
  schedule: must.beFullText,
  cronExprs: must.beTexts,
  fireAt: timeRule,
  timezone: must.beFullText,
  description: must.beText,
  maxFires: must.beWhole(1),
  metadata: metadataRule,
};

const createRules: OptionRules<CreateScheduleOptions> = {
  ...sharedRules,
  messageText: { ...must.beFullText, required: true },
  requestId: messageIdRule,
};

const updateRules: OptionRules<UpdateScheduleOptions> = {
  ...sharedRules,
  messageText: must.beFullText,
  status: must.beFullText,
};

/** The calls of schedules, over one connection; by JSON-RPC, or by REST where the profile says so. */
export class Schedules {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async createSchedule(options: CreateScheduleOptions): Promise<GridSchedule> {
    const method = "createSchedule";
    checkCall(method, options, createRules);
    checkTimes(method, options, 1);
    const params = { ...members(options), requestId: options.requestId ?? newId() };
    return await this.#schedule(method, params, "deduped", options);
  }

  async listSchedules(options: CallOptions): Promise<GridSchedule[]> {
    const method = "listSchedules";
    checkCallOptions(method, options);
    const answer = await this.#call(method, {}, "always", options);
    const read = readerOf(this.#connection.profile, method);
    return listOf(read, answer).map((item) => scheduleOf(read, item));
  }

  async getSchedule(scheduleId: string, options: CallOptions): Promise<GridSchedule> {
    const method = "getSchedule";
    checkCallOptions(method, options);
    return await this.#schedule(
      method,
      { scheduleId: checked(method, "scheduleId", scheduleId, idRule) },
      "always",
      options,
    );
  }

  async updateSchedule(scheduleId: string, options: UpdateScheduleOptions): Promise<GridSchedule> {
    const method = "updateSchedule";
    checkCall(method, options, updateRules);
    checkTimes(method, options, 0);
    const params = { scheduleId: checked(method, "scheduleId", scheduleId, idRule), ...members(options) };
    return await this.#schedule(method, params, "never", options);
  }

  async deleteSchedule(scheduleId: string, options: CallOptions): Promise<GridDeletedSchedule> {
    const method = "deleteSchedule";
    checkCallOptions(method, options);
    const params = { scheduleId: checked(method, "scheduleId", scheduleId, idRule) };
    const answer = await this.#call(method, params, "never", options);
    return deletedScheduleOf(readerOf(this.#connection.profile, method), answer, scheduleId);
  }

  async #schedule(
    method: ScheduleCall,
    params: ScheduleParams,
    repeat: Repeat,
    options: CallOptions,
  ): Promise<GridSchedule> {
    const answer = await this.#call(method, params, repeat, options);
    return scheduleOf(readerOf(this.#connection.profile, method), answer);
  }

  #call(
    method: ScheduleCall,
    params: ScheduleParams,
    repeat: Repeat,
    options: CallOptions,
  ): Promise<unknown> {
    const { names, profile } = this.#connection;
    if (profile.switches.scheduleTransport === "rpc") {
      return this.#connection.rpc({ method, call: method, params: names.rpc(params), repeat }, options);
    }
    const { scheduleId, ...payload } = params;
    const values = typeof scheduleId === "string" ? { scheduleId } : {};
    return this.#connection.rest(
      { method, route: method, values, payload: names.rpc(payload), repeat },
      options,
    );
  }
}

type ScheduleCall = Extract<RpcCall & RestCall, `${string}Schedule${string}`>;
type ScheduleParams = Parameters<Connection["names"]["rpc"]>[0];

/** What is sent of the options: all but what is for the call itself. */
function members(options: CreateScheduleOptions | UpdateScheduleOptions): Body {
  const { signal: _, timeoutMs: __, ...rest } = options;
  return rest;
}

function checkTimes(
  method: string,
  { schedule, cronExprs, fireAt }: CreateScheduleOptions | UpdateScheduleOptions,
  atLeast: number,
): void {
  const given = [schedule, cronExprs, fireAt].filter((each) => each !== undefined).length;
  if (given > 1 || given < atLeast) {
    const count = atLeast === 1 ? "exactly" : "at most";
    throw new GridError(`${method}: give ${count} one of schedule, cronExprs and fireAt, not ${given}.`, {
      method,
      reason: "schedule_kind",
    });
  }
}
