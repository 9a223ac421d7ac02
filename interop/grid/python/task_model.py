"""Tasks as the documentation tells them: what a call changes, and what it is refused with."""

from walk import Refusal

TERMINAL = {"completed", "failed", "rejected", "canceled"}
RECEIVERS = {"working", "input_required", "auth_required", "failed", "rejected"}
TERMINAL_MESSAGE, TERMINAL_CHANGE = {-32004}, {-32002}
NOT_YOURS, UNKNOWN = {-32011}, {-32001}


class TaskModel:
    """One task with its sender, its receiver, and those whom it does not concern."""

    def __init__(self):
        self.state = "submitted"
        self.authors = ["sender"]
        self.read = {"sender": 0, "receiver": 0}
        self.acked = {"sender": 0, "receiver": 0}
        self.artifacts = set()

    def unread(self, who):
        return self._from_others(who, self.read[who])

    def _from_others(self, who, since):
        return sum(author != who for author in self.authors[since:])

    def _may(self, who, state):
        if state == "canceled":
            return True
        return who == ("receiver" if state in RECEIVERS else "sender")

    def _change(self, who, state):
        self.state = state
        if state in TERMINAL:
            self.authors.append(who)

    def send(self, who, state):
        if who == "outsider":
            raise Refusal(UNKNOWN)
        if self.state in TERMINAL:
            raise Refusal(TERMINAL_MESSAGE)
        if state is not None and not self._may(who, state):
            raise Refusal(NOT_YOURS)
        self.authors.append(who)
        if state is None and who == "receiver":
            state = "input_required"
        elif state is None and self.state in {"input_required", "auth_required"}:
            state = "working"
        if state is not None:
            self._change(who, state)

    def update(self, who, state, message, artifact):
        if who == "outsider":
            raise Refusal(UNKNOWN)
        if self.state in TERMINAL:
            is_repeat = state == self.state and not message and artifact is None
            if is_repeat and self._may(who, state):
                return
            # Where a call breaks several rules at once, the documentation leaves open which is told.
            raise Refusal(TERMINAL_MESSAGE | TERMINAL_CHANGE | NOT_YOURS)
        if (state is not None and not self._may(who, state)) or (artifact is not None and who == "sender"):
            raise Refusal(NOT_YOURS)
        if artifact is not None:
            self.artifacts.add(artifact)
        if message and state is None:
            self.send(who, None)
            return
        if message:
            self.authors.append(who)
        if state is not None:
            self._change(who, state)

    def cancel(self, who):
        if who == "outsider":
            raise Refusal(UNKNOWN)
        if self.state == "canceled":
            return
        if self.state in TERMINAL:
            raise Refusal(TERMINAL_CHANGE)
        self._change(who, "canceled")

    def take(self, who):
        """Reads; answers how many messages that brings."""
        if who == "outsider":
            raise Refusal(UNKNOWN)
        count = self.unread(who)
        self.read[who] = len(self.authors)
        return count

    def acknowledge(self, who):
        """Answers how many messages were not acknowledged before."""
        if who == "outsider":
            raise Refusal(UNKNOWN)
        count = self._from_others(who, self.acked[who])
        self.read[who] = self.acked[who] = len(self.authors)
        return count
