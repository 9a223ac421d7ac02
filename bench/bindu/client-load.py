# What calls cost the official client: `client-load.py ADDRESS CALLS` asks one thing after the other.
import json
import sys
import time

from bindu.grpc.client import GrpcAgentClient

address, calls = sys.argv[1], int(sys.argv[2])
client = GrpcAgentClient(address)


def run(count):
    begin, cpu = time.perf_counter(), time.process_time()
    for _ in range(count):
        client([{"role": "user", "content": "What is the capital of France?"}])
    return {"seconds": time.perf_counter() - begin, "cpuSeconds": time.process_time() - cpu}


run(calls // 2)
print(json.dumps({"calls": calls, **run(calls)}))
