"""What became of attempts whose engine is gone, as one look at this moment shows it.

Nothing is waited for, nothing changed. Both functions read every record they need once:
call them from a thread, or where nothing waits.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.exit_record import Ending
from leo_engine.executors.exit_records import ExitRecords, warden_lives
from leo_engine.executors.orphans import marked
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.survivors import lives


class Runs(NamedTuple):
    """It still runs."""

    pid: int


class Gone(NamedTuple):
    """Nothing of it runs, and nothing tells how it ended."""


class NotStarted(NamedTuple):
    """Its engine ended before it was started."""


Remains = Runs | Ending | Gone | NotStarted


def survey(
    record_folder: Path, attempts: Mapping[AttemptKey, str]
) -> dict[AttemptKey, Remains]:
    """Return what became of attempts, given the stored handle of each; "" = not stored.

    Left out is what is not decided yet, because a warden is about to start it or to
    record its end, and what another executor's handle stands for.
    """
    records = ExitRecords(record_folder)
    if not all(attempts.values()):
        records.read_all()
    found: dict[AttemptKey, Remains] = {}
    for key, text in attempts.items():
        try:
            remains = _look(records, key, text)
        except ValueError:
            continue
        if remains is not None:
            found[key] = remains
    return found


def start_counts(record_folder: Path, run_id: str) -> dict[AttemptKey, int]:
    """Return how often each attempt of a run was started, as far as records remain.

    Attempts that no record tells a start of are left out.
    """
    counts: Counter[AttemptKey] = Counter()
    for record in ExitRecords(record_folder).read_all().values():
        for number, count in record.start_counts.items():
            key = record.keys.get(number)
            if key is not None and key.run_id == run_id:
                counts[key] += count
    return dict(counts)


def _look(records: ExitRecords, key: AttemptKey, text: str) -> Remains | None:
    if text:
        handle = ProcessHandle.parse(text)
    else:
        found, is_final = records.find(key)
        if not is_final:
            return None
        if found is None:
            return NotStarted()
        handle = found if found.pid else _by_marks(key, found)
    # Asked before the record is read: what ends meanwhile is then seen there.
    has_warden = warden_lives(handle.record)
    is_alive = lives(handle)
    ending = records.of(handle.record).endings.get(handle.number)
    if ending is not None:
        return ending
    if is_alive:
        return Runs(handle.pid)
    return None if has_warden else Gone()


def _by_marks(key: AttemptKey, unknown: ProcessHandle) -> ProcessHandle:
    """Return the handle with the oldest process of a start that was not recorded."""
    rows = marked().get(key)
    return unknown._replace(pid=rows[0].pid, start=rows[0].start) if rows else unknown
