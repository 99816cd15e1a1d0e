"""Processes by the attempt they were started for, whoever started them.

Every task begins with LEO_RUN_ID, LEO_TASK and LEO_ATTEMPT in its environment, and what
it starts inherits them. Who wants to be left alone drops LEO_RUN_ID.
"""

import os

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.process_group import stop_session
from leo_engine.executors.process_table import (
    ProcessRow,
    environment,
    process_ids,
    read_process,
)


def marked() -> dict[AttemptKey, list[ProcessRow]]:
    """Return the living processes of every attempt, the oldest of each first.

    Only those whose environment we may read: our own user's, mostly. The attempt that
    this process is itself a part of is left out. One pass over all processes, 10 us
    for each: call it from a thread.
    """
    found: dict[AttemptKey, list[ProcessRow]] = {}
    for pid in process_ids():
        key = AttemptKey.of_environment(environment(pid))
        row = None if key is None else read_process(pid)
        if key is not None and row is not None:
            found.setdefault(key, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.start, row.pid))
    own = AttemptKey.of_environment(environment(os.getpid()))
    return {key: rows for key, rows in found.items() if key != own}


async def stop_marked(key: AttemptKey, grace_ms: int) -> None:
    """TERM what carries the marks of an attempt and descends from that; grace; KILL.

    Returns when all of it is gone.
    """
    await stop_session(None, grace_ms, key.marks)
