"""One run out of many, by the beginning of its id."""

import re
import sqlite3
from itertools import pairwise

from leo_engine.errors import RunNotFoundError
from leo_engine.ports import RunRow
from leo_engine.store.queries import Present
from leo_engine.store.wording import named

NAMED = 5
"""Candidates that an error names."""
_DASHES_BEFORE = (8, 12, 16, 20)
_HEX = re.compile(r"[0-9a-f]{1,32}")
_NUMBER = re.compile(r"#([0-9]{1,18})")
NEWEST = frozenset({"latest", "last"})

_SELECT_BY_PREFIX = """
SELECT * FROM runs LEFT JOIN leases USING (run_key)
WHERE run_id >= :first AND run_id < :beyond ORDER BY run_id DESC LIMIT :limit"""

_SELECT_BY_NUMBER = """
SELECT * FROM runs LEFT JOIN leases USING (run_key) WHERE run_key = ?"""

_SELECT_NEWEST = """
SELECT * FROM runs LEFT JOIN leases USING (run_key)
WHERE parent_run = '' AND (:dag = '' OR dag = :dag)
ORDER BY created_ms DESC, run_key DESC LIMIT :limit"""


def find_run(connection: sqlite3.Connection, prefix: str, present: Present) -> RunRow:
    """Return the run whose id begins so; "latest" and "last" name the newest one.

    `#41` is the run that the screen calls so: the number of its row here.

    The newest is one that somebody started: runs of sub-DAGs are left out. Dashes and
    case do not matter.

    Raises:
        RunNotFoundError: none, or several; candidates are named.
    """
    text = prefix.strip().lower()
    if text in NEWEST:
        found = _newest(connection, "", present, 1)
        if not found:
            message = "nothing has run here yet"
            raise RunNotFoundError(message)
        return found[0]
    number = numbered(text)
    if number is not None:
        rows = connection.execute(_SELECT_BY_NUMBER, (number,))
        found = [present.run_of(row) for row in rows]
    else:
        found = _by_prefix(connection, text, present)
    if not found:
        raise RunNotFoundError(_not_found(connection, prefix, present))
    if len(found) > 1:
        raise RunNotFoundError(_ambiguous(prefix, found))
    return found[0]


def numbered(text: str) -> int | None:
    """Return 41 for `#41`, None for anything else."""
    match = _NUMBER.fullmatch(text)
    return None if match is None else int(match[1])


def dashed(digits: str) -> str:
    """Return the beginning of a UUID with the dashes that belong in it."""
    marks = [0, *(at for at in _DASHES_BEFORE if at < len(digits)), len(digits)]
    return "-".join(digits[i:j] for i, j in pairwise(marks))


def id_range(prefix: str) -> tuple[str, str]:
    """Return between what, the end left out, the ids are that begin so.

    Dashes and case do not matter. Nothing lies between two empty texts.
    """
    digits = prefix.strip().lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        return "", ""
    first = dashed(digits)
    # `g` is past every hexadecimal digit and past the dash.
    return first, f"{first}g"


def _by_prefix(
    connection: sqlite3.Connection, text: str, present: Present
) -> list[RunRow]:
    first, beyond = id_range(text)
    values = {"first": first, "beyond": beyond, "limit": NAMED + 1}
    rows = connection.execute(_SELECT_BY_PREFIX, values)
    return [present.run_of(row) for row in rows]


def _newest(
    connection: sqlite3.Connection, dag: str, present: Present, limit: int
) -> list[RunRow]:
    rows = connection.execute(_SELECT_NEWEST, {"dag": dag, "limit": limit})
    return [present.run_of(row) for row in rows]


def _ambiguous(prefix: str, found: list[RunRow]) -> str:
    more = ["  and more"] if len(found) > NAMED else []
    lines = [f"  {named(run)}" for run in found[:NAMED]]
    return "\n".join([f"several runs begin with {prefix!r}:", *lines, *more])


def _not_found(connection: sqlite3.Connection, prefix: str, present: Present) -> str:
    for_dag = _newest(connection, prefix, present, 1)
    if for_dag:
        return f"{prefix!r} is a DAG, not a run; its newest run is {named(for_dag[0])}"
    newest = _newest(connection, "", present, 1)
    hint = f"the newest is {named(newest[0])}" if newest else "nothing has run here yet"
    return f"no run begins with {prefix!r}; {hint}"
