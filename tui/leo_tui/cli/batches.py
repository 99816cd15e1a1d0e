"""`leo-tui batches`: the list of batches, or the entries of one."""

import click

from leo_engine.app.batch_types import BatchDetail
from leo_engine.clock import SystemClock
from leo_engine.ports import BatchItemRow
from leo_tui.cli.commands import examples
from leo_tui.cli.completing import batch_ids
from leo_tui.cli.invocation import (
    Invocation,
    folder_option,
    json_option,
    pass_invocation,
)
from leo_tui.cli.json_output import emit, run_object
from leo_tui.viewmodels.batch_table import (
    batch_card,
    batch_counts_now,
    batches_table,
    status_of,
)


@click.command("batches", epilog=examples("batches", "batches last", "batches --json"))
@click.argument("batch", required=False, shell_complete=batch_ids)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="At most this many.",
)
@json_option
@folder_option
@pass_invocation
def batches_command(
    invocation: Invocation, *, batch: str | None, limit: int, as_json: bool
) -> None:
    """List batches, newest first, or the entries of one.

    How an entry stands is how its run stands now: one that was resumed since has
    changed here as well. BATCH is an id, the beginning of one, or `last`.
    """
    with invocation.engine() as engine:
        found = [engine.batch_detail(batch)] if batch else engine.batches(limit)
    now_ms, width = SystemClock().now_ms(), invocation.out.columns
    if as_json:
        objects = [_object(one, whole=batch is not None) for one in found]
        emit(invocation.out, {"batches": objects} if batch is None else objects[0])
    elif batch is not None:
        invocation.out.print(batch_card(found[0], now_ms=now_ms, width=width))
    elif found:
        invocation.out.print(batches_table(found, now_ms=now_ms, width=width))
    else:
        invocation.err.write("no batches\n")


def _object(detail: BatchDetail, *, whole: bool) -> dict[str, object]:
    batch = detail.batch
    body: dict[str, object] = {
        "batch_id": batch.batch_id,
        "name": batch.name,
        "file": batch.file,
        "plan_hash": batch.plan_hash,
        "created_ms": batch.created_ms,
        "total": len(detail.items),
        "counts": batch_counts_now(detail.items),
    }
    if whole:
        body["entries"] = [*map(_entry, detail.items)]
    return body


def _entry(item: BatchItemRow) -> dict[str, object]:
    return {
        "position": item.position,
        "dag": item.dag,
        "params": item.params,
        "status": status_of(item),
        "skipped": item.skipped,
        "run_id": item.run_id,
        "run": None if item.run is None else run_object(item.run),
    }
