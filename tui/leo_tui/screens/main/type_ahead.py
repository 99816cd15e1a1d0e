"""Keys typed before the dialog is up that an earlier key opens.

An action may have to read something before it asks. What is typed meanwhile is meant
for the dialog, not for the screen below it.
"""

from collections.abc import Callable

from textual import events

_LONGEST_MS = 500
"""A slow action does not take the keyboard away for longer."""


class TypeAhead:
    """Holds keys back from when an action begins until it asks, or is done.

    However that falls together, keys arrive in the order in which they were typed.
    """

    def __init__(self, send: Callable[[events.Key], object]) -> None:
        """`send` puts a key behind those that wait to be handled."""
        self._send = send
        self._until_ms: int | None = None
        self._latest = 0
        self._waiting: list[events.Key] = []
        """Taken once and not handled yet, in the order in which they were typed."""
        self._held: set[events.Key] = set()
        """Those of them that are not on their way."""

    def begin(self, now_ms: int) -> int:
        """An action has begun that may ask; return its number."""
        self._until_ms = now_ms + _LONGEST_MS
        self._latest += 1
        return self._latest

    def end(self, number: int) -> None:
        """An action is done; what is held may wait for a later one."""
        if number == self._latest:
            self.let_go()

    def takes(self, event: events.Key, now_ms: int) -> bool:
        """Tell whether a key has to wait; it is sent again when it need not."""
        self.end_overdue(now_ms)
        is_holding = self._until_ms is not None
        if not is_holding and (not self._waiting or self._waiting[0] is event):
            del self._waiting[:1]
            return False
        again = events.Key(event.key, event.character)
        if event in self._waiting:
            self._waiting[self._waiting.index(event)] = again
        else:
            self._waiting.append(again)
        if is_holding:
            self._held.add(again)
        else:
            # Those in front of it were sent to the end of the queue: it goes there too.
            self._send(again)
        return True

    def end_overdue(self, now_ms: int) -> None:
        """Let go what has waited long enough."""
        if self._until_ms is not None and now_ms >= self._until_ms:
            self.let_go()

    def let_go(self) -> None:
        """Send what was held: whoever is there now gets it."""
        self._until_ms = None
        held = [event for event in self._waiting if event in self._held]
        self._held.clear()
        for event in held:
            self._send(event)
