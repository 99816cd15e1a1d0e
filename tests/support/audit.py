"""Compares what leo-tui has recorded with what its tasks wrote down themselves."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ledger import Attempt, Began, Ended, Ledger
from stored import Stored, StoredAttempt

_NEVER_LAUNCHED = "before it was launched"


class Audit:
    """One run against the ledger. `may_lose`: wardens were killed as well."""

    def __init__(
        self, stored: Stored, ledger: Ledger, run_id: str, *, may_lose: bool
    ) -> None:
        self._run_id = run_id
        self._may_lose = may_lose
        self._recorded = {
            Attempt(run_id, row.task, row.number): row
            for row in stored.attempts(run_id)
        }
        began, ended = ledger.read()
        self._begins = [one for one in began if one.attempt.run_id == run_id]
        self._began: dict[Attempt, Began] = {one.attempt: one for one in self._begins}
        self._ended: dict[Attempt, Ended] = {
            one.attempt: one for one in ended if one.attempt.run_id == run_id
        }

    def complaints(
        self,
        upstream: Mapping[str, Sequence[str]],
        may_fail: frozenset[str] = frozenset(),
    ) -> Iterator[str]:
        """Yield everything wrong with a run that ought to have succeeded."""
        yield from self._starts()
        for attempt, row in self._recorded.items():
            yield from (
                f"attempt {attempt.number} of {attempt.task} {wrong}"
                for wrong in self._ending(attempt, row)
            )
        for task in upstream:
            yield from self._successes(task, may_fail)
            yield from self._turns(task)
        yield from self._order(upstream)

    def _starts(self) -> Iterator[str]:
        for attempt, count in Counter(one.attempt for one in self._begins).items():
            if count > 1:
                yield f"attempt {attempt.number} of {attempt.task} began {count} times"
            if attempt not in self._recorded:
                yield f"attempt {attempt.number} of {attempt.task} is not recorded"

    def _ending(self, attempt: Attempt, row: StoredAttempt) -> Iterator[str]:
        began, ended = self._began.get(attempt), self._ended.get(attempt)
        status = None if ended is None else ended.status
        match row.outcome:
            case "succeeded" | "failed":
                code = -row.signal if row.signal else row.exit_code
                code = 0 if row.outcome == "succeeded" else code
                if status != code:
                    yield f"{row.outcome} with {code} ({row.reason}), not {status}"
            case "timed_out":
                if began is None or ended is not None:
                    yield f"timed out, but {'ended' if ended else 'never began'}"
            case "lost" if self._may_lose or began is None:
                if began is not None and _NEVER_LAUNCHED in row.reason:
                    yield f"began, though: {row.reason}"
            case _:
                yield f"is recorded as {row.outcome or 'open'}: {row.reason}"

    def _successes(self, task: str, may_fail: frozenset[str]) -> Iterator[str]:
        rows = [row for row in self._recorded.values() if row.task == task]
        good = [row.number for row in rows if row.outcome == "succeeded"]
        if task in may_fail:
            return
        if len(good) != 1:
            yield f"{task} succeeded {len(good)} times"
        elif rows[-1].number != good[0]:
            yield f"{task} succeeded and was started again"

    def _turns(self, task: str) -> Iterator[str]:
        """No attempt begins before the earlier one has ended."""
        mine = sorted(
            (one for one in self._begins if one.attempt.task == task),
            key=lambda one: one.attempt.number,
        )
        for earlier, later in itertools.pairwise(mine):
            ended = self._ended.get(earlier.attempt)
            if later.line < (earlier if ended is None else ended).line:
                number = later.attempt.number
                yield f"attempt {number} of {task} began before the last one ended"

    def _order(self, upstream: Mapping[str, Sequence[str]]) -> Iterator[str]:
        first_end: dict[str, int] = {}
        for attempt, ended in self._ended.items():
            first_end[attempt.task] = min(
                ended.line, first_end.get(attempt.task, ended.line)
            )
        for one in self._begins:
            for need in upstream[one.attempt.task]:
                if first_end.get(need, one.line) >= one.line:
                    yield f"{one.attempt.task} began before {need} had ended"
