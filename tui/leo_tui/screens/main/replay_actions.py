"""What the keys do to time: a run's past, step by step."""

from collections.abc import Mapping

from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.viewmodels.tasks.replay import Replay

_LEAPS = 20
"""Leaps from one end of a run to the other."""


class ReplayActions:
    """Actions that move through a run's journal."""

    def __init__(self, bridge: Bridge, loading: Loading) -> None:
        self._bridge = bridge
        self._loading = loading
        self._scene = bridge.scene

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {
            "replay.back": Doing(lambda: self._step(forward=False), self._why_not),
            "replay.forward": Doing(lambda: self._step(forward=True), self._why_not),
            "replay.back_far": Doing(lambda: self._leap(-1), self._why_not),
            "replay.forward_far": Doing(lambda: self._leap(1), self._why_not),
        }

    def _why_not(self) -> str:
        return "" if self._scene.run else "nothing has run yet: s starts it"

    async def _step(self, *, forward: bool) -> None:
        """Go to the next change, or to the one before."""
        replay = await self._replay(forward=forward)
        if replay is None:
            return
        before = replay.position
        changed = _next_change(replay, forward=forward)
        self._show(replay, before, changed, forward=forward)

    async def _leap(self, direction: int) -> None:
        """Go on or back by a twentieth of the run's time."""
        replay = await self._replay(forward=direction > 0)
        if replay is not None:
            before = replay.position
            changed = replay.to(replay.at_ms + direction * replay.length_ms // _LEAPS)
            if not changed:
                changed = _next_change(replay, forward=direction > 0)
            self._show(replay, before, changed, forward=direction > 0)

    async def _replay(self, *, forward: bool) -> Replay | None:
        """Return the replay; the first step back reads the journal."""
        if self._scene.replay is None:
            if forward:
                self._bridge.say("this is now; , steps back in time")
                return None
            if not await self._loading.open_past():
                return None
        return self._scene.replay

    def _show(
        self, replay: Replay, before: int, changed: set[int], *, forward: bool
    ) -> None:
        if forward and replay.is_at_end and not self._loading.is_over:
            self._loading.back_to_now()
            self._bridge.say("back to now")
        elif replay.position != before:
            self._loading.show_moment(changed)
            self._bridge.say("a moment of the past · , . steps · { } leaps · esc now")
        elif forward:
            self._bridge.say("this is how the run ended; esc leaves the replay")
        else:
            self._bridge.say("this is how the run began")

    def go_to(self, cell: int, width: int) -> None:
        """Go to the time of a cell of the time bar."""
        replay = self._scene.replay
        if replay is not None:
            self._loading.show_moment(replay.to(replay.time_at(cell, width)))


def _next_change(replay: Replay, *, forward: bool) -> set[int]:
    """Go to the next moment that changed tasks, else to the end; return those."""
    changed: set[int] = set()
    before = None
    while not changed and replay.position != before:
        before = replay.position
        changed = replay.step(forward=forward)
    return changed
