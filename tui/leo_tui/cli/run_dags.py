"""What `--once` does when everything has been checked, here or in the background."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from leo_engine.app import Engine
from leo_engine.app.types import LoadedDag, RunCommand, RunResult
from leo_engine.ports import RunFilter, RunRow
from leo_engine.state.status import RunStatus
from leo_tui.cli.exit_code import ExitCode
from leo_tui.cli.invocation import Invocation
from leo_tui.cli.run_options import PartFlags
from leo_tui.viewmodels.left_behind import left_alone_text

if TYPE_CHECKING:
    from leo_engine.errors import RunBusyError
    from leo_tui.headless.announcing import Listener
    from leo_tui.headless.reporter import Reporter

_MOST_LEFT = 1_000
_MOST_PREDICTED = 500
"""Tasks up to which a prediction is made for the time left: it costs a simulation."""


class Options(PartFlags):
    """What `--once` was given."""

    dags: tuple[str, ...]
    params: dict[str, str]
    slots: int | None
    strategy: str
    executor: str
    durability: str
    new: bool
    no_resume: bool
    detach: bool
    as_json: bool
    print_output: bool


class RunDags:
    """Runs the DAGs of one call to their ends.

    Of several DAGs, one that is busy is told of at once and does not stop the others.
    """

    def __init__(
        self,
        invocation: Invocation,
        engine: Engine,
        commands: Sequence[RunCommand],
        options: Options,
    ) -> None:
        self._invocation = invocation
        self._engine = engine
        self._commands = commands
        self._options = options
        self._is_refused = False

    def __call__(self, listener: "Listener | None") -> ExitCode:
        """Run to the end and return what the shell is told."""
        engine, options = self._engine, self._options
        engine.warm_up()
        # While what launches tasks starts, what drives runs is imported.
        from leo_tui.cli.running import Telling, run_to_end  # noqa: PLC0415

        several = len(self._commands) > 1
        interrupted = self._interrupted()

        async def start(reporter: "Reporter") -> Sequence[RunResult]:
            if options["no_resume"]:
                for run in interrupted:
                    reporter.notice(left_alone_text(run, engine.remains(run.run_id)))

            def on_busy(command: RunCommand, busy: "RunBusyError") -> None:
                self._is_refused = True
                reporter.notice(str(busy))
                if listener is not None:
                    listener.refused(command.dag.dag.name, str(busy))

            return await engine.run(
                self._commands,
                observer=reporter,
                adopt=not options["no_resume"],
                on_busy=on_busy if several else None,
            )

        telling = Telling(
            self._invocation,
            as_json=options["as_json"] and not options["detach"],
            print_output=options["print_output"],
            several=several,
            expected_ms=_prediction(engine, [one.dag for one in self._commands]),
            listener=listener,
            interrupted=[] if options["no_resume"] else interrupted,
        )
        code = run_to_end(engine, start, telling)
        is_busy = self._is_refused and code is not ExitCode.INTERRUPTED
        return ExitCode.BUSY if is_busy else code

    def _interrupted(self) -> list[RunRow]:
        """Return the runs of our DAGs that an engine has left behind."""
        ours = {command.dag.dag.name for command in self._commands}
        wanted = RunFilter(statuses=(RunStatus.INTERRUPTED,), limit=_MOST_LEFT)
        return [
            run
            for run in self._engine.runs(wanted)
            if run.dag in ours and not run.parent_run
        ]


def _prediction(
    engine: Engine, dags: Sequence[LoadedDag]
) -> Callable[[RunRow], int | None]:
    """Return a function from a new run to its predicted makespan in milliseconds."""
    by_name = {loaded.dag.name: loaded.dag for loaded in dags}

    def expected_ms(run: RunRow) -> int | None:
        dag = by_name.get(run.dag)
        if dag is None or len(dag.tasks) > _MOST_PREDICTED or run.generation > 1:
            return None
        return engine.plan(dag).makespan_ms

    return expected_ms
