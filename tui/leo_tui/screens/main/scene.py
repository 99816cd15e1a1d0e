"""What the main screen shows at the moment, apart from any widget."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leo_engine.app.folder_state import FileState, FolderState
from leo_engine.ports import RunRow
from leo_engine.state.status import RUN_TERMINAL
from leo_tui.theme import Style
from leo_tui.viewmodels.spans import Line, Span, line
from leo_tui.viewmodels.tasks.run_model import RunModel

if TYPE_CHECKING:
    from leo_tui.viewmodels.tasks.replay import Replay

MOST_UNDOS = 20
_NOTHING_TO_UNDO = "nothing to undo"


class Undo(NamedTuple):
    """How the latest action is taken back."""

    title: str
    back: Callable[[], None]
    why_not: Callable[[], str] = str
    """Returns why it cannot be taken back any more; empty when it can."""


class Scene:
    """The chosen file, its runs, the opened run. Nothing here reads a clock."""

    def __init__(self) -> None:
        self.folder: FolderState | None = None
        self.file: FileState | None = None
        self.runs: Sequence[RunRow] = ()
        """Of the chosen file's DAG, newest first."""
        self.latest: dict[str, RunRow] = {}
        """{dag: its newest run}."""
        self.model: RunModel | None = None
        """The tasks shown: of a run, or of a file that has not run."""
        self.replay: Replay | None = None
        self.trail: list[tuple[str, str]] = []
        """(run id, task) that sub-DAGs' runs were entered from, the outermost first."""
        self.wanted_file: Path | None = None
        """What was chosen the last time; None once something is."""
        self.wanted_run = ""
        """The run that was opened the last time, likewise."""
        self.message: Line = ()
        self.undos: list[Undo] = []
        self._why_no_undo = _NOTHING_TO_UNDO

    @property
    def dag_name(self) -> str:
        """The DAG whose runs are listed; empty while there is none."""
        if self.file is None:
            return "" if self.model is None else self.model.run.dag
        known = self.file.loaded or self.file.last_good
        return "" if known is None else known.dag.name

    @property
    def run(self) -> RunRow | None:
        """The opened run; None for tasks of a file that has not run."""
        if self.model is None or not self.model.run.run_id:
            return None
        return self.model.run

    @property
    def run_id(self) -> str:
        """The opened run's id, empty when there is none."""
        run = self.run
        return "" if run is None else run.run_id

    @property
    def shown(self) -> RunModel | None:
        """The model on the screen: of the replayed moment, else of now."""
        return self.model if self.replay is None else self.replay.model

    def at_ms(self, now_ms: int) -> int:
        """Return the moment that is shown: of the replay, else the present."""
        return now_ms if self.replay is None else self.replay.at_ms

    def file_of(self, path: Path) -> FileState | None:
        """Return what is known of a file."""
        files = () if self.folder is None else self.folder.files
        return next((file for file in files if file.path == path), None)

    def first_file(self) -> FileState | None:
        """Return the file to begin with: that of the last time, else the first."""
        wanted = None if self.wanted_file is None else self.file_of(self.wanted_file)
        files = () if self.folder is None else self.folder.files
        return wanted or next(iter(files), None)

    def first_run(self) -> str:
        """Return the run to begin with: that of the last time, else the newest.

        The newest as well while it is under way: that is what there is to be seen.
        """
        newest, ids = self.runs[0], {run.run_id for run in self.runs}
        is_there = self.wanted_run in ids and newest.status in RUN_TERMINAL
        return self.wanted_run if is_there else newest.run_id

    def take_runs(self, recent: Sequence[RunRow], begins: str = "") -> None:
        """Note the newest run of each DAG; forget what is not stored any more.

        `recent` is newest first and holds every run from that with the id `begins` on.
        """
        older = {dag: run for dag, run in self.latest.items() if run.run_id < begins}
        own = [run for run in reversed(recent) if not run.parent_run]
        self.latest = older | {run.dag: run for run in own}

    def note_run(self, run: RunRow) -> None:
        """Take in a run's row as it is now."""
        known = self.latest.get(run.dag)
        if known is None or known.run_id <= run.run_id:
            self.latest[run.dag] = run

    def say(self, text: str, style: Style = Style.PLAIN) -> None:
        """Set the message of the status line; `text` is sanitised already."""
        self.message = line(Span(text, style))

    def can_undo(
        self, title: str, back: Callable[[], None], why_not: Callable[[], str] = str
    ) -> None:
        """Remember how an action is taken back."""
        del self.undos[: -MOST_UNDOS + 1]
        self.undos.append(Undo(title, back, why_not))

    def cannot_undo(self, why: str) -> None:
        """Forget what was done before something that cannot be taken back."""
        self.undos.clear()
        self._why_no_undo = why

    def why_no_undo(self) -> str:
        """Return why the latest action cannot be taken back; empty when it can."""
        return self.undos[-1].why_not() if self.undos else self._why_no_undo
