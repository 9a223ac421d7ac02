"""Rooms as the documentation tells them: who may do what, in which order that is asked, and what comes of it."""

from walk import Refusal

UNKNOWN, NOT_JOINED_OR_CLOSED, NOT_YOURS, INVALID = {-32020}, {-32021}, {-32011}, {-32602}


class RoomModel:
    """One room: who is what in it, and who said what."""

    def __init__(self, creator, invited):
        self.creator = creator
        self.status = {creator: "joined"} | dict.fromkeys(invited, "invited")
        self.authors = []
        self.cursor = dict.fromkeys(self.status, 0)
        self.closed = None

    def unread(self, who):
        return sum(author != who for author in self.authors[self.cursor[who] :]) if self.is_in(who) else 0

    def is_in(self, who):
        return self.status.get(who) == "joined"

    def _check(self, who, *, creator=False):
        """Whether it is of the room, has the right, and the room is open."""
        self._known(who)
        if creator and not self._holds_rights(who):
            raise Refusal(NOT_YOURS)
        if self.closed is not None:
            raise Refusal(NOT_JOINED_OR_CLOSED)

    def _holds_rights(self, who):
        """A creator that has gone holds none."""
        return who == self.creator and self.is_in(who)

    def _known(self, who):
        if who not in self.status:
            raise Refusal(UNKNOWN)

    def _is(self, who, status):
        self._known(who)
        return self.status[who] == status

    def join(self, who):
        if self._is(who, "joined"):
            return
        self._check(who)
        if not self._is(who, "invited"):
            raise Refusal(NOT_YOURS)
        self.status[who] = "joined"
        self.cursor[who] = 0

    def reject(self, who):
        if self._is(who, "rejected"):
            return
        self._check(who)
        if not self._is(who, "invited"):
            raise Refusal(NOT_YOURS)
        self.status[who] = "rejected"

    def leave(self, who):
        if self._is(who, "left"):
            return
        self._check(who)
        if not self.is_in(who):
            raise Refusal(NOT_JOINED_OR_CLOSED)
        self.status[who] = "left"
        if "joined" not in self.status.values():
            self.closed = "empty"

    def close(self, who):
        if self.closed is not None and self._holds_rights(who):
            return
        self._check(who, creator=True)
        self.closed = "creator"

    def invite(self, who, other):
        self._check(who, creator=True)
        if self.status.get(other) not in {"joined", "invited"}:
            self.status[other] = "invited"
            self.cursor[other] = 0

    def kick(self, who, other):
        self._check(who, creator=True)
        if other == who or other not in self.status:
            raise Refusal(INVALID)
        self.status[other] = "kicked"

    def send(self, who):
        self._check(who)
        if not self.is_in(who):
            raise Refusal(NOT_JOINED_OR_CLOSED)
        self.authors.append(who)

    def take(self, who):
        """Reads, which a room that has ended allows too; answers how many messages that brings."""
        self._known(who)
        if not self.is_in(who):
            raise Refusal(NOT_JOINED_OR_CLOSED)
        count = self.unread(who)
        self.cursor[who] = len(self.authors)
        return count
