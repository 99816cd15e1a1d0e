"""How ready tasks ask to be started, and how a pause holds them back."""

from leo_engine.spec.model import Approval, SubDag
from leo_engine.state.board import Board
from leo_engine.state.command import (
    AskApproval,
    Command,
    OfferTask,
    StartSubDag,
    WithdrawTask,
)
from leo_engine.state.status import TaskStatus


class Offers:
    """What is on offer in one run.

    While it is paused nothing is: what was offered is withdrawn, what becomes ready
    waits, and all of it is offered when the pause is over. Questions are not concerned:
    they may be asked and answered all the time, for an answer starts nothing.
    """

    def __init__(self, board: Board) -> None:
        self.is_paused = False
        self._board = board
        self._tasks = board.layout.dag.tasks
        self._ids = board.layout.graph.ids

    def offer(self, task: int) -> Command | None:
        """Return how a ready task asks for its start; None while paused."""
        action = self._tasks[task].action
        if isinstance(action, Approval):
            return AskApproval(self._ids[task])
        if self.is_paused:
            return None
        if isinstance(action, SubDag):
            return StartSubDag(self._ids[task])
        return OfferTask(self._ids[task])

    def withdraw(self, task: int) -> list[Command]:
        """Return how to take back what was offered of a ready task."""
        return [] if self.offer(task) is None else [WithdrawTask(self._ids[task])]

    def pause(self) -> list[Command]:
        """Offer nothing from now on, and take back what was offered. O(tasks)."""
        withdrawals = [
            command for task in self._startable() for command in self.withdraw(task)
        ]
        self.is_paused = True
        return withdrawals

    def unpause(self) -> list[Command]:
        """Offer everything that is ready. O(tasks)."""
        if not self.is_paused:
            return []
        self.is_paused = False
        offers = [self.offer(task) for task in self._startable()]
        return [command for command in offers if command is not None]

    def _startable(self) -> list[int]:
        return [
            task
            for task, status in enumerate(self._board.status)
            if status is TaskStatus.READY
            and not isinstance(self._tasks[task].action, Approval)
        ]
