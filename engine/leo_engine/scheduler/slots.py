"""The slots of one process, shared by all of its runs: who may take how many."""

from typing import Protocol


class SlotUser(Protocol):
    """A run, as the slots see it."""

    def wants_slot(self) -> bool:
        """Tell whether a task of it waits for a slot."""

    def wake(self) -> None:
        """Have the run look for slots in its next turn."""


class Slots:
    """`count` slots, numbered from 0.

    A run may take any idle slot, but while another run waits no run takes more than
    its even share, so a wide run cannot starve a narrow one that started later.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._idle = list(range(count - 1, -1, -1))
        self._held: dict[SlotUser, int] = {}

    @property
    def idle_count(self) -> int:
        """Number of slots that nobody holds."""
        return len(self._idle)

    def join(self, user: SlotUser) -> None:
        """Let a run take slots from now on."""
        self._held[user] = 0

    def leave(self, user: SlotUser) -> None:
        """Forget a run that holds no slot any more; its share is the others'."""
        self._held.pop(user, None)
        self.wake_others(user)

    def take(self, user: SlotUser) -> int | None:
        """Return an idle slot for `user`; None: there is none, or it has its share."""
        if not self._idle or not self._has_share_left(user):
            return None
        self._held[user] += 1
        return self._idle.pop()

    def give_back(self, user: SlotUser, slot: int) -> None:
        """Return a slot after its attempt ended, or unused."""
        self._idle.append(slot)
        if user in self._held:
            self._held[user] -= 1

    def wake_others(self, user: SlotUser) -> None:
        """Have the other runs look again while slots are idle."""
        if not self._idle:
            return
        for other in self._held:
            if other is not user and other.wants_slot():
                other.wake()

    def _has_share_left(self, user: SlotUser) -> bool:
        if len(self._held) == 1:
            return True
        others = sum(
            1 for other in self._held if other is not user and other.wants_slot()
        )
        share = -(-self.count // (others + 1))
        return self._held[user] < share
