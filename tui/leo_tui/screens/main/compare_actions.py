"""Comparing runs: two that are marked, or this one with the last good one before."""

from collections.abc import Mapping

from leo_engine.state.status import RunStatus
from leo_tui.screens.compare import CompareScreen
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.viewmodels.panels.comparison import Comparison

_TWO = 2


class CompareActions:
    """The comparison of two runs."""

    def __init__(self, bridge: Bridge, loading: Loading) -> None:
        self._bridge = bridge
        self._loading = loading
        self._scene = bridge.scene

    def doings(self) -> Mapping[str, Doing]:
        """Return {action id: what it does}."""
        return {"compare": Doing(self._compare, self._why_not)}

    def _chosen(self) -> tuple[str, str] | None:
        """Return the ids of the older and the newer run."""
        marked = self._bridge.panels.runs.marked_runs()
        if len(marked) >= _TWO:
            return marked[0], marked[-1]
        run = self._scene.run
        if run is None:
            return None
        good = (
            one.run_id
            for one in self._scene.runs
            if one.status is RunStatus.SUCCEEDED and one.run_id < run.run_id
        )
        before = next(good, None)
        return None if before is None else (before, run.run_id)

    def _why_not(self) -> str:
        if self._chosen() is not None:
            return ""
        return "no good run before this one; space marks two runs to compare"

    async def _compare(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        before, after = chosen
        compared = await self._bridge.feed.read(lambda e: e.compare(before, after))
        names = (f"run {compared.before.run_key}", f"run {compared.after.run_key}")
        comparison = Comparison(
            compared, now_ms=self._bridge.clock.now_ms(), names=names
        )
        task = await self._bridge.ask(CompareScreen(comparison))
        if task is not None and self._scene.model is not None:
            number = self._scene.model.index.get(task)
            if number is not None:
                self._bridge.panels.tasks.go_to(number)
