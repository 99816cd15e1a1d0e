"""The inbox: the latest of everything, whatever the pace, of the opened run only."""

from pathlib import Path

from leo_engine.errors import StoreError
from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import AttemptRow, TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.feed.inbox import Inbox
from run_models import run_row


def write(*tasks: TaskRow, attempts: tuple[AttemptRow, ...] = ()) -> JournalWrite:
    return JournalWrite(
        run_key=1, epoch=1, first_seq=1, events=[], tasks=tasks, attempts=attempts
    )


def task(name: str, status: TaskStatus = TaskStatus.RUNNING) -> TaskRow:
    return TaskRow(task=name, status=status)


def run(run_id: str = "0193", **fields: object) -> RunRow:
    return run_row(run_id=run_id, **fields)


def test_nothing_new_costs_nothing_to_ask_for() -> None:
    assert Inbox().drain() is None


def test_of_a_task_only_the_latest_row_is_kept() -> None:
    inbox = Inbox()
    inbox.open("0193")
    inbox.on_stored(run(), write(task("a")))
    inbox.on_stored(run(), write(task("a", TaskStatus.SUCCEEDED), task("b")))
    news = inbox.drain()
    assert news is not None
    assert [(row.task, row.status) for row in news.tasks] == [
        ("a", TaskStatus.SUCCEEDED),
        ("b", TaskStatus.RUNNING),
    ]
    assert inbox.drain() is None


def test_a_million_updates_of_a_task_take_the_room_of_one() -> None:
    inbox = Inbox()
    inbox.open("0193")
    rows = write(task("a"))
    for _ in range(10_000):
        inbox.on_stored(run(), rows)
    news = inbox.drain()
    assert news is not None
    assert len(news.tasks) == 1


def test_rows_of_runs_that_are_not_open_are_dropped_and_their_run_is_told() -> None:
    inbox = Inbox()
    inbox.open("0193")
    inbox.on_stored(run("0194"), write(task("a")))
    news = inbox.drain()
    assert news is not None
    assert news.tasks == []
    assert list(news.runs) == ["0194"]


def test_opening_another_run_forgets_the_rows_of_the_last() -> None:
    inbox = Inbox()
    inbox.open("0193")
    inbox.on_stored(run(), write(task("a")))
    inbox.open("0194")
    news = inbox.drain()
    assert news is not None
    assert news.tasks == []


def test_every_attempt_is_kept_once() -> None:
    inbox = Inbox()
    inbox.open("0193")
    first = AttemptRow(task="a", attempt=1, started_ms=1)
    ended = AttemptRow(task="a", attempt=1, started_ms=1, ended_ms=2, outcome="failed")
    second = AttemptRow(task="a", attempt=2, started_ms=3)
    inbox.on_stored(run(), write(attempts=(first,)))
    inbox.on_stored(run(), write(attempts=(ended, second)))
    news = inbox.drain()
    assert news is not None
    assert news.attempts == [ended, second]


def test_a_run_is_own_while_this_process_drives_it() -> None:
    inbox = Inbox()
    inbox.on_read(run(), write())
    assert not inbox.is_own("0193")
    inbox.on_stored(run(), write())
    assert inbox.is_own("0193")
    inbox.on_stored(run(status=RunStatus.SUCCEEDED), write())
    assert not inbox.is_own("0193")


def test_the_rows_status_is_that_which_the_write_stored() -> None:
    inbox = Inbox()
    stored = JournalWrite(
        run_key=1, epoch=1, first_seq=1, events=[], run=run(status=RunStatus.FAILED)
    )
    inbox.on_stored(run(), stored)
    news = inbox.drain()
    assert news is not None
    assert news.runs["0193"].status is RunStatus.FAILED
    assert not inbox.is_own("0193")


def test_troubles_are_told_and_only_the_last_hundred_are_kept() -> None:
    inbox = Inbox()
    for number in range(300):
        inbox.on_trouble("0193", StoreError(f"full {number}"))
    news = inbox.drain()
    assert news is not None
    assert len(news.troubles) == 100
    assert news.troubles[-1].message == "full 299"


def test_files_that_changed_are_gathered() -> None:
    inbox = Inbox()
    inbox.on_files(frozenset({Path("a")}))
    inbox.on_files(frozenset({Path("b")}))
    news = inbox.drain()
    assert news is not None
    assert news.files == {Path("a"), Path("b")}


def test_who_rests_is_woken_once_by_what_is_new() -> None:
    inbox, woken = Inbox(), []
    inbox.wake(lambda: woken.append(len(woken)))
    assert woken == []
    inbox.on_files(frozenset({Path("a.toml")}))
    inbox.on_trouble("", StoreError("full"))
    assert woken == [0]


def test_who_rests_with_news_unread_is_woken_at_once() -> None:
    inbox, woken = Inbox(), []
    inbox.on_stored(run(), write())
    inbox.wake(lambda: woken.append(len(woken)))
    assert woken == [0]
    assert inbox.drain() is not None


def test_nobody_is_woken_because_no_run_was_adopted() -> None:
    inbox, woken = Inbox(), []
    inbox.wake(lambda: woken.append(len(woken)))
    inbox.on_adopted([])
    assert woken == []
