"""leo-tui's screen under a load made up for it: `loaded_screen.py FOLDER ARGUMENT...`.

In FOLDER it writes how late the loops of the screen (`ui`) and of the engine (`engine`)
are, and how long tasks took to show (`shown`); while there is a file `load`, it
pretends that the engine stores a thousand changes of tasks a second.
"""

import asyncio
import itertools
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

import leo_tui.app
from leo_engine.ports import JournalWrite
from leo_engine.state.status import TaskStatus
from leo_tui.cli import main
from leo_tui.screens.main.screen import MainScreen
from leo_tui.viewmodels.spans import Line
from leo_tui.viewmodels.tasks.run_model import RunModel
from leo_tui.widgets.tasks_panel import TasksPanel
from loop_watch import LoopWatch

_FOLDER = Path(sys.argv.pop(1))
_PER_SECOND = 1_000
_BURST = 10
_STATES = itertools.cycle(
    [TaskStatus.READY, TaskStatus.RUNNING, TaskStatus.SUCCEEDED, TaskStatus.PENDING]
)


class _Loaded(leo_tui.app.LeoApp):
    # Else it would be looked for beside this file.
    CSS_PATH = str(Path(leo_tui.app.__file__).parent / leo_tui.app.LeoApp.CSS_PATH)

    def on_ready(self) -> None:
        LoopWatch(asyncio.get_running_loop(), _FOLDER / "ui").start()
        LoopWatch(self._feed._engine._loop, _FOLDER / "engine").start()
        threading.Thread(target=self._load, daemon=True).start()

    def model(self) -> RunModel | None:
        screen = self.screen
        return screen.bridge.scene.model if isinstance(screen, MainScreen) else None

    def _load(self) -> None:
        numbers = itertools.count(100)
        while True:
            time.sleep(_BURST / _PER_SECOND)
            model = self.model()
            if model is not None and (_FOLDER / "load").exists():
                self._change(model, numbers)

    def _change(self, model: RunModel, numbers: "itertools.count[int]") -> None:
        status, now_ms = next(_STATES), model.run.created_ms
        rows = [
            msgspec.structs.replace(
                model.rows[next(numbers) % len(model.rows)],
                status=status,
                started_ms=now_ms,
            )
            for _ in range(_BURST)
        ]
        write = JournalWrite(
            run_key=model.run.run_key, epoch=1, first_seq=1, events=(), tasks=rows
        )
        self._feed.inbox.on_stored(model.run, write)


def _timed(
    panel: TasksPanel,
    model: RunModel | None,
    now_ms: int = 0,
    empty: Sequence[Line] = (),
) -> None:
    began = time.perf_counter()
    _show(panel, model, now_ms, empty)
    if model is not None:
        panel.call_after_refresh(_note, began, len(model.ids))


def _note(began: float, tasks: int) -> None:
    took_ms = (time.perf_counter() - began) * 1e3
    unfinished = _FOLDER / "shown.new"
    unfinished.write_text(json.dumps({"tasks": tasks, "took_ms": took_ms}))
    unfinished.rename(_FOLDER / "shown")


if __name__ == "__main__":
    _show = TasksPanel.show
    TasksPanel.show = _timed  # type: ignore[method-assign, assignment]
    leo_tui.app.LeoApp = _Loaded  # type: ignore[misc]
    sys.argv[0] = "leo-tui"
    sys.exit(main())
