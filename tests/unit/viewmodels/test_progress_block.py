"""The live block shows what matters and never outgrows its terminal."""

from hypothesis import given, settings, strategies as st

from leo_engine.ports import JournalWrite, RunRow
from leo_engine.state.rows import TaskRow
from leo_engine.state.status import RunStatus, TaskStatus
from leo_tui.text.width import cells
from leo_tui.viewmodels.progress_block import block
from leo_tui.viewmodels.run_progress import RunProgress
from leo_tui.viewmodels.spans import text_of


def progress(
    running: int, done: int = 0, name: str = "t", dag: str = "etl"
) -> RunProgress:
    run = RunRow(
        run_id=dag,
        dag=dag,
        dag_hash="h",
        file="f",
        status=RunStatus.RUNNING,
        created_ms=0,
        total=running + done + 1,
    )
    tasks = [
        TaskRow(task=f"{name}{n}", status=TaskStatus.RUNNING, started_ms=n)
        for n in range(running)
    ]
    tasks += [TaskRow(task=f"d{n}", status=TaskStatus.SUCCEEDED) for n in range(done)]
    folded = RunProgress(run)
    write = JournalWrite(run_key=1, epoch=1, first_seq=1, events=(), tasks=tasks)
    folded.apply(run, write)
    return folded


def drawn(runs: list[RunProgress], columns: int = 100, rows: int = 20) -> list[str]:
    lines = block(runs, now_ms=10_000, columns=columns, rows=rows)
    return [text_of(line) for line in lines]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.text(max_size=90)),
        max_size=8,
    ),
    st.integers(0, 120),
    st.integers(-1, 30),
)
def test_the_block_is_never_wider_or_higher_than_allowed(
    shapes: list[tuple[int, int, str]], columns: int, rows: int
) -> None:
    runs = [progress(running, done, name) for running, done, name in shapes]
    lines = drawn(runs, columns, rows)
    assert len(lines) <= max(rows, 0)
    assert all(cells(line) <= columns for line in lines)


def test_it_shows_the_share_done_and_the_counts() -> None:
    head, counts, *_ = drawn([progress(running=1, done=2)])
    assert "etl  2/4" in head
    assert "50 %  10.0 s" in head
    assert counts.split() == ["✓", "2", "▸", "1", "◦", "1"]


def test_the_longest_running_tasks_are_named_and_the_rest_counted() -> None:
    lines = drawn([progress(running=40)])
    assert lines[2].split() == ["▸", "t0", "10.0", "s"]
    assert lines[-1].strip() == "… and 29 more"


def test_several_runs_share_the_block_and_name_their_tasks() -> None:
    lines = drawn([progress(1, dag="one"), progress(1, dag="two")])
    assert [line.split()[0] for line in lines[:4:2]] == ["one", "two"]
    assert "one: t0" in lines[4]


def test_runs_without_room_are_counted() -> None:
    runs = [progress(0, dag=f"dag{n}") for n in range(9)]
    assert drawn(runs, rows=4)[-1] == "… and 6 more runs"


def test_a_second_attempt_shows_which_of_how_many() -> None:
    seen = progress(0)
    row = TaskRow(task="load", status=TaskStatus.RUNNING, attempt=2, max_attempts=5)
    seen.apply(
        seen.run,
        JournalWrite(run_key=1, epoch=1, first_seq=1, events=(), tasks=[row]),
    )
    assert "load  x2/5" in drawn([seen])[2]


def test_a_task_that_waits_for_somebody_is_named() -> None:
    seen = progress(0)
    row = TaskRow(task="ship", status=TaskStatus.READY, reason="waits for an answer")
    seen.apply(
        seen.run,
        JournalWrite(run_key=1, epoch=1, first_seq=1, events=(), tasks=[row]),
    )
    assert drawn([seen])[2] == "  ⚑ ship  waits for an answer"


def test_an_escape_sequence_in_a_name_is_not_drawn() -> None:
    assert "\x1b" not in "".join(drawn([progress(2, name="\x1b[2J", dag="\x1b]0;x")]))
