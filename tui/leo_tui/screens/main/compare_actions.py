"""Comparing runs: two that are marked, or this one with the last good one before."""

from collections.abc import Mapping
from functools import partial

from leo_engine.app.types import RunComparison
from leo_engine.state.status import RunStatus
from leo_tui.feed.reading import task_output
from leo_tui.screens.compare import CompareScreen, Sources
from leo_tui.screens.main.bridge import Bridge, Doing
from leo_tui.screens.main.loading import Loading
from leo_tui.screens.outputs_beside import Both
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
        if marked:
            return (marked[0], marked[1]) if len(marked) == _TWO else None
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
        marked = self._bridge.panels.runs.marked_runs()
        if marked:
            return f"mark two runs to compare: marked is {len(marked)}"
        return "no good run before this one; space marks two runs to compare"

    async def _compare(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        before, after = chosen
        comparison = await self._compared(before, after)
        sources = Sources(
            look=partial(self._compared, before, after),
            outputs=lambda task: partial(self._outputs, before, after, task),
            names=_names(comparison.compared),
            now_ms=self._bridge.clock.now_ms,
        )
        await self._bridge.ask(CompareScreen(comparison, sources))

    async def _compared(self, before: str, after: str) -> Comparison:
        compared = await self._bridge.feed.read(lambda e: e.compare(before, after))
        now_ms = self._bridge.clock.now_ms()
        return Comparison(compared, now_ms=now_ms, names=_names(compared))

    async def _outputs(self, before: str, after: str, task: str) -> Both:
        return await self._bridge.feed.read(
            lambda e: (task_output(e, before, task), task_output(e, after, task))
        )


def _names(compared: RunComparison) -> tuple[str, str]:
    return f"run {compared.before.run_key}", f"run {compared.after.run_key}"
