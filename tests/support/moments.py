"""Moments at which a running leo-tui is hit, drawn by chance.

After a while, or right after a fact: when the ledger or the journal, both looked at
from outside, holds so many more.
"""

import contextlib
import subprocess
from collections.abc import Callable
from random import Random

from place import Place, wait_until
from stored import event_count

LONGEST_RUN_S = 25
"""Longer than anything here takes: who takes longer hangs."""
_LONGEST_LIFE_S = 0.9
_LINE_BYTES = 60
"""At most what one line of the ledger takes."""

Leo = subprocess.Popen[bytes]
Moment = Callable[[Place, Leo], bool]
"""Waits for the moment; False when leo-tui has ended by itself before."""


def any_moment(chance: Random) -> Moment:
    """Return one of the moments below."""
    kind = chance.choice((after_a_while, at_a_fact, at_an_event))
    return kind(chance)


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
        lambda: is_so() or leo.poll() is not None, LONGEST_RUN_S, every_s=0.0005
    ):
        # Nothing happens any more: have it say where it stands, and fail.
        place.end_of(leo, patience_s=0)
    return leo.returncode is None
