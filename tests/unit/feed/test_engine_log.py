"""What the engine did beside the tasks: bounded, in order, with where it went wrong."""

from pathlib import Path

from leo_engine.errors import StoreError
from leo_engine.ports import AuditEntry, JournalWrite
from leo_engine.state.status import RunStatus
from leo_engine.testing.fake_clock import FakeClock
from leo_tui.feed.engine_log import EngineLog
from leo_tui.feed.inbox import Inbox
from leo_tui.viewmodels.engine_lines import engine_lines
from leo_tui.viewmodels.spans import text_of
from run_models import run_row

NOTHING = JournalWrite(run_key=1, epoch=1, first_seq=1, events=[])


def fail(message: str) -> None:
    raise StoreError(message)


def test_the_last_thousand_are_kept() -> None:
    log = EngineLog(FakeClock())
    for number in range(1_500):
        log.note(str(number))
    assert [one.text for one in log.entries()] == [str(n) for n in range(500, 1_500)]


def test_a_run_is_noted_when_its_status_changes_and_not_at_each_write() -> None:
    log = EngineLog(FakeClock())
    inbox = Inbox(log)
    for status in (RunStatus.RUNNING, RunStatus.RUNNING, RunStatus.FAILED):
        inbox.on_stored(run_row(run_id="0193", dag="etl", status=status), NOTHING)
    texts = [one.text.partition(" of ")[2] for one in log.entries()]
    assert texts == ["etl: running", "etl: failed"]


def test_trouble_is_noted_with_where_in_the_program_it_arose() -> None:
    log = EngineLog(FakeClock())
    try:
        fail("the disk is full")
    except StoreError as error:
        Inbox(log).on_trouble("engine:", error)
    (entry,) = log.entries()
    assert entry.text == "engine: the disk is full"
    assert "test_engine_log.py" in entry.detail
    assert entry.detail.endswith("StoreError: the disk is full")


def test_what_others_do_is_noted() -> None:
    log = EngineLog(FakeClock())
    inbox = Inbox(log)
    inbox.on_files(frozenset({Path("b.toml"), Path("a.toml")}))
    inbox.on_adopted([run_row(run_id="0193", dag="etl", status=RunStatus.RUNNING)])
    texts = [one.text for one in log.entries()]
    assert texts[0] == "changed in the folder: a.toml, b.toml"
    assert texts[1].endswith("of etl: taken over")


def test_of_many_changed_files_the_first_are_named() -> None:
    log = EngineLog(FakeClock())
    Inbox(log).on_files(frozenset(Path(f"{n:03}.toml") for n in range(300)))
    (entry,) = log.entries()
    assert entry.text.startswith("changed in the folder: 000.toml, 001.toml, ")
    assert entry.text.endswith("019.toml and 280 more")


def test_it_is_told_newest_first_among_what_was_recorded_and_without_escapes() -> None:
    clock = FakeClock()
    log = EngineLog(clock)
    log.note("begun \x1b]0;evil\x07")
    recorded = AuditEntry(
        at_ms=clock.now_ms() + 5, action="freed staging", subject="staging/x"
    )
    texts = [text_of(one) for one in engine_lines(log.entries(), [recorded])]
    assert ["freed staging" in texts[0], "begun" in texts[1]] == [True, True]
    assert "\x1b" not in "".join(texts)
