"""Kills leo-tui again and again until its run is done, and audits what is left.

What is killed is the engine, or its wardens, or both in either order.
"""

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from enum import StrEnum
from random import Random

from audit import Audit
from chance_dag import ChanceDag
from moments import LONGEST_RUN_S, Leo, after_a_while, any_moment
from place import Place, wait_until
from stored import lost_events


class Victim(StrEnum):
    """Who is killed."""

    ENGINE = "engine"
    WARDENS = "wardens"
    ENGINE_FIRST = "engine first"
    WARDENS_FIRST = "wardens first"


ENGINE_ONLY = (Victim.ENGINE,)
"""Tasks must not even notice."""


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
            if not any_moment(self._chance)(self._place, leo):
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
        code = self._place.end_of(leo, LONGEST_RUN_S)
        if code == 1 and self._victims != ENGINE_ONLY:
            # Who loses a task's process once too often is told so, and may go on.
            code = self._place.leo("resume", "last", patience_s=LONGEST_RUN_S)
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
