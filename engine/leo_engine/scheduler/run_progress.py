"""A run's row, brought up to date with its machine."""

import msgspec

from leo_engine.ports import RunRow
from leo_engine.state.machine import RunMachine


def with_progress(run: RunRow, machine: RunMachine) -> RunRow:
    """Return the row as the machine has it: status, generation, times and counts."""
    counts = machine.counts()
    return msgspec.structs.replace(
        run,
        status=machine.status,
        generation=machine.generation,
        dag_hash=machine.dag_hash,
        params=machine.params,
        started_ms=machine.started_ms,
        ended_ms=machine.ended_ms,
        paused=machine.is_paused,
        total=counts.total,
        succeeded=counts.succeeded + counts.ignored,
        failed=counts.failed - counts.ignored,
        blocked=counts.upstream_failed,
        skipped=counts.skipped,
    )
