"""Stops (SIGSTOP) the owner of a run until another has taken it, and lets it go on.

The new owner is stopped in its turn while the former one goes on: whatever is stored or
started then is its doing. It must not do anything.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

from audit import Audit
from chance_dag import ChanceDag
from ledger import Began
from moments import LONGEST_RUN_S, Leo, any_moment
from place import Place, wait_until
from stored import Journals, event_count, is_locked, lost_events, newest_epoch

_SHORT_LEASE_MS = 400
_LONG_LEASE_MS = 60_000
_LONG_ENOUGH_S = 0.5
"""What a former owner gets to do wrong: its heartbeat comes six times a lease."""
_MOMENT_S = 0.2
_ENGINE = str(Path(__file__).with_name("short_lease.py"))


class Stops:
    """One DAG on one place, and the owners of its run that are stopped."""

    def __init__(self, place: Place, dag: ChanceDag, chance: Random) -> None:
        self.stops = 0
        self._place = place
        self._dag = dag
        self._chance = chance
        place.write_dag(dag.text)

    def run(self, most: int) -> list[str]:
        """Stop at most so many owners; return all that is wrong in the end."""
        for _ in range(most):
            owner = self._start(_SHORT_LEASE_MS)
            if not any_moment(self._chance)(self._place, owner):
                break
            complaints = list(self._hold_up(owner))
            if complaints:
                return complaints
        last = self._start(_SHORT_LEASE_MS)
        return [*self._end(last), *self._wrong()]

    def _start(self, lease_ms: int) -> Leo:
        return self._place.start_python(_ENGINE, str(lease_ms))

    def _hold_up(self, former: Leo) -> Iterator[str]:
        database = self._place.database
        wardens = self._place.wardens_of(former.pid)
        if self._chance.random() < 1 / 2:
            self._delay_starts(wardens)
        self._stop(former)
        epoch = newest_epoch(database)
        heir = self._start(_LONG_LEASE_MS)
        if not wait_until(
            lambda: newest_epoch(database) > epoch or heir.poll() is not None,
            LONGEST_RUN_S,
        ):
            self._place.end_of(heir, patience_s=0)
        if heir.poll() is None:
            self.stops += 1
            heir.send_signal(signal.SIGSTOP)
            yield from self._misdeeds(former, wardens)
        _let_go_on(wardens)
        yield from self._part(former, heir)

    def _delay_starts(self, wardens: list[int]) -> None:
        """Stop the wardens: what the owner still asks for, they get to see too late."""
        for warden in wardens:
            os.kill(warden, signal.SIGSTOP)
        events = event_count(self._place.database)
        wait_until(lambda: event_count(self._place.database) > events, _MOMENT_S)

    def _stop(self, former: Leo) -> None:
        """Stop it, but not inside a transaction: nobody else could write then."""
        former.send_signal(signal.SIGSTOP)
        while is_locked(self._place.database):
            former.send_signal(signal.SIGCONT)
            former.send_signal(signal.SIGSTOP)

    def _misdeeds(self, former: Leo, wardens: list[int]) -> Iterator[str]:
        """Let the former owner go on, alone, and yield what it does."""
        journals, begun = self._journals(), self._begun(wardens)
        epoch = newest_epoch(self._place.database)
        _let_go_on(wardens)
        former.send_signal(signal.SIGCONT)
        wait_until(lambda: former.poll() is not None, _LONG_ENOUGH_S)
        now = self._journals()
        if now != journals:
            yield f"the former owner wrote {_news(journals, now)}"
        if newest_epoch(self._place.database) != epoch:
            yield "the former owner took the run back from a living owner"
        yield from (
            f"the former owner started {one.attempt}"
            for one in self._begun(wardens)[len(begun) :]
        )

    def _part(self, former: Leo, heir: Leo) -> Iterator[str]:
        """Let both see the run to its end, or kill them for the next round."""
        if self._chance.random() < 1 / 3:
            former.send_signal(signal.SIGCONT)
            heir.send_signal(signal.SIGCONT)
            yield from (*self._end(former), *self._end(heir))
            return
        for one in (former, heir):
            one.kill()
            one.wait()

    def _journals(self) -> Journals:
        return self._place.stored().journals

    def _begun(self, wardens: list[int]) -> list[Began]:
        began, _ = self._place.ledger.read()
        return [one for one in began if one.warden in wardens]

    def _end(self, leo: Leo) -> Iterator[str]:
        code = self._place.end_of(leo, LONGEST_RUN_S)
        if code:
            yield f"it ended with {code}: {self._place.last_words()}"

    def _wrong(self) -> Iterator[str]:
        wait_until(lambda: not self._place.processes(), every_s=0.05)
        stored = self._place.stored()
        for run in stored.runs:
            audit = Audit(stored, self._place.ledger, run.run_id, may_lose=False)
            yield from audit.complaints(self._dag.upstream, self._dag.may_fail)
            if self._place.leo("verify", run.run_id):
                yield f"verify: {self._place.last_words()}"


def _let_go_on(wardens: list[int]) -> None:
    for warden in wardens:
        # It may have had nothing left to do.
        with contextlib.suppress(ProcessLookupError):
            os.kill(warden, signal.SIGCONT)


def _news(before: Journals, after: Journals) -> list[str]:
    complaints = list(lost_events(before, after))
    for run_id, events in after.items():
        known = len(before.get(run_id, []))
        complaints += [f"{one.kind} {one.body}" for one in events[known:]]
    return complaints
