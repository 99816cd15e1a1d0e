"""Output of attempts: found, read, masked, and followed while it grows."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from leo_engine.app.logs import (
    TAIL_BYTES,
    GrowingLog,
    log_files,
    read_lines,
    tail_lines,
)
from leo_engine.app.tail import Tail
from leo_engine.executors.warden_logs import punch_hole
from leo_engine.ids import path_segment
from leo_engine.state.rows import AttemptRow

MIB = 1 << 20


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "1.log"


def append(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        file.write(content)


def row(task: str, attempt: int = 1, *, ended_ms: int | None = None) -> AttemptRow:
    return AttemptRow(task=task, attempt=attempt, started_ms=0, ended_ms=ended_ms)


def test_lines_appear_as_they_are_written_and_once_only(log: Path) -> None:
    growing = GrowingLog(log, ())
    assert growing.read(is_over=False) == []
    append(log, b"one\ntwo\n")
    assert growing.read(is_over=False) == ["one\n", "two\n"]
    append(log, b"three\n")
    assert growing.read(is_over=False) == ["three\n"]
    assert growing.read(is_over=False) == []


def test_half_a_line_is_held_back_until_it_ends(log: Path) -> None:
    growing = GrowingLog(log, ())
    append(log, b"one\ntw")
    assert growing.read(is_over=False) == ["one\n"]
    append(log, b"o\n")
    assert growing.read(is_over=False) == ["two\n"]


def test_half_a_line_is_all_there_is_once_the_log_is_over(log: Path) -> None:
    growing = GrowingLog(log, ())
    append(log, b"one\ntwo")
    assert growing.read(is_over=True) == ["one\n"]
    assert growing.read(is_over=True) == ["two"]
    assert growing.read(is_over=True) == []


def test_a_line_that_never_ends_comes_in_pieces(log: Path) -> None:
    growing = GrowingLog(log, ())
    append(log, b"x" * (2 * MIB + 5))
    pieces = [growing.read(is_over=False) for _ in range(3)]
    assert [len(line) for piece in pieces for line in piece] == [MIB, MIB]
    assert growing.read(is_over=True) == ["xxxxx"]


def test_a_character_written_in_two_halves_is_whole(log: Path) -> None:
    growing = GrowingLog(log, ())
    append(log, "é".encode()[:1])
    assert growing.read(is_over=False) == []
    append(log, "é".encode()[1:] + b"\n")
    assert growing.read(is_over=False) == ["é\n"]


def test_what_is_no_text_is_replaced(log: Path) -> None:
    append(log, b"\xff\xfe\n")
    assert GrowingLog(log, ()).read(is_over=False) == ["\ufffd\ufffd\n"]
    assert list(read_lines(log, ())) == ["\ufffd\ufffd\n"]
    assert tail_lines(log, 1, ()) == ("\ufffd\ufffd",)


def test_secrets_are_masked_however_it_is_read(log: Path) -> None:
    append(log, b"is s3cr3t\n")
    secrets = ("s3cr3t",)
    assert GrowingLog(log, secrets).read(is_over=False) == ["is ***\n"]
    assert list(read_lines(log, secrets)) == ["is ***\n"]
    assert tail_lines(log, 1, secrets) == ("is ***",)


def test_a_line_of_many_mib_is_read_in_pieces(log: Path) -> None:
    content = b"a\n" + b"x" * (5 * MIB) + b"\nlast"
    append(log, content)
    pieces = list(read_lines(log, ()))
    assert "".join(pieces).encode() == content
    assert (pieces[0], pieces[-1]) == ("a\n", "last")
    assert max(map(len, pieces)) <= 2 * MIB


def test_a_log_that_cannot_be_read_is_an_error(log: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_lines(log, ()))


def punch(path: Path, count: int) -> None:
    """Give the first bytes of a file back, as `log_max` does."""
    with path.open("r+b") as file:
        punch_hole(file.fileno(), 0, count)


def test_what_was_given_back_is_stepped_over_however_it_is_read(log: Path) -> None:
    append(log, b"x" * (64 * 1024) + b"kept\nlast\n")
    punch(log, 64 * 1024)
    assert GrowingLog(log, ()).read(is_over=False) == ["kept\n", "last\n"]
    assert list(read_lines(log, ())) == ["kept\n", "last\n"]
    assert tail_lines(log, 9, ()) == ("kept", "last")


def test_what_was_given_back_does_not_count_as_size(tmp_path: Path) -> None:
    path = tmp_path / path_segment("load") / "1.log"
    append(path, b"x" * (64 * 1024) + b"kept\n")
    punch(path, 64 * 1024)
    (log,) = log_files(tmp_path, [row("load")], None)
    assert 0 < log.size_bytes <= 4096


def test_a_reader_goes_on_behind_what_is_given_back_meanwhile(log: Path) -> None:
    growing = GrowingLog(log, ())
    append(log, b"one\nhalf a li")
    assert growing.read(is_over=False) == ["one\n"]
    append(log, b"x" * (64 * 1024) + b"\n")
    size = log.stat().st_size
    append(log, b"y" * (-size % 4096) + b"kept\n")
    punch(log, size + -size % 4096)
    assert growing.read(is_over=False) == ["half a li\n", "kept\n"]


def test_a_reader_that_the_mark_overtakes_shows_it_whole(log: Path) -> None:
    growing = GrowingLog(log, ())
    append(log, b"x" * 4095 + b"\none\ntw")
    assert growing.read(is_over=False)[-1] == "one\n"
    append(log, b"o\nthree\n")
    punch(log, 4096)
    with log.open("r+b") as file:
        os.pwrite(file.fileno(), b"[missing\n", 4096)
    assert growing.read(is_over=False) == ["tw\n", "[missing\n", "hree\n"]


def test_nuls_that_a_task_has_written_are_its_output(log: Path) -> None:
    append(log, b"\0" * 8192 + b"\n")
    assert list(read_lines(log, ())) == ["\0" * 8192 + "\n"]


@pytest.mark.parametrize(
    ("content", "tail"),
    [
        (b"", ()),
        (b"\n", ("",)),
        (b"one", ("one",)),
        (b"one\ntwo\nthree\n", ("two", "three")),
        (b"one\ntwo\nthree", ("two", "three")),
        (b"two\n\n", ("two", "")),
        ("a\x0cb\u2028c\n".encode(), ("a\x0cb\u2028c",)),
    ],
)
def test_the_tail_is_the_last_lines(
    log: Path, content: bytes, tail: Sequence[str]
) -> None:
    append(log, content)
    assert tail_lines(log, 2, ()) == tuple(tail)


def test_the_tail_of_a_huge_log_is_of_its_last_64_kib(log: Path) -> None:
    append(log, b"x" * (10 * TAIL_BYTES) + b"\nlast\n")
    assert tail_lines(log, 1, ()) == ("last",)
    assert sum(len(line) for line in tail_lines(log, 9, ())) < TAIL_BYTES


def test_a_log_that_is_not_there_has_no_tail(log: Path) -> None:
    assert tail_lines(log, 5, ()) == ()


def test_logs_are_those_of_the_latest_attempt_of_each_task(tmp_path: Path) -> None:
    for name in ("a/1.log", "a/2.log", "a/2.out.log", "b/1.log"):
        append(tmp_path / name, b"x")
    rows = [row("a", 1, ended_ms=1), row("b"), row("a", 2, ended_ms=2), row("c")]
    found = log_files(tmp_path, rows, None)
    names = [(str(one.path.relative_to(tmp_path)), one.is_live) for one in found]
    assert names == [("a/2.out.log", False), ("a/2.log", False), ("b/1.log", True)]
    assert [one.attempt for one in log_files(tmp_path, rows, 1)] == [1, 1]


def tail_of(folder: Path, rows: Sequence[AttemptRow]) -> Tail:
    return Tail(folder, rows, lambda _: ())


def test_tasks_that_write_at_once_are_followed_side_by_side(tmp_path: Path) -> None:
    rows = [row("slow"), row("quick")]
    tail = tail_of(tmp_path, rows)
    append(tmp_path / "slow" / "1.log", b"begins\n")
    append(tmp_path / "quick" / "1.log", b"done\n")
    assert set(tail.read(rows, is_over=False)) == {
        ("slow", "begins\n"),
        ("quick", "done\n"),
    }


def test_an_attempt_that_comes_and_goes_between_two_looks_is_not_missed(
    tmp_path: Path,
) -> None:
    tail = tail_of(tmp_path, [row("a", 1)])
    for attempt in (1, 2, 3):
        append(tmp_path / "a" / f"{attempt}.log", b"attempt %d\n" % attempt)
    rows = [row("a", 1, ended_ms=1), row("a", 2, ended_ms=2), row("a", 3)]
    lines = [line for _, line in tail.read(rows, is_over=False)]
    assert lines == ["attempt 1\n", "attempt 2\n", "attempt 3\n"]


def test_attempts_that_were_over_before_are_not_repeated(tmp_path: Path) -> None:
    append(tmp_path / "a" / "1.log", b"old\n")
    rows = [row("a", 1, ended_ms=1), row("a", 2)]
    assert list(tail_of(tmp_path, rows).read(rows, is_over=False)) == []


def test_an_attempt_that_has_ended_is_read_to_its_end_and_then_let_be(
    tmp_path: Path,
) -> None:
    rows = [row("a", ended_ms=1)]
    tail = tail_of(tmp_path, rows)
    append(tmp_path / "a" / "1.log", b"one\ntwo")
    append(tmp_path / "a" / "1.out.log", b"three\n")
    lines = [line for _ in range(4) for _, line in tail.read(rows, is_over=False)]
    assert sorted(lines) == ["one\n", "three\n", "two"]
    append(tmp_path / "a" / "1.log", b"of a process left behind\n")
    assert list(tail.read(rows, is_over=False)) == []


def test_a_run_that_is_over_hides_no_half_line_of_an_attempt_that_never_ended(
    tmp_path: Path,
) -> None:
    rows = [row("a")]
    tail = tail_of(tmp_path, rows)
    append(tmp_path / "a" / "1.log", b"half")
    assert list(tail.read(rows, is_over=False)) == []
    assert list(tail.read(rows, is_over=True)) == [("a", "half")]
