"""What the status line says of runs, and how much room it has for that."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.spec.model import Approval, SubDag
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag
from leo_engine.testing.run_rows import run_row as stored_run
from leo_tui.theme import Style
from leo_tui.viewmodels.output.log_head import empty_lines
from leo_tui.viewmodels.panels.bars import Standing, status
from leo_tui.viewmodels.run_news import adopted_text, asking_text, ended_text
from leo_tui.viewmodels.spans import cut_first, line, text_of
from leo_tui.viewmodels.tasks.run_model import RunModel
from run_models import attempt_row, change, opened, run_row, task_row


@pytest.mark.parametrize(
    ("state", "tasks", "text", "style"),
    [
        (RunStatus.SUCCEEDED, {"a": "ok"}, "ok", Style.GOOD),
        (
            RunStatus.FAILED,
            {"a": "failed", "b": "failed"},
            "failed: 2 tasks failed — ! jump · c continues",
            Style.BAD,
        ),
        (RunStatus.CANCELLED, {}, "cancelled — c continues", Style.PLAIN),
    ],
)
def test_an_end_says_what_can_be_done(
    state: RunStatus, tasks: dict[str, str], text: str, style: Style
) -> None:
    told, shown = ended_text(opened("a b", run_row(status=state), **tasks))
    assert told.endswith(text)
    assert shown is style


def test_the_first_task_that_waits_for_a_person_is_named() -> None:
    model = opened("a b c")
    assert asking_text(model, range(3)) == ""
    for name in "cb":
        change(model, task_row(name, "queued", reason="waits for an answer"))
    assert asking_text(model, range(3)) == "⚑ b +1 waits for you: enter on it"
    assert asking_text(model, {0}) == ""


def test_adopted_runs_are_named() -> None:
    runs = [stored_run(dag=name) for name in ("a", "".join(HOSTILE), "c")]
    text = adopted_text(runs)
    assert text.startswith("going on with a #")
    assert text.endswith("and 1 more, which nobody looked after")
    check_lines([line(text)], len(text) * 2)


def test_a_long_message_has_the_room_of_what_is_as_usual() -> None:
    short, long = line("done"), line("x" * 90)
    assert "filter: none" in text_of(status(short, Standing(), 120))
    told = text_of(status(long, Standing(), 120))
    assert "x" * 90 in told
    assert "engine ok" in told
    assert "x" * 77 in text_of(status(long, Standing(), 80))
    dead = text_of(status(long, Standing(engine="engine not answering 5 s"), 80))
    assert "engine not answering 5 s" in dead


def test_what_has_no_output_says_why() -> None:
    asked = dag("a", tasks={"a": {"action": Approval("Go?")}})
    model = RunModel(asked, run_row(status=RunStatus.SUCCEEDED))
    assert text_of(empty_lines(model, 0, None, 0)[0]) == "Not run."
    change(model, task_row("a", "ok", ended_ms=5, reason="approved by ann"))
    assert text_of(empty_lines(model, 0, None, 0)[0]) == "No output: approved by ann."
    nested = RunModel(dag("a", tasks={"a": {"action": SubDag("b")}}), run_row())
    text = text_of(empty_lines(nested, 0, attempt_row("a", 1), 0)[0])
    assert text == "No output of its own: enter opens its run."


def test_a_head_shows_how_it_ended_before_all_of_a_long_name() -> None:
    head = line("validate[country=france,year=2024]", " ‹1/1›  ", "✗ exit 1")
    assert text_of(cut_first(head, 80)) == text_of(head)
    assert text_of(cut_first(head, 36)).endswith("‹1/1›  ✗ exit 1")
    assert len(text_of(cut_first(head, 36))) == 36
    assert text_of(cut_first(line("x" * 50), 20)) == "x" * 50
