"""`--detach`: a process in the background does the work, this one says how to reach it.

It waits until every run is stored, so that whatever is in the way (another run, a full
disk) is told here, with its exit code, and not in a log that nobody reads.
"""

import io
from collections.abc import Callable, Iterable, Iterator

import msgspec

from leo_engine.app import Engine
from leo_engine.clock import SystemClock
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.event import RunAdopted
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.failure import explain
from leo_tui.cli.invocation import Invocation
from leo_tui.cli.json_output import emit, run_object
from leo_tui.headless.announcing import Listener
from leo_tui.headless.detach import Background, Foreground, part
from leo_tui.text.sanitize import sanitize
from leo_tui.theme import Style
from leo_tui.units import counted
from leo_tui.viewmodels.command_text import command_text
from leo_tui.viewmodels.run_ids import short_id
from leo_tui.viewmodels.spans import Line, Span, line


class _Begun(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A run that the process in the background has stored."""

    run: RunRow
    taken_over: bool


class _Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A DAG that gets no run."""

    dag: str
    reason: str


class _Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The work was given up."""

    message: str
    code: int


_Said = _Begun | _Refused | _Failed


def in_background(
    engine: Engine,
    invocation: Invocation,
    work: Callable[[Listener], ExitCode],
    dags: Iterable[str],
    *,
    as_json: bool,
) -> ExitCode:
    """Do the work in a process of its own, and return once each DAG has its run.

    Returns twice: in front how it begins, behind what became of the work.
    """
    engine.close()
    other = part(engine.settings.state_folder / "detached", SystemClock())
    if isinstance(other, Background):
        return _Front(invocation, other, as_json=as_json).wait_for(set(dags))
    invocation.redirected()
    back = _Back(other)
    try:
        return work(back)
    except Exception as error:
        # Not by the log alone: a full disk is one of the reasons.
        back.failed(error)
        raise


class _Back:
    """The process in the background: says what becomes of each DAG."""

    def __init__(self, front: Foreground) -> None:
        self._front = front

    def begun(self, run: RunRow, write: JournalWrite) -> None:
        """Say that a run is stored."""
        taken_over = isinstance(write.events[0], RunAdopted)
        self._say(_Begun(run=run, taken_over=taken_over))

    def refused(self, dag: str, reason: str) -> None:
        """Say why a DAG gets no run."""
        self._say(_Refused(dag=dag, reason=reason))

    def failed(self, error: Exception) -> None:
        """Say why there is no more to come."""
        message = io.StringIO()
        code = explain(error, message)
        self._say(_Failed(message=message.getvalue(), code=code))

    def _say(self, said: _Said) -> None:
        self._front.say(msgspec.json.encode(said).decode())


class _Front:
    """The process that returns to the shell."""

    def __init__(
        self, invocation: Invocation, background: Background, *, as_json: bool
    ) -> None:
        self._invocation = invocation
        self._background = background
        self._as_json = as_json

    def wait_for(self, dags: set[str]) -> ExitCode:
        """Return once each of these DAGs has a run, or will not get one."""
        code = ExitCode.OK
        try:
            for text in self._background.lines():
                match msgspec.json.decode(text, type=_Said):
                    case _Begun() as begun:
                        self._tell(begun)
                        dags.discard(begun.run.dag)
                    case _Refused(dag=dag, reason=reason):
                        self._invocation.err.write(f"leo-tui: {sanitize(reason)}\n")
                        code = ExitCode.BUSY
                        dags.discard(dag)
                    case _Failed(message=message, code=number):
                        self._invocation.err.write(message)
                        return ExitCode(number)
                if not dags:
                    return code
        except KeyboardInterrupt:
            pid = self._background.pid
            self._invocation.err.write(f"it goes on in the background, pid {pid}\n")
            return ExitCode.INTERRUPTED
        return self._ended_early()

    def _tell(self, begun: _Begun) -> None:
        if self._as_json:
            body = {
                "run": run_object(begun.run),
                "taken_over": begun.taken_over,
                "pid": self._background.pid,
                "log": str(self._background.log),
            }
            emit(self._invocation.out, body)
        else:
            self._invocation.out.print(self._lines(begun))

    def _lines(self, begun: _Begun) -> Iterator[Line]:
        run, folder = begun.run, self._invocation.folder
        name, how = short_id(run.run_id), "taken over, " if begun.taken_over else ""
        yield line(
            f"▸ {sanitize(run.dag)}  {counted(run.total, 'task')}  run {name}  ",
            f"{how}in the background",
        )
        commands = {
            "follow": command_text(folder, "watch", name),
            "output": command_text(folder, "logs", "-f", name),
            "stop": command_text(folder, "cancel", name),
        }
        for what, command in commands.items():
            yield line(Span(f"  {what:<8}", Style.DIM), command)

    def _ended_early(self) -> ExitCode:
        """Show what it printed: that there was nothing to do, or how it broke down."""
        code = self._background.exit_code()
        log = self._background.log
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        (self._invocation.err if code else self._invocation.out).write(text)
        return ExitCode(code)
