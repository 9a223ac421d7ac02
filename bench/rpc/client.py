"""The official Python gRPC client: prints what one call costs alone and among 16 threads."""

import json
import sys
import threading
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

port, milliseconds, descriptors = sys.argv[1], float(sys.argv[2]), sys.argv[3]
pool = descriptor_pool.DescriptorPool()
files = descriptor_pb2.FileDescriptorSet()
with open(descriptors, "rb") as file:
    files.ParseFromString(file.read())
for one in files.file:
    pool.Add(one)
messages = message_factory.GetMessageClassesForFiles(["bench/v1/echo.proto"], pool)
Request, Response = messages["bench.v1.EchoRequest"], messages["bench.v1.EchoResponse"]

channel = grpc.insecure_channel(f"127.0.0.1:{port}")
echo = channel.unary_unary(
    "/bench.v1.EchoService/Echo",
    request_serializer=Request.SerializeToString,
    response_deserializer=Response.FromString,
)


def call_for(seconds, counts):
    end = time.perf_counter() + seconds
    calls = 0
    while time.perf_counter() < end:
        echo(Request(agent_id="agent-0123456789", task_id="task-0123456789abcdef", ttl_seconds=30), timeout=10)
        calls += 1
    counts.append(calls)


def per_second(threads, seconds):
    counts = []
    start = time.perf_counter()
    running = [threading.Thread(target=call_for, args=(seconds, counts)) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


span = milliseconds / 1000
per_second(16, span / 3)
concurrent = per_second(16, span)
per_second(1, span / 6)
serial = 1e6 / per_second(1, span)
print(json.dumps({"serialMicroseconds": serial, "perSecond": concurrent}))
