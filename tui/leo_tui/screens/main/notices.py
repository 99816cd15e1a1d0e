"""What the status line says: the latest message for a while, then what still holds."""

from collections.abc import Iterable

from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.screens.main.bridge import Bridge
from leo_tui.theme import Style
from leo_tui.viewmodels.run_news import asking_text, ended_text, interrupted_text
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.tasks.reasons import brief
from leo_tui.viewmodels.tasks.run_model import FAILURES, RunModel
from leo_tui.viewmodels.tasks.task_state import TaskState

_SHOWN_MS = 8_000
_DONE = frozenset({TaskState.OK, TaskState.KEPT})


class Notices:
    """Messages on what happens in runs; the bell, for who wants it."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._scene = bridge.scene
        self._seen: Line = ()
        """The message that is on the screen."""
        self._until_ms = 0
        self._failure: Line = ()
        self._failed: tuple[str, list[int]] = ("", [])
        """Run, and tasks of it, that `_failure` tells of."""
        self._active: set[str] = set()
        """Runs that were seen under way."""

    def message(self, now_ms: int) -> Line:
        """Return what is to be said now."""
        scene = self._scene
        if scene.message is not self._seen:
            self._seen, self._until_ms = scene.message, now_ms + _SHOWN_MS
        if now_ms >= self._until_ms:
            scene.message = self._seen = ()
        return scene.message or self._standing()

    def _standing(self) -> Line:
        return self._waiting() or self._interrupted() or self._still_failed()

    def note_tasks(self, changed: Iterable[int]) -> None:
        """Say which tasks have failed for good, and which wait for a person."""
        model = self._scene.model
        if model is None:
            return
        numbers = sorted(changed)
        failed = [number for number in numbers if model.states[number] in FAILURES]
        if failed:
            self._note_failure(model, failed)
        elif any(model.states[number] in _DONE for number in numbers):
            self._failure = ()
        if text := asking_text(model, numbers):
            self._bridge.say(text, Style.CARE)
            self._ring()

    def note_end(self) -> None:
        """Say how the opened run has ended."""
        model = self._scene.model
        if model is None:
            return
        self._bridge.say(*ended_text(model))
        if failed := model.failures():
            self._failure = self._scene.message
            self._failed = (model.run.run_id, list(failed))

    def _note_failure(self, model: RunModel, failed: list[int]) -> None:
        last = failed[-1]
        more = f" +{len(failed) - 1}" if len(failed) > 1 else ""
        reason = brief(model, last, self._bridge.clock.now_ms())
        self._bridge.say(
            f"✗ {model.name(last)}{more} failed ({reason}) — ! jump · r retry",
            Style.BAD,
        )
        self._failure = self._scene.message
        self._failed = (model.run.run_id, failed)

    def note_runs(self, runs: Iterable[RunRow]) -> None:
        """Ring once for each run that has ended."""
        for run in runs:
            if run.parent_run:
                continue
            if run.status not in RUN_TERMINAL:
                self._active.add(run.run_id)
            elif run.run_id in self._active:
                self._active.discard(run.run_id)
                self._ring()

    def _ring(self) -> None:
        if self._bridge.preferences.bell:
            self._bridge.screen.app.bell()

    def _waiting(self) -> Line:
        """Return that a task waits for somebody, as long as one does."""
        model = self._scene.shown
        if model is None or model is not self._scene.model:
            return ()
        text = asking_text(model, range(len(model.ids)))
        return line(Span(text, Style.CARE)) if text else ()

    def _interrupted(self) -> Line:
        """Return that nobody looks after the run, and what goes on with it."""
        model = self._scene.shown
        text = "" if model is None else interrupted_text(model)
        return line(Span(text, Style.CARE)) if text else ()

    def _still_failed(self) -> Line:
        """Return the failure told last, until something of it is different."""
        model = self._scene.shown
        run_id, failed = self._failed
        if model is None or model.run.run_id != run_id:
            return ()
        # In another version of the DAG there may be fewer tasks.
        states = [model.states[n] for n in failed if n < len(model.states)]
        is_so = bool(states) and all(state in FAILURES for state in states)
        return self._failure if is_so else ()
