"""Which hooks of a run are called, and by what.

Hooks stand outside the totals and never change how the run ends. A task that failed for
good calls its own at once. The end of the run calls those for its status, then, when
they are through, those for every end.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from leo_engine.state.board import Board
from leo_engine.state.status import TERMINAL, RunStatus, TaskStatus
from leo_engine.state.trigger_rule import Upstream


class Stage(IntEnum):
    """How far a run has come."""

    TASKS = 1
    """Tasks are under way."""
    ENDING = 2
    """Every task is settled; the hooks for that end are under way."""
    EXIT = 3
    """The hooks for every end are under way."""
    DONE = 4
    """Nothing is left to do."""


BY_RUN: Final = None
"""The caller of a hook that no task called, but the end of the run."""


class HookCalls:
    """The hooks called so far; each is called once, until it is taken back."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._plan = board.layout.hooks
        self.caller: dict[int, int | None] = {}
        """{hook: the task that called it, or `BY_RUN`}, in the order of the calls."""

    def call(self, hooks: Iterable[int], caller: int | None) -> list[int]:
        """Note which of the hooks are called for the first time, and return those.

        A hook that runs although it was taken back is being stopped to start afresh;
        it will, once it has stopped.
        """
        fresh = [
            hook
            for hook in dict.fromkeys(hooks)
            if hook not in self.caller and not self._is_withheld(hook)
        ]
        self.caller.update(dict.fromkeys(fresh, caller))
        return fresh

    def take_back(self, callers: Iterable[int | None]) -> list[int]:
        """Forget the calls of these callers, and return the hooks concerned."""
        gone = set(callers)
        taken = [hook for hook, caller in self.caller.items() if caller in gone]
        for hook in taken:
            del self.caller[hook]
        return taken

    def of_end(self, status: RunStatus) -> tuple[int, ...]:
        """Return the hooks to call when every task is settled."""
        match status:
            case RunStatus.FAILED:
                return self._plan.on_failure
            case RunStatus.SUCCEEDED:
                return self._plan.on_success
            case _:
                return ()

    def are_settled(self) -> bool:
        """Tell whether no hook runs, and all that were called are through.

        For when every task is settled. O(hooks called).
        """
        status = self._board.status
        return not self._board.running and all(
            status[hook] in TERMINAL for hook in self.caller
        )

    def _is_withheld(self, hook: int) -> bool:
        """Tell whether somebody cancelled a hook before it was called."""
        return self._board.status[hook] is TaskStatus.CANCELLED

    def upstream(self, hook: int) -> Upstream:
        """Return how the called hooks before this one stand; others do not count."""
        before = [
            self._board.status[other]
            for other in self._board.layout.graph.upstream[hook]
            if other in self.caller
        ]
        succeeded = before.count(TaskStatus.SUCCEEDED)
        skipped = before.count(TaskStatus.SKIPPED)
        settled = sum(status in TERMINAL for status in before)
        return Upstream(
            len(before), succeeded, skipped, 0, settled - succeeded - skipped
        )
