"""Batches as text: names of entries, lines, tables, the block of a live one."""

from collections.abc import Mapping

import pytest

from leo_engine.app.batch_types import (
    BatchDetail,
    BatchEntry,
    BatchResult,
    EntryAction,
    EntryChoice,
    EntryResult,
)
from leo_engine.ports import BatchItemRow, BatchRow, JournalWrite, RunRow
from leo_engine.spec.model import Json
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.viewmodels.batch_block import batch_block
from leo_tui.viewmodels.batch_lines import choice_line, closing_lines, result_line
from leo_tui.viewmodels.batch_names import entry_names
from leo_tui.viewmodels.batch_progress import BatchProgress
from leo_tui.viewmodels.batch_table import batch_card, batches_table
from leo_tui.viewmodels.spans import Line, text_of

RUN = "01a1fd57-9ac3-785a-a197-51a22e52b497"
SHORT = RUN[:18]
BATCH = BatchRow(
    batch_id="01a1fd57-9ac0-785a-a197-51a22e52b497",
    name="nightly",
    plan_hash="x",
    file="/plans/nightly.toml",
    created_ms=1_000,
)


def run_row(status: RunStatus = RunStatus.SUCCEEDED, **fields: object) -> RunRow:
    values: Mapping[str, object] = {
        "run_id": RUN,
        "dag": "etl",
        "dag_hash": "h",
        "file": "etl.toml",
        "status": status,
        "created_ms": 1_000,
        "started_ms": 1_000,
        "ended_ms": 3_000,
        "total": 4,
        **fields,
    }
    return RunRow(**values)  # type: ignore[arg-type]


def choice(
    action: EntryAction = EntryAction.CREATE,
    reason: str = "has not run yet",
    position: int = 1,
    run_id: str = "",
) -> EntryChoice:
    entry = BatchEntry(position, "etl", {"day": "mon"})
    return EntryChoice(entry=entry, action=action, reason=reason, run_id=run_id)


def names(*params: Mapping[str, Json]) -> list[str]:
    listed = ((at, "etl", one) for at, one in enumerate(params, 1))
    return list(entry_names(listed).values())


def texts(lines: list[Line]) -> list[str]:
    return [text_of(spans) for spans in lines]


def test_an_entry_is_called_by_what_tells_it_from_the_others_of_its_dag() -> None:
    assert names({"day": "mon", "full": True}, {"day": "tue", "full": True}) == [
        "etl day=mon",
        "etl day=tue",
    ]


def test_a_single_entry_is_called_by_all_its_parameters() -> None:
    assert names({"day": "mon", "full": True, "note": None}) == [
        "etl day=mon full=true"
    ]
    assert names({}) == ["etl"]


def test_a_long_or_wild_name_is_cut_and_harmless() -> None:
    (name,) = names({"text": "\x1b[2J" + "x" * 200})
    assert len(name) < 80
    assert "\x1b" not in name


def test_a_dry_run_says_what_and_why_with_a_prefix_of_the_run() -> None:
    skipped = choice(EntryAction.SKIP, f"succeeded already in run {RUN}", 12, RUN)
    assert text_of(choice_line(skipped, "etl day=mon")) == (
        f"   12  skip    etl day=mon  succeeded already in run {SHORT}"
    )
    assert (
        text_of(choice_line(choice(), "etl")) == "    1  create  etl  has not run yet"
    )


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (EntryResult(choice=choice(), run=run_row()), f"✓ 1  etl  2.0 s  run {SHORT}"),
        (
            EntryResult(
                choice=choice(EntryAction.FOLLOW),
                run=run_row(RunStatus.TIMED_OUT),
                error="too long",
            ),
            f"⧗ 1  etl  timed out  2.0 s  too long  run {SHORT}  (followed)",
        ),
        (EntryResult(choice=choice(), error="no disk"), "✗ 1  etl  no disk"),
        (
            EntryResult(choice=choice(EntryAction.SKIP, "same as entry 3")),
            "↷ 1  etl  same as entry 3",
        ),
    ],
)
def test_an_entry_that_ended_is_one_line(result: EntryResult, text: str) -> None:
    assert text_of(result_line(result, "etl", 9_000)) == text


def test_the_sums_say_how_to_go_on_when_something_is_left() -> None:
    good = EntryResult(choice=choice(), run=run_row())
    skipped = EntryResult(choice=choice(EntryAction.SKIP, "same as entry 1"))
    bad = EntryResult(choice=choice(), run=run_row(RunStatus.FAILED))
    whole = BatchResult(batch=BATCH, total=2, results=(good, skipped))
    assert texts(closing_lines(whole, 1_500, plan="n.toml", folder=None)) == [
        "✓ nightly  2 runs: 1 ok, 1 skipped  1.5 s  batch 01a1fd57-9ac0"
    ]
    partly = BatchResult(batch=BATCH, total=3, results=(good, bad))
    assert texts(closing_lines(partly, 1_500, plan="n.toml", folder="d")) == [
        "✗ nightly  3 runs: 1 ok, 1 failed, 1 not run  1.5 s  batch 01a1fd57-9ac0",
        "  entry by entry: leo-tui -C d batches 01a1fd57-9ac0",
        "  to go on: leo-tui -C d batch n.toml",
    ]


