"""Random cron expressions of every form that Grid takes, save `a-a/n`, in which cronsim sees an `a/n`."""

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEKDAYS = "SUN MON TUE WED THU FRI SAT".split()


def expression(random):
    return " ".join(
        [
            field(random, 0, 59, stars=0.2),
            field(random, 0, 23, stars=0.3),
            field(random, 1, 31, stars=0.6),
            field(random, 1, 12, stars=0.8, names=MONTHS),
            field(random, 0, 7, stars=0.6, names=WEEKDAYS),
        ]
    )


def field(random, lowest, highest, stars, names=()):
    items = [item(random, lowest, highest, names) for _ in range(random.choice([1, 1, 1, 2, 3]))]
    if random.random() < stars:
        star = random.choice(["*", "*", f"*/{random.randint(1, highest + 1)}"])
        items = [star, *items[1:]] if random.random() < 0.9 else [*items, star]
    return ",".join(items)


def item(random, lowest, highest, names):
    def value(number):
        if names and random.random() < 0.4:
            name = names[(number - lowest) % len(names)]
            # A name of Sunday is its 0, which no range ends with.
            if number - lowest < len(names):
                return random.choice([name, name.lower(), name.title()])
        return str(number)

    first = random.randint(lowest, highest)
    step = random.randint(1, highest + 1)
    form = random.randrange(5)
    if form == 0:
        return f"{value(first)}/{step}"
    if form < 3 and first < highest:
        last = value(random.randint(first + 1, highest))
        return f"{value(first)}-{last}" + (f"/{step}" if form == 1 else "")
    return value(first)
