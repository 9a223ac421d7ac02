"""When cron expressions fire: by cronsim, and by the bare rule where a clock change leads cronsim astray."""

from datetime import datetime, timedelta, timezone
from itertools import islice

from cronsim import CronSim
from cronsim.cronsim import CronSimError

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
DAYS = 20 * DAY, 5 * DAY, DAY
HOURS = 16 * HOUR, 4 * HOUR, HOUR


def is_fixed(expression):
    """Whether it names times of the wall clock; else each minute that passes is compared."""
    minute, hour, *_ = expression.split()
    return not minute.startswith("*") and not hour.startswith("*")


def firings(expression, zone, start, count, is_steady):
    """The first firings strictly after an instant; `is_steady` tells whether no clock changes between two instants."""
    simulated = list(islice(by_cronsim(expression, zone, start), count))
    # cronsim steps over what a half-hour change repeats, and fires at a midnight that a change skips.
    if is_fixed(expression) or not simulated or is_steady(start - DAY, simulated[-1] + DAY):
        return simulated
    return list(islice(minute_by_minute(expression, zone, start), count))


def by_cronsim(expression, zone, start):
    try:
        found = (firing.astimezone(timezone.utc) for firing in CronSim(expression, start.astimezone(zone)))
        # Within the second pass of an hour it names times of the first, which are over.
        return (firing for firing in found if firing > start)
    except CronSimError:
        return iter(())


def minute_by_minute(expression, zone, start):
    """Every real minute, by what a clock shows then; no change of a clock divides a quarter of an hour."""
    fields = CronSim(expression, start)
    quarter = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
    while True:
        local = quarter.astimezone(zone)
        if local.month not in fields.months:
            quarter += step_within(quarter, zone, lambda each: each.month, *DAYS, *HOURS)
            continue
        if not fields.match_day(local.date()):
            quarter += step_within(quarter, zone, lambda each: each.day, *HOURS)
            continue
        if local.hour in fields.hours:
            for minute in range(15):
                at = quarter + timedelta(minutes=minute)
                if local.minute + minute in fields.minutes and at > start:
                    yield at
        quarter += QUARTER


def step_within(quarter, zone, part_of, *steps):
    """The longest of some steps that stays in the same month or day, whatever its clock does."""
    part = part_of(quarter.astimezone(zone))
    return next((step for step in steps if part_of((quarter + step).astimezone(zone)) == part), QUARTER)


def clock_changes(zone, first, last):
    """The instants at which a zone's clock changes."""
    at = first
    while at < last:
        offset = at.astimezone(zone).utcoffset()
        while (at + HOUR).astimezone(zone).utcoffset() == offset and at < last:
            at += HOUR
        while at.astimezone(zone).utcoffset() == offset and at < last:
            at += QUARTER
        if at < last:
            yield at


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
