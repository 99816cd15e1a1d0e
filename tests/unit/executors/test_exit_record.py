"""What is read from the records of wardens."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from leo_engine.executors.exit_record import AttemptKey, ExitRecords, outcome_of
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.state.outcome import Failed, Succeeded, Usage

NAME = "0badcafe-1-1"
KEY = AttemptKey("run", "load", 2)


def records(folder: Path, *lines: str, end: str = "\n") -> ExitRecords:
    (folder / NAME).write_text("\n".join(lines) + end)
    return ExitRecords(folder)


@given(task=st.text(), run_id=st.from_regex(r"[0-9a-f-]+", fullmatch=True))
def test_any_name_survives_the_record(task: str, run_id: str) -> None:
    key = AttemptKey(run_id, task, 3)
    line = key.encode()
    assert AttemptKey.decode(line) == key
    assert line.isascii()
    assert not set("\t\n\r") & set(line)


@given(st.builds(ProcessHandle, st.just(NAME), *[st.integers(min_value=0)] * 3))
def test_a_handle_survives_its_text(handle: ProcessHandle) -> None:
    assert ProcessHandle.parse(str(handle)) == handle


def test_a_handle_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        ProcessHandle.parse("container-17")


def test_an_ending_is_read_with_its_time(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}", "X\t99\t7\t512\t40\t8192")
    ending = found.of(NAME).endings[7]
    assert ending.at_ms == 99
    usage = Usage(cpu_ms=40, peak_rss_bytes=8192)
    assert ending.outcome == Failed(reason="exit 2", exit_code=2, usage=usage)


def test_a_torn_last_line_is_no_ending_until_it_is_whole(tmp_path: Path) -> None:
    found = records(tmp_path, "X\t99\t7\t256\t40\t81", end="")
    assert found.of(NAME).endings == {}
    with (tmp_path / NAME).open("a") as file:
        file.write("92\n")
    assert found.of(NAME).endings[7].outcome.usage.peak_rss_bytes == 8192  # type: ignore[union-attr]


def test_lines_that_say_nothing_are_passed_over(tmp_path: Path) -> None:
    found = records(tmp_path, "Traceback:", "  File\tx", "X\t9\t7\t0\t1\t1")
    assert list(found.of(NAME).endings) == [7]


def test_a_missing_record_is_empty(tmp_path: Path) -> None:
    assert ExitRecords(tmp_path / "nowhere").of(NAME).endings == {}


def test_a_started_attempt_is_found(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}", "S\t2\t7\t4711\t99")
    assert found.find(KEY) == ProcessHandle(NAME, 7, 4711, 99)


def test_an_attempt_nobody_heard_of_was_not_started(tmp_path: Path) -> None:
    assert records(tmp_path, "E\t1").find(KEY) is None


def test_a_refused_attempt_was_not_started(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}", "F\t2\t7\t2")
    assert found.find(KEY) is None


def test_an_attempt_whose_start_was_cut_off_is_in_doubt(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}")
    assert found.find(KEY) == ProcessHandle(NAME, 7, 0, 0)


def test_pruning_keeps_records_of_open_attempts(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}")
    assert found.prune(lambda key: key == KEY) == 0
    assert found.prune(lambda _: False) == 1
    assert not (tmp_path / NAME).exists()


def test_pruning_keeps_the_record_of_a_living_warden(tmp_path: Path) -> None:
    stat = Path("/proc/self/stat").read_bytes()
    start = stat[stat.rindex(b")") + 2 :].split()[19].decode()
    (tmp_path / f"0badcafe-{os.getpid()}-{start}").touch()
    assert ExitRecords(tmp_path).prune(lambda _: False) == 0


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (256, "exit 1"),
        (126 << 8, "exit 126: cannot be executed"),
        (127 << 8, "exit 127: command not found"),
        (signal.SIGSEGV | 0x80, "killed by SIGSEGV"),
        (signal.SIGRTMIN + 1, f"killed by signal {signal.SIGRTMIN + 1}"),
    ],
)
def test_a_wait_status_is_put_in_words(status: int, reason: str) -> None:
    outcome = outcome_of(status, 0, 0)
    assert isinstance(outcome, Failed)
    assert outcome.reason == reason


def test_status_zero_is_success() -> None:
    assert outcome_of(0, 5, 6) == Succeeded(usage=Usage(cpu_ms=5, peak_rss_bytes=6))
