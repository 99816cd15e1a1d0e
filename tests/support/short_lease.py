"""Runs the DAG `work` as `leo-tui --once` does, with a lease of its own length.

`python short_lease.py LEASE_MS [SHIFT]`: with a file SHIFT, the wall clock of this
process is off by as many milliseconds as that file says, from when it is there.
"""

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from leo_engine.app import Engine, settings
from leo_engine.app.types import RunCommand
from leo_engine.errors import RunBusyError
from leo_engine.state.status import RunStatus


def shift_clock(file: Path) -> None:
    """Let the wall clock jump when the file appears, or changes."""
    true_time_ns = time.time_ns  # noqa: TID251 -- the clock that is to jump

    def shifted_ns() -> int:
        text = file.read_text() if file.exists() else ""
        return true_time_ns() + int(text or 0) * 1_000_000

    time.time_ns = shifted_ns  # noqa: TID251 -- as above


async def work(lease_ms: int) -> int:
    """Return what `leo-tui --once work` would."""
    chosen = msgspec.structs.replace(settings("dags", slots=5), lease_ms=lease_ms)
    with Engine(chosen) as engine:
        loaded = engine.load("work")
        params = engine.bind_params(loaded.dag, {})
        try:
            results = await engine.run([RunCommand(dag=loaded, params=params)])
        except RunBusyError as busy:
            sys.stderr.write(f"{busy}\n")
            return 3
    for one in results:
        sys.stdout.write(
            f"{one.run.run_id} {one.run.status}"
            f"{' adopted' * one.adopted}{' followed' * one.followed}\n"
        )
    return 0 if all(one.run.status is RunStatus.SUCCEEDED for one in results) else 1


if __name__ == "__main__":
    if sys.argv[2:]:
        shift_clock(Path(sys.argv[2]))
    sys.exit(asyncio.run(work(int(sys.argv[1]))))
