"""A task's output is printed harmless, and only so much of it."""

from collections.abc import Iterator
from pathlib import Path

from leo_engine.app.types import LogFile
from leo_tui.headless.task_output import MOST_CHARACTERS, task_output
from leo_tui.viewmodels.spans import text_of


class _Logs:
    """The logs of one task, in memory."""

    def __init__(self, *lines: str) -> None:
        self._lines = lines

    def logs(
        self, prefix: str, task: str = "", attempt: int | None = None
    ) -> list[LogFile]:
        return [LogFile(task, attempt or 0, Path(f"/{prefix}.log"), 1, is_live=False)]

    def read_log(self, log: LogFile) -> Iterator[str]:
        assert log.attempt == 2
        yield from self._lines


def shown(*lines: str) -> list[str]:
    return [text_of(line) for line in task_output(_Logs(*lines), "0193", "load", 2)]


def test_each_line_is_set_off_and_harmless() -> None:
    assert shown("one\n", "\x1b[2Jtwo\n", "10%\r99%") == ["│ one", "│ two", "│ 99%"]


def test_after_64_kib_a_mark_says_where_the_rest_is() -> None:
    lines = shown(*["x" * 1023 + "\n"] * 100)
    assert len(lines) == 64 + 1
    assert lines[-1] == "│ … cut at 64 KiB; all of it: /0193.log"


def test_one_endless_line_is_cut_as_well() -> None:
    first, mark = shown("y" * (MOST_CHARACTERS * 3))
    assert len(first) == MOST_CHARACTERS + 2
    assert mark.startswith("│ … cut")


def test_a_log_that_cannot_be_read_says_so_in_its_place() -> None:
    class _Gone(_Logs):
        def read_log(self, log: LogFile) -> Iterator[str]:
            raise FileNotFoundError(2, "No such file", str(log.path))

    [text] = task_output(_Gone(), "0193", "load", 2)
    assert "no output to show" in text_of(text)


def test_a_task_that_never_started_has_no_output() -> None:
    assert list(task_output(_Logs("x"), "0193", "load", 0)) == []
