"""The same load by the official client: acquire.py PORT THREADS MILLISECONDS prints what a call cost."""

import json
import sys
import threading
import time

from agentkeeper import AgentKeeperClient

port, threads, span = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
client = AgentKeeperClient("127.0.0.1", port)
agent = client.register("bench", "acquires and releases", "1.0.0", ttl=3600)


def calls_until(end, key, counts):
    calls = 0
    while time.perf_counter() < end:
        client.acquire_lease(key, agent.agent_id, ttl=60).release()
        calls += 2
    counts.append(calls)


def measure(seconds):
    counts = []
    cpu, begin = time.process_time(), time.perf_counter()
    running = [
        threading.Thread(target=calls_until, args=(begin + seconds, f"key-{index}", counts))
        for index in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return {
        "calls": sum(counts),
        "seconds": time.perf_counter() - begin,
        "cpuSeconds": time.process_time() - cpu,
    }


measure(span / 3)
print(json.dumps(measure(span)))
agent.deregister()
client.close()
