"""Writes cases of cron, a line of JSON each: zone, expression, start, and the firings after it in milliseconds."""

import json
import sys
import zoneinfo
from datetime import timedelta
from random import Random

from expressions import expression
from judge import clock_changes, firings, instant

# Clocks that change by an hour, by half an hour, at midnight of the day before, and at midnight of the day itself.
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Atlantic/Azores"]
FIRST, LAST = instant("2026-01-01"), instant("2029-01-01")
FIRINGS = 3
SECOND = timedelta(seconds=1)


def start_of(random, changes):
    """Any instant, or one about a change of the clock."""
    if random.random() < 0.4:
        return FIRST + timedelta(seconds=random.randrange((LAST - FIRST) // SECOND))
    near = random.choice([0, 1, 60, 1_800, 3_600, random.randrange(10_800), random.randrange(10_800)]) * SECOND
    return random.choice(changes) + random.choice([-1, 1]) * near


def milliseconds(at):
    return round(at.timestamp() * 1_000)


def main(seed, count):
    # Not the system's zones.
    zoneinfo.reset_tzpath(to=[])
    random = Random(seed)
    zones = {name: zoneinfo.ZoneInfo(name) for name in ZONES}
    changes = {name: list(clock_changes(zone, FIRST, LAST)) for name, zone in zones.items()}
    for index in range(count):
        name = ZONES[index % len(ZONES)]
        written, start = expression(random), start_of(random, changes[name])

        def is_steady(since, until, name=name):
            return until < LAST and not any(since < change < until for change in changes[name])

        expected = firings(written, zones[name], start, FIRINGS, is_steady)
        print(json.dumps([name, written, milliseconds(start), [milliseconds(firing) for firing in expected]]))


main(int(sys.argv[1]), int(sys.argv[2]))
