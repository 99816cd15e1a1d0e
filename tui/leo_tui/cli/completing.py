"""Names for the shell's TAB: DAGs, runs, tasks. Silent when there is nothing to say.

Whatever goes wrong, a completion neither prints nor raises: the user is in the middle
of typing something else.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from leo_tui.cli.invocation import Invocation

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_MOST_RUNS = 50
_MOST_BATCHES = 10
_RUN_ALIASES = ("latest",)


def dag_names(
    context: click.Context, _parameter: object, incomplete: str
) -> "list[CompletionItem[str]]":
    """Offer the DAG files of the folder by name, or files once a path is typed."""
    if "/" in incomplete:
        from click.shell_completion import CompletionItem  # noqa: PLC0415 -- only for a TAB

        return [CompletionItem(incomplete, type="file")]
    return _items(lambda: _dags(context), incomplete)


def run_ids(
    context: click.Context, _parameter: object, incomplete: str
) -> "list[CompletionItem[str]]":
    """Offer the newest runs by prefix, with what they are."""
    return _items(lambda: _runs(context), incomplete)


def batch_ids(
    context: click.Context, _parameter: object, incomplete: str
) -> "list[CompletionItem[str]]":
    """Offer the newest batches by prefix, with what they are called."""
    return _items(lambda: _batches(context), incomplete)


def task_names(
    context: click.Context, _parameter: object, incomplete: str
) -> "list[CompletionItem[str]]":
    """Offer the tasks of the run that was named before."""
    return _items(lambda: _tasks(context), incomplete)


def tasks_of_dag(
    context: click.Context, _parameter: object, incomplete: str
) -> "list[CompletionItem[str]]":
    """Offer the tasks of the DAG that was named before, or of the only one."""
    return _items(lambda: _declared_tasks(context), incomplete)


def _items(
    source: Callable[[], list[tuple[str, str]]], incomplete: str
) -> "list[CompletionItem[str]]":
    from click.shell_completion import CompletionItem  # noqa: PLC0415 -- only for a TAB

    # A TAB that goes wrong must not print over what is being typed.
    try:
        found = source()
    except Exception:  # noqa: BLE001 -- see above
        return []
    return [
        CompletionItem(value, help=meaning or None)
        for value, meaning in found
        if value.startswith(incomplete)
    ]


def _dags(context: click.Context) -> list[tuple[str, str]]:
    with context.ensure_object(Invocation).engine() as engine:
        return [(_stem(path.name), path.name) for path in engine.dag_files()]


def _stem(name: str) -> str:
    return name.removesuffix(".dag.py").rpartition(".")[0] or name.removesuffix(
        ".dag.py"
    )


def _runs(context: click.Context) -> list[tuple[str, str]]:
    from leo_engine.ports import RunFilter  # noqa: PLC0415 -- only for a TAB
    from leo_tui.viewmodels.run_ids import short_ids  # noqa: PLC0415 -- as above

    with context.ensure_object(Invocation).engine() as engine:
        runs = engine.runs(RunFilter(limit=_MOST_RUNS))
    names = short_ids([run.run_id for run in runs])
    known = [(names[run.run_id], f"{run.dag} {run.status}") for run in runs]
    return [*known, *((alias, "the newest run") for alias in _RUN_ALIASES)]


def _batches(context: click.Context) -> list[tuple[str, str]]:
    from leo_tui.viewmodels.run_ids import short_ids  # noqa: PLC0415 -- only for a TAB

    with context.ensure_object(Invocation).engine() as engine:
        batches = [detail.batch for detail in engine.batches(_MOST_BATCHES)]
    names = short_ids([batch.batch_id for batch in batches])
    known = [(names[batch.batch_id], batch.name) for batch in batches]
    return [*known, *((alias, "the newest batch") for alias in _RUN_ALIASES)]


def _tasks(context: click.Context) -> list[tuple[str, str]]:
    with context.ensure_object(Invocation).engine() as engine:
        detail = engine.run_detail(str(context.params["run"]))
    return [(row.task, str(row.status)) for row in detail.tasks]


def _declared_tasks(context: click.Context) -> list[tuple[str, str]]:
    named = context.params.get("dags") or context.params.get("dag") or ""
    name = named[0] if isinstance(named, tuple) else str(named)
    with context.ensure_object(Invocation).engine() as engine:
        name = name or str(engine.dag_files()[0])
        tasks = engine.load(name).dag.tasks
    return [(task.id, task.title) for task in tasks if not task.is_hook]
