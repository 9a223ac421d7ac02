"""Random JSON documents as texts: numbers in every form, names of every plane, escapes and white space at will."""

import json

NUMBERS = """
0 -0 1 -1 9007199254740993 123456789012345678901 -123456789012345678901234567890
0.0 -0.0 1.0 1.50 100.0 0.1 0.30000000000000004 0.0001 0.00001 9007199254740993.0
1.0e0 1E2 1e2 1e+2 1e15 1e16 1.5e16 1e21 1E-7 5e-324 1e-400 1.7976931348623157e308
""".split()
CHARACTERS = 'abcXYZ019 _-/"\\\b\t\n\f\r\x00\x1f\x7fä\u2028\ufeff\ue000\uffff😀𝒜\U0010ffff'
NAMES = ["", *"2 10 1 __proto__ constructor toJSON length \ue000 \uffff 😀 𝒜 é e\u0301".split()]
BLANKS = ["", "", "", " ", "  ", "\n", "\t", "\r\n"]


def number(random):
    kind = random.randrange(4)
    if kind == 0:
        return random.choice(NUMBERS)
    if kind == 1:
        return str(random.randrange(-(10 ** random.randrange(1, 40)), 10 ** random.randrange(1, 40)))
    digits = str(random.randrange(10 ** random.randrange(1, 20)))
    if kind == 2:
        return f"{random.choice(['', '-'])}{random.randrange(1_000)}.{digits}"
    return (
        f"{random.choice(['', '-'])}{random.randrange(10)}.{digits}{random.choice('eE')}{random.randrange(-330, 300)}"
    )


def string(random, value):
    """A text for a string, with escapes where none are needed."""
    written = []
    for character in value:
        if character in '"\\' or character < " " or random.random() < 0.1:
            written.append(json.dumps(character)[1:-1])
        elif character == "/" and random.random() < 0.5:
            written.append("\\/")
        else:
            written.append(character)
    return f'"{"".join(written)}"'


def word(random):
    return "".join(random.choices(CHARACTERS, k=random.randrange(8)))


def document(random, depth=4):
    """The text of any value."""
    kind = random.randrange(7 if depth > 0 else 5)
    if kind < 2:
        return number(random)
    if kind < 4:
        return string(random, word(random))
    if kind == 4:
        return random.choice(["true", "false", "null"])
    if kind == 5:
        return listed(random, "[", "]", [document(random, depth - 1) for _ in range(random.randrange(5))])
    return written_object(random, depth)


def written_object(random, depth=4):
    """The text of an object whose names differ."""
    names = {random.choice([word(random), random.choice(NAMES)]) for _ in range(random.randrange(6))}
    return object_of(random, {name: document(random, depth - 1) for name in sorted(names)})


def object_of(random, members):
    """The text of an object of named texts, in any order."""
    written = [f"{string(random, name)}{blank(random)}:{blank(random)}{text}" for name, text in members.items()]
    random.shuffle(written)
    return listed(random, "{", "}", written)


def listed(random, start, end, items):
    return f"{start}{','.join(f'{blank(random)}{item}{blank(random)}' for item in items)}{end}"


def blank(random):
    return random.choice(BLANKS)


def same(a, b):
    """Whether two values are the same, `1` and `1.0` or `0.0` and `-0.0` being two."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b and repr(a) == repr(b)
