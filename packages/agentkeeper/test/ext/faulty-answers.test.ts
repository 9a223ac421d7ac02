// A daemon that leaves out what an answer must hold: the error names the method that was called.
import { createGrpcServer } from "@x/core/rpc";
import { expect, it } from "vitest";
import { ElectionExtService } from "../../src/gen/agentkeeper/ext/v1/election_pb.ts";
import { LeaseExtService } from "../../src/gen/agentkeeper/ext/v1/lease_pb.ts";
import { RegistryExtService } from "../../src/gen/agentkeeper/ext/v1/registry_pb.ts";
import { TaskExtService } from "../../src/gen/agentkeeper/ext/v1/task_pb.ts";
import { AgentKeeperClient } from "../../src/index.ts";

it("an answer without its inner message is told of the method that was called", async () => {
  await using server = createGrpcServer({
    routes(router) {
      router.service(TaskExtService, {
        claimTask: () => ({ task: {} }),
        listTasks: () => ({ tasks: [{}] }),
        cancelTask: () => ({ task: {} }),
      });
      router.service(LeaseExtService, {
        getLease: () => ({ lease: {} }),
        listLeases: () => ({ leases: [{}] }),
      });
      router.service(ElectionExtService, {
        getElection: () => ({ election: {} }),
        listElections: () => ({ elections: [{}] }),
      });
      router.service(RegistryExtService, { listAgents: () => ({ agents: [{}] }) });
    },
  });
  await using client = new AgentKeeperClient(await server.listen());
  const all = async (items: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of items) {
      // Each is decoded as it is read.
    }
  };
  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    tryClaimTask: () => client.tryClaimTask("a"),
    listTaskDetails: () => all(client.listTaskDetails()),
    cancelTask: () => client.cancelTask("t"),
    getLease: () => client.getLease("l"),
    listLeases: () => all(client.listLeases()),
    getElection: () => client.getElection("g"),
    listElections: () => all(client.listElections()),
    listAgents: () => all(client.listAgents()),
  };
  for (const [operation, call] of Object.entries(calls)) {
    await expect(call(), operation).rejects.toMatchObject({
      name: "InternalError",
      operation,
      message: expect.stringMatching(`^${operation}: the daemon answered without the field `),
    });
  }
});