def items() -> list[BatchItemRow]:
    def item(position: int, **fields: object) -> BatchItemRow:
        params = {"day": str(position)}
        return BatchItemRow(position=position, dag="etl", params=params, **fields)  # type: ignore[arg-type]

    return [
        item(1, run_id=RUN, run=run_row()),
        item(2, run_id=RUN, run=run_row(), skipped=f"succeeded already in run {RUN}"),
        item(3, run_id=RUN, run=run_row(RunStatus.FAILED, error="disk full")),
        item(4),
        item(5, run_id=RUN),
    ]


def test_a_batch_is_shown_entry_by_entry() -> None:
    detail = BatchDetail(BATCH, items())
    lines = texts(batch_card(detail, now_ms=9_000, width=None))
    assert lines[0] == f"nightly  batch {BATCH.batch_id}"
    assert lines[1].startswith(
        "5 runs: 1 succeeded, 1 skipped, 1 failed, 1 removed, 1 not run"
    )
    assert [" ".join(text.split()) for text in lines[4:]] == [
        "✓ 1 etl day=1 01a1fd57-9ac3 succeeded 2.0 s",
        "↷ 2 etl day=2 01a1fd57-9ac3 skipped succeeded already in run 01a1fd57-9ac3",
        "✗ 3 etl day=3 01a1fd57-9ac3 failed 2.0 s disk full",
        "◦ 4 etl day=4 not run",
        "◦ 5 etl day=5 01a1fd57-9ac3 removed",
    ]


def test_batches_are_listed_with_their_counts() -> None:
    _, text = texts(batches_table([BatchDetail(BATCH, items())], now_ms=9, width=None))
    assert "01a1fd57-9ac0  nightly     5  1 succeeded, 1 skipped, 1 failed" in text


def task(status: TaskStatus) -> TaskRow:
    return TaskRow(task="load", status=status)


def write(*rows: TaskRow) -> JournalWrite:
    return JournalWrite(run_key=1, epoch=1, first_seq=1, events=[], tasks=rows)


def block(batch: BatchProgress, *, rows: int = 24, columns: int = 80) -> list[str]:
    called = dict.fromkeys(range(1, 2_000), "etl day=mon")
    return texts(batch_block(batch, called, now_ms=5_000, columns=columns, rows=rows))


def test_the_block_shows_counts_and_running_runs() -> None:
    batch = BatchProgress("nightly", 1_000, 1_000)
    running = run_row(RunStatus.RUNNING, ended_ms=None)
    batch.begin(choice(position=1), running)
    batch.apply(running, write(task(TaskStatus.SUCCEEDED)))
    for position, status in ((2, RunStatus.SUCCEEDED), (3, RunStatus.FAILED)):
        one = choice(position=position)
        batch.begin(one, run_row(status, run_id=f"run {position}"))
        batch.end(EntryResult(choice=one, run=run_row(status)))
    batch.end(EntryResult(choice=choice(EntryAction.SKIP, position=4)))
    assert block(batch) == [
        "nightly  3/1000  ────────────────────────  0 %  4.0 s",
        "  ✓ 1  ▸ 1  ✗ 1  ◦ 996  ↷ 1",
        "  ▸ etl day=mon  1/4  4.0 s",
    ]


def test_the_block_says_what_is_in_the_way_until_it_is_gone() -> None:
    batch = BatchProgress("nightly", 2, 1_000)
    batch.begin(choice(position=1), run_row(RunStatus.FAILED))
    batch.wait(choice(position=1).entry, "run x holds 'etl'")
    assert block(batch)[1:] == ["  ◦ 2", "  run x holds 'etl'"]
    batch.begin(choice(position=1), run_row(RunStatus.RUNNING))
    assert "  run x holds 'etl'" not in block(batch)


def test_the_block_never_takes_more_room_than_there_is() -> None:
    batch = BatchProgress("nightly" * 20, 1_000, 1_000)
    for position in range(1, 101):
        batch.begin(
            choice(position=position), run_row(RunStatus.RUNNING, run_id=str(position))
        )
    for rows in range(8):
        lines = block(batch, rows=rows, columns=30)
        assert len(lines) <= rows
        assert all(len(text) <= 30 for text in lines)
    assert block(batch)[-1] == "  … and 89 more"
