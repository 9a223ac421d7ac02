"""The same load by the official client: client-load.py URL CALLS."""

import asyncio
import json
import logging
import os
import sys
import time
from urllib.parse import urlsplit

logging.disable(logging.CRITICAL)
from openagents.sdk.client import AgentClient  # noqa: E402

url, calls = urlsplit(sys.argv[1]), int(sys.argv[2])


async def main():
    client = AgentClient(agent_id=f"python-{os.getpid()}")
    assert await client.connect_to_server(url.hostname, url.port)

    async def run(count):
        begin, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            await client.send_agent_message("somebody", {"text": "Is the report there?"})
        return {"seconds": time.perf_counter() - begin, "cpuSeconds": time.process_time() - cpu}

    await run(calls // 2)
    result = {"calls": calls, **await run(calls)}
    await client.disconnect()
    return result


# What the package prints by itself is no result.
out, sys.stdout = sys.stdout, sys.stderr
print(json.dumps(asyncio.run(main())), file=out)
