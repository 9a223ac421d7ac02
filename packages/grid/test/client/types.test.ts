import { describe, expect, expectTypeOf, it } from "vitest";
import {
  type CreateScheduleOptions,
  GridA2AError,
  GridClient,
  GridError,
  GridNetworkError,
  GridServerError,
  type GridTask,
  GridTimeoutError,
  type TaskState,
} from "../../src/index.ts";

/** The methods of the product page, in its words. */
const page = [
  "register",
  "search",
  "get_node",
  "status",
  "set_status",
  "generate_claim_code",
  "heartbeat",
  "patch_node",
  "send_task",
  "send_message",
  "list_tasks",
  "get_task",
  "read_task",
  "update_task",
  "complete_task",
  "reject_task",
  "cancel_task",
  "ack_messages",
  "find_active_task",
  "create_room",
  "send_room_message",
  "read_room",
  "get_room",
  "list_rooms",
  "close_room",
  "leave_room",
  "join_room",
  "reject_room",
  "invite_to_room",
  "kick_from_room",
  "create_schedule",
  "list_schedules",
  "get_schedule",
  "update_schedule",
  "delete_schedule",
  "build_sse_url",
  "get_protocol_guide",
  "keypair_info",
] as const;

type Camel<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;

describe("G109 the product page", () => {
  it.each(page)("G109 %s is a method in camel case", (name) => {
    const method = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(GridClient.prototype).toHaveProperty(method, expect.any(Function));
  });

  it("G109 each of them is typed, and the results too", () => {
    expectTypeOf<Camel<(typeof page)[number]>>().toExtend<keyof GridClient>();
    expectTypeOf<Awaited<ReturnType<GridClient["sendTask"]>>>().toEqualTypeOf<GridTask>();
    expectTypeOf<"working">().toExtend<TaskState>();
    expectTypeOf<GridA2AError["code"]>().toBeNumber();
    expectTypeOf<{ messageText: string; schedule: string }>().toExtend<CreateScheduleOptions>();
    expectTypeOf<{ messageText: string }>().not.toExtend<CreateScheduleOptions>();
    expectTypeOf<{
      messageText: string;
      schedule: string;
      fireAt: Date;
    }>().not.toExtend<CreateScheduleOptions>();
  });

  it("G105 its exceptions are classes, one below the other", () => {
    const made = { code: "a", status: 500 };
    const network = new GridTimeoutError("t", { phase: "send", timeoutMs: 1 });
    expect(network).toBeInstanceOf(GridNetworkError);
    expect([
      network,
      new GridServerError("s", made),
      new GridA2AError("a", { code: -1, status: 200 }),
    ]).toEqual([expect.any(GridError), expect.any(GridError), expect.any(GridError)]);
  });
});
