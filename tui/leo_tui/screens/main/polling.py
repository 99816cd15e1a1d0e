"""Looks around now and then: what others have stored, what the machine does.

Neither can be waited for: no process is told of what another stores, nor of its death.
"""

import asyncio
from collections.abc import Callable, Mapping

from leo_engine.app import Engine
from leo_engine.errors import LeoError
from leo_engine.ports import HostSample, ResourceSample
from leo_engine.state.status import RunStatus
from leo_tui.feed.store_poll import StoreNews
from leo_tui.keys.actions import Place
from leo_tui.screens.main.bridge import Bridge
from leo_tui.screens.main.telling import Telling
from leo_tui.screens.main.updating import Updating
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

_POLL_S = 0.15
_QUIET_POLL_S = 0.4
"""The same while nothing happens here."""
_SAMPLE_S = 1.0


class Polling:
    """Two loops that last as long as the screen."""

    def __init__(
        self,
        bridge: Bridge,
        updating: Updating,
        telling: Telling,
        keeps_up: Callable[[], bool],
    ) -> None:
        """`keeps_up` tells whether the terminal takes what is drawn."""
        self._bridge = bridge
        self._updating = updating
        self._telling = telling
        self._keeps_up = keeps_up

    async def poll(self) -> None:
        """Look what was stored, for ever."""
        while True:
            news = await self._news()
            if news is not None:
                self._updating.take_runs(news)
            quiet = self._updating.is_quiet
            await asyncio.sleep(_QUIET_POLL_S if quiet else _POLL_S)

    async def _news(self) -> StoreNews | None:
        if not self._keeps_up():
            return None
        scene = self._bridge.scene
        try:
            return await self._bridge.feed.poll(scene.dag_name, scene.run_id)
        except LeoError as error:
            self._telling.note_trouble(str(error), self._bridge.clock.now_ms())
            return None

    async def sample(self) -> None:
        """Measure, for ever."""
        while True:
            if self._keeps_up():
                await self._sample()
                await self._look_at_remains()
            await asyncio.sleep(_SAMPLE_S)

    async def _look_at_remains(self) -> None:
        """See how the tasks fare whose engine is gone: nothing is stored of that."""
        run = self._bridge.scene.run
        if run is None or run.status is not RunStatus.INTERRUPTED:
            return
        try:
            remains = await self._bridge.feed.read(lambda e: e.remains(run.run_id))
        except LeoError:
            # It has been deleted, or the disk does not answer: the poll says so.
            return
        if self._bridge.scene.run_id == run.run_id:
            self._updating.take_remains(remains)

    async def _sample(self) -> None:
        model = self._bridge.scene.model
        is_seen = self._bridge.layout.tab is Place.METERS
        handles = _running_handles(model) if model is not None and is_seen else {}

        def ask(engine: Engine) -> tuple[HostSample, Mapping[str, ResourceSample]]:
            return engine.host_sample(), engine.sample(handles) if handles else {}

        try:
            host, samples = await self._bridge.feed.read(ask)
            log_bytes = await self._bridge.feed.written_bytes()
        except LeoError:
            # The meters stand still for once; nothing depends on them.
            return
        tasks = {handles[handle]: sample for handle, sample in samples.items()}
        now_ms = self._bridge.clock.now_ms()
        self._telling.take_sample(now_ms, host, tasks, log_bytes)


def _running_handles(model: RunModel) -> dict[str, int]:
    """Return {handle: task number} of the attempts under way."""
    found: dict[str, int] = {}
    for number, state in enumerate(model.states):
        if state is TaskState.RUNNING and (attempts := model.attempts_of(number)):
            found[attempts[-1].handle] = number
    return found
