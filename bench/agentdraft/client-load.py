"""The same load by the official client: client-load.py URL KEY CALLS."""

import json
import math
import sys
import time
from datetime import datetime, timedelta, timezone

from agentdraft import Client

url, key, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = Client(api_key=key, base_url=url)
first_hour = math.ceil(time.time() / 3600) + 24


def run(start, count):
    begin, cpu = time.perf_counter(), time.process_time()
    for index in range(start, start + count, 2):
        at = datetime.fromtimestamp((first_hour + index) * 3600, timezone.utc)
        booking = client.bookings.commit(start=at, end=at + timedelta(minutes=30))
        client.bookings.cancel(booking.booking_id)
    return {"seconds": time.perf_counter() - begin, "cpuSeconds": time.process_time() - cpu}


run(0, calls // 4)
print(json.dumps({"calls": calls, **run(calls, calls)}))
