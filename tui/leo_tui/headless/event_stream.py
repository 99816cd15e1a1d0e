"""For programs: every event of every run as one JSON object on a line of its own.

The first keys are the same in every line: `version`, `run_id`, `dag`, `seq`, `at_ms`,
`kind`; the event's own follow. Keys are added, never renamed or removed, as long as
`version` stays 1. Before a run's events comes a `run_created`, after them a
`run_ended`.
"""

from collections.abc import Sequence
from typing import NamedTuple, get_args

import msgspec

from leo_engine.app.types import RunResult
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.event import Event
from leo_tui.headless.background_writer import BackgroundWriter
from leo_tui.headless.reporter import Reporter
from leo_tui.headless.terminal import Terminal

VERSION = 1

_ENCODE = msgspec.json.Encoder().encode
_FIELDS = {
    kind: (
        str(kind.__struct_config__.tag),
        tuple(name for name in kind.__struct_fields__ if name != "at_ms"),
    )
    for kind in get_args(Event)
}
"""{class of event: its stored name, its own fields}."""


class _Seen(NamedTuple):
    head: str
    last_seq: int


class EventStream:
    """Writes the events to standard output and leaves people to another reporter."""

    def __init__(self, output: Terminal, people: Reporter) -> None:
        self._writer = BackgroundWriter(output.fileno())
        self._people = people
        self._runs: dict[str, _Seen] = {}
        self._lines: list[str] = []

    def on_stored(self, run: RunRow, write: JournalWrite) -> None:
        """Note the write's events; O(events)."""
        known = self._runs.get(run.run_id)
        if known is None:
            self._lines.append(_created(run))
        head = known.head if known else _head(run)
        self._lines += [
            _line(head, seq, event)
            for seq, event in enumerate(write.events, write.first_seq)
        ]
        last_seq = write.first_seq + len(write.events) - 1
        self._runs[run.run_id] = _Seen(head, last_seq)
        self._people.on_stored(run, write)

    def tick(self) -> None:
        """Write what was noted, and let people see what changed."""
        lines, self._lines = self._lines, []
        self._writer.write("".join(lines))
        self._people.tick()

    def notice(self, text: str) -> None:
        """Tell people."""
        self._people.notice(text)

    def close(self, results: Sequence[RunResult]) -> None:
        """Write how each run ended, then let people see it."""
        for result in results:
            known = self._runs.get(result.run.run_id)
            if known is None:
                self._lines.append(_created(result.run))
            self._lines.append(_ended(result, known.last_seq if known else 0))
        self._writer.write("".join(self._lines))
        try:
            self._writer.close()
        finally:
            self._people.close(results)


def _line(head: str, seq: int, event: Event) -> str:
    """Return one event; fields that have their default value are there as well."""
    kind, names = _FIELDS[type(event)]
    own = _ENCODE({name: getattr(event, name) for name in names}).decode()[1:-1]
    rest = f",{own}" if own else ""
    return f'{head}"seq":{seq},"at_ms":{event.at_ms},"kind":"{kind}"{rest}}}\n'


def _head(run: RunRow) -> str:
    names = _ENCODE({"version": VERSION, "run_id": run.run_id, "dag": run.dag})
    return f"{names.decode()[:-1]},"


def _created(run: RunRow) -> str:
    fields = {
        "seq": 0,
        "at_ms": run.created_ms,
        "kind": "run_created",
        "generation": run.generation,
        "params": run.params,
        "total": run.total,
        "parent_run": run.parent_run,
    }
    return f"{_head(run)}{_ENCODE(fields).decode()[1:]}\n"


def _ended(result: RunResult, last_seq: int) -> str:
    run = result.run
    fields = {
        "seq": last_seq,
        "at_ms": run.ended_ms,
        "kind": "run_ended",
        "status": run.status,
        "error": run.error,
        "total": run.total,
        "succeeded": run.succeeded,
        "failed": run.failed,
        "blocked": run.blocked,
        "skipped": run.skipped,
        "followed": result.followed,
        "adopted": result.adopted,
    }
    return f"{_head(run)}{_ENCODE(fields).decode()[1:]}\n"
