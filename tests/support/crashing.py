"""Kills leo-tui again and again until its run is done, and audits what is left.

A kill comes after a while drawn by chance, or right after a fact: when the ledger or
the journal, both looked at from outside, holds so many more. What is killed is the
engine, or its wardens, or both in either order.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from random import Random

from audit import Audit
from chance_dag import ChanceDag
from place import Place, wait_until
from stored import event_count, lost_events

_LONGEST_RUN_S = 25
_LONGEST_LIFE_S = 0.9
_LINE_BYTES = 60
"""At most what one line of the ledger takes."""


class Victim(StrEnum):
    """Who is killed."""

    ENGINE = "engine"
    WARDENS = "wardens"
    ENGINE_FIRST = "engine first"
    WARDENS_FIRST = "wardens first"


ENGINE_ONLY = (Victim.ENGINE,)
"""Tasks must not even notice."""

Leo = subprocess.Popen[bytes]
Moment = Callable[[Place, Leo], bool]
"""Waits for the moment to kill; False when leo-tui has ended by itself before."""


class Crashes:
    """One DAG on one place, and the kills that its run has to survive."""

    def __init__(
        self,
        place: Place,
        dag: ChanceDag,
        chance: Random,
        victims: Sequence[Victim] = ENGINE_ONLY,
    ) -> None:
        self.kills = 0
        self._place = place
        self._dag = dag
        self._chance = chance
        self._victims = victims
        self._journals = place.stored().journals
        place.write_dag(dag.text)

    def run(self, most: int) -> list[str]:
        """Kill at most so often; return all that is wrong in the end."""
        for _ in range(most):
            leo = self._start()
            victim = self._chance.choice(self._victims)
            if not self._moment()(self._place, leo):
                break
            self._kill(leo, victim)
            complaints = list(self._forgotten())
            if complaints:
                return complaints
        else:
            leo = self._start()
        return [*self._ending(leo), *self._left(), *self._forgotten(), *self._wrong()]

    def _start(self) -> Leo:
        runs = self._place.stored().runs
        if runs and (runs[-1].status == "succeeded" or self._chance.random() < 1 / 2):
            return self._place.start("resume", runs[-1].run_id)
        return self._place.start("--once", "-j", "5")

    def _moment(self) -> Moment:
        kind = self._chance.choice((after_a_while, at_a_fact, at_an_event))
        return kind(self._chance)

    def _kill(self, leo: Leo, victim: Victim) -> None:
        self.kills += 1
        wardens = [] if victim is Victim.ENGINE else self._place.wardens_of(leo.pid)
        doomed = [*wardens, leo.pid]
        if victim is Victim.WARDENS:
            doomed.pop()
        if victim is Victim.ENGINE_FIRST:
            doomed.reverse()
        for pid in doomed:
            # A warden may have left by itself.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victim is Victim.WARDENS:
            # The engine goes on and notices; the kill that counts comes later.
            after_a_while(self._chance)(self._place, leo)
            leo.kill()
        leo.wait()

    def _forgotten(self) -> Iterator[str]:
        after = self._place.stored().journals
        yield from lost_events(self._journals, after)
        self._journals = after

    def _ending(self, leo: Leo) -> Iterator[str]:
        code = self._place.end_of(leo, _LONGEST_RUN_S)
        if code:
            yield f"it ended with {code}: {self._place.last_words()}"

    def _left(self) -> Iterator[str]:
        place = self._place
        wait_until(lambda: not place.processes(), every_s=0.05)
        for one in place.processes():
            yield f"left behind: {one.pid} {one.command} ({one.attempt})"

    def _wrong(self) -> Iterator[str]:
        stored = self._place.stored()
        may_lose = self._victims != ENGINE_ONLY
        if len(stored.runs) != 1:
            yield f"there are {len(stored.runs)} runs"
        if stored.claims:
            yield f"{stored.claims} slots of pools are still held"
        for run in stored.runs:
            audit = Audit(stored, self._place.ledger, run.run_id, may_lose=may_lose)
            yield from audit.complaints(self._dag.upstream, self._dag.may_fail)
            if self._place.leo("verify", run.run_id):
                yield f"verify: {self._place.last_words()}"


def after_a_while(chance: Random) -> Moment:
    """Return any moment from its first breath on."""
    life_s = chance.uniform(0, _LONGEST_LIFE_S)

    def wait(_: Place, leo: Leo) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            leo.wait(life_s)
        return leo.returncode is None

    return wait


def at_a_fact(chance: Random) -> Moment:
    """Return the moment at which a task has begun or ended."""
    lines = chance.randint(1, 12)

    def wait(place: Place, leo: Leo) -> bool:
        enough = place.ledger.size() + lines * _LINE_BYTES
        return _comes(lambda: place.ledger.size() >= enough, place, leo)

    return wait


def at_an_event(chance: Random) -> Moment:
    """Return the moment at which an event has been stored, its effects not yet done."""
    events = chance.randint(1, 25)

    def wait(place: Place, leo: Leo) -> bool:
        enough = event_count(place.database) + events
        return _comes(lambda: event_count(place.database) >= enough, place, leo)

    return wait


def _comes(is_so: Callable[[], bool], place: Place, leo: Leo) -> bool:
    """Return whether it became so before leo-tui ended."""
    if not wait_until(
        lambda: is_so() or leo.poll() is not None, _LONGEST_RUN_S, every_s=0.0005
    ):
        # Nothing happens any more: have it say where it stands, and fail.
        place.end_of(leo, patience_s=0)
    return leo.returncode is None
