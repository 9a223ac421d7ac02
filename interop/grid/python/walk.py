"""What random walks beside a model share: refusals that a model expects, and what came of a step."""

from agent import Refused


class Refusal(Exception):
    """The codes of which the answer must have one."""

    def __init__(self, codes):
        super().__init__(codes)
        self.codes = codes


def outcome_of(act, *given):
    """What came of it, or None and the codes that it was refused with."""
    try:
        return act(*given), set()
    except Refused as refused:
        return None, {refused.code}
    except Refusal as refusal:
        return None, refusal.codes


def agree(outcome, expected):
    """Whether an answer is the expected one, or one of the expected refusals."""
    (answer, refused), (expected_answer, codes) = outcome, expected
    return answer == expected_answer and refused <= codes and bool(refused) == bool(codes)
