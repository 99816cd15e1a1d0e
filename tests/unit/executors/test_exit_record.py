"""What is read from the records of wardens."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from leo_engine.executors.attempt_key import AttemptKey
from leo_engine.executors.exit_record import outcome_of
from leo_engine.executors.exit_records import ExitRecords
from leo_engine.executors.process_handle import ProcessHandle
from leo_engine.executors.process_table import boot_id
from leo_engine.executors.warden_record import start_ticks
from leo_engine.state.outcome import Failed, Succeeded, Usage

NAME = "0badcafe-1-1"
KEY = AttemptKey("run", "load", 2)
OURS = f"{boot_id()}-{os.getpid()}-{start_ticks(os.getpid())}"
"""The name that a record would have if this process were a warden."""


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
    (tmp_path / OURS).write_text("X\t99\t7\t256\t40\t81")
    found = ExitRecords(tmp_path)
    assert found.of(OURS).endings == {}
    with (tmp_path / OURS).open("a") as file:
        file.write("92\n")
    assert found.of(OURS).endings[7].outcome.usage.peak_rss_bytes == 8192  # type: ignore[union-attr]


def test_lines_that_say_nothing_are_passed_over(tmp_path: Path) -> None:
    found = records(tmp_path, "Traceback:", "  File\tx", "X\t9\t7\t0\t1\t1")
    assert list(found.of(NAME).endings) == [7]


def test_a_missing_record_is_empty(tmp_path: Path) -> None:
    assert ExitRecords(tmp_path / "nowhere").of(NAME).endings == {}


def test_a_started_attempt_is_found(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}", "S\t2\t7\t4711\t99")
    found.read_all()
    assert found.find(KEY) == (ProcessHandle(NAME, 7, 4711, 99), True)


def test_an_attempt_nobody_heard_of_was_not_started(tmp_path: Path) -> None:
    found = records(tmp_path, "E\t1")
    found.read_all()
    assert found.find(KEY) == (None, True)


def test_a_refused_attempt_was_not_started(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}", "F\t2\t7\t2")
    found.read_all()
    assert found.find(KEY) == (None, True)


def test_an_attempt_whose_start_was_cut_off_is_in_doubt(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}")
    found.read_all()
    assert found.find(KEY) == (ProcessHandle(NAME, 7, 0, 0), True)


def test_what_a_living_warden_is_about_to_start_is_not_decided(tmp_path: Path) -> None:
    (tmp_path / OURS).write_text(f"I\t1\t7\t{KEY.encode()}\n")
    found = ExitRecords(tmp_path)
    found.read_all()
    assert found.find(KEY) == (ProcessHandle(OURS, 7, 0, 0), False)
    with (tmp_path / OURS).open("a") as file:
        file.write("S\t2\t7\t4711\t99\n")
    found.read_all()
    assert found.find(KEY) == (ProcessHandle(OURS, 7, 4711, 99), True)


def test_a_warden_that_has_not_noticed_the_end_of_its_engine_may_start_more(
    tmp_path: Path,
) -> None:
    (tmp_path / OURS).write_text("W\t1\t1\t999999999\n")
    found = ExitRecords(tmp_path)
    found.read_all()
    assert found.find(KEY) == (None, False)
    with (tmp_path / OURS).open("a") as file:
        file.write("E\t2\n")
    found.read_all()
    assert found.find(KEY) == (None, True)


def test_the_newest_record_of_an_attempt_counts(tmp_path: Path) -> None:
    for name, number in (("0badcafe-1-1", 4), ("0badcafe-2-2", 5)):
        lines = f"I\t1\t{number}\t{KEY.encode()}\nS\t2\t{number}\t4711\t99\n"
        (tmp_path / name).write_text(lines)
        os.utime(tmp_path / name, (number, number))
    found = ExitRecords(tmp_path)
    found.read_all()
    assert found.find(KEY).handle == ProcessHandle("0badcafe-2-2", 5, 4711, 99)


def test_pruning_keeps_records_of_open_attempts(tmp_path: Path) -> None:
    found = records(tmp_path, f"I\t1\t7\t{KEY.encode()}")
    assert found.prune(lambda key: key == KEY) == 0
    assert found.prune(lambda _: False) == 1
    assert not (tmp_path / NAME).exists()


def test_pruning_keeps_the_record_of_a_living_warden(tmp_path: Path) -> None:
    (tmp_path / OURS).touch()
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
