"""Keys typed before the dialog is up that an earlier key opens.

An action may have to read something before it asks. What is typed meanwhile is meant
for the dialog, not for the screen below it.
"""

from textual import events

_LONGEST_MS = 500
"""A slow action does not take the keyboard away for longer."""


class TypeAhead:
    """Holds keys back from when an action begins until it asks, or is done."""

    def __init__(self) -> None:
        self._until_ms: int | None = None
        self._latest = 0
        self._held: list[events.Key] = []

    def begin(self, now_ms: int) -> int:
        """An action has begun that may ask; return its number."""
        self._until_ms = now_ms + _LONGEST_MS
        self._latest += 1
        return self._latest

    def is_latest(self, number: int) -> bool:
        """Tell whether no other action has begun since."""
        return number == self._latest

    def takes(self, event: events.Key, now_ms: int) -> bool:
        """Hold a key back if it has to wait."""
        if self._until_ms is None or now_ms >= self._until_ms:
            return False
        self._held.append(events.Key(event.key, event.character))
        return True

    def is_overdue(self, now_ms: int) -> bool:
        """Tell whether what is held has waited long enough."""
        return self._until_ms is not None and now_ms >= self._until_ms

    def end(self) -> list[events.Key]:
        """Return what was held: whoever is there now gets it."""
        self._until_ms = None
        held, self._held = self._held, []
        return held
