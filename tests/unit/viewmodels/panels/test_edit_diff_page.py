"""What an edit changed, in lines that fit."""

import pytest

from harmless_lines import HOSTILE, check_lines
from leo_engine.spec.diff import DagDiff, FieldChange, TaskChange, diff_dags
from leo_engine.spec.model import Argv, PythonCall, Shell
from leo_engine.testing.builders import dag
from leo_tui.viewmodels.panels.edit_diff import diff_summary, edit_diff_page
from leo_tui.viewmodels.panels.page import TaskTarget
from leo_tui.viewmodels.spans import text_of

BEFORE = dag("a>b c", tasks={"a": {"action": Shell("echo 1")}})
AFTER = dag("a>b a>d", tasks={"a": {"action": Shell("echo 2"), "priority": 3}})


def texts(diff: DagDiff, width: int = 60, **more: object) -> list[str]:
    page = edit_diff_page(diff, width=width, **more)  # type: ignore[arg-type]
    return [text_of(spans) for spans in page.lines]


def test_tasks_fields_and_edges_are_told() -> None:
    diff = diff_dags(BEFORE, AFTER)
    lines = texts(diff, 100)
    assert lines[:3] == ["~ a", "    shell: echo 1 → echo 2", "    priority: 0 → 3"]
    assert lines[3:] == [
        "+ d",
        "- c",
        "+ a → d",
        "",
        "The run keeps its version (ids or edges have changed).",
    ]
    assert diff_summary(diff) == "1 task edited, 1 added, 1 removed, 1 edge changed"


def test_a_changed_task_can_be_gone_to() -> None:
    page = edit_diff_page(diff_dags(BEFORE, AFTER), width=60)
    assert page.targets == dict.fromkeys(range(3), TaskTarget("a"))


def test_an_edit_that_a_run_can_take_over_says_how() -> None:
    diff = DagDiff(changed=(TaskChange("a", (FieldChange("priority", 0, 1),)),))
    assert texts(diff, can_apply=True, not_started=3)[-1] == (
        "applies to 3 tasks not started: a"
    )
    assert texts(diff, can_apply=True, not_started=0)[-1] == (
        "The run keeps its version (every task has started)."
    )


def test_of_a_python_task_the_files_that_were_edited_are_told() -> None:
    before, after = (
        dag("a", tasks={"a": {"action": PythonCall("m:f", sources=sources)}})
        for sources in (
            (("m.py", "0123456789"), ("x.py", "1")),
            (("m.py", "abcdefghij"), ("n.py", "9"), ("x.py", "1")),
        )
    )
    lines = texts(diff_dags(before, after), 100)
    source = "    source: m.py 01234567, n.py absent → m.py abcdefgh, n.py 9"
    assert lines[:2] == ["~ a", source]


def test_nothing_differs() -> None:
    assert texts(DagDiff()) == ["Nothing differs."]
    assert diff_summary(DagDiff()) == "nothing differs"


def test_a_short_value_leaves_its_room_to_the_other() -> None:
    diff = DagDiff(dag_changes=(FieldChange("d", None, "x" * 100),))
    assert texts(diff, 30)[0] == f"d: none → {'x' * 19}…"


def test_lists_are_cut_and_counted() -> None:
    diff = DagDiff(added=tuple(f"t{n}" for n in range(130)))
    assert texts(diff)[100] == "  … and 30 added tasks"


@pytest.mark.parametrize("width", [1, 20, 60, 300])
def test_no_edit_breaks_the_page(width: int) -> None:
    diff = DagDiff(
        dag_changes=tuple(FieldChange(text, text, [text]) for text in HOSTILE),
        added=HOSTILE,
        removed=HOSTILE,
        changed=tuple(
            TaskChange(text, (FieldChange("env", text, {text: text}),))
            for text in HOSTILE
        ),
        added_edges=tuple((text, text) for text in HOSTILE),
    )
    check_lines(edit_diff_page(diff, width=width).lines, width)


def test_a_long_script_is_shown_from_where_it_differs() -> None:
    long = "echo a; " * 20
    before = dag("a", tasks={"a": {"action": Shell(f"{long}make old")}})
    after = dag("a", tasks={"a": {"action": Shell(f"{long}make new\nls")}})
    assert texts(diff_dags(before, after))[1] == (
        "    shell: … make old → … make new⏎ls"
    )
    other = dag("a", tasks={"a": {"action": Argv(("make", "old"))}})
    assert texts(diff_dags(before, other))[1].startswith("    action: echo a;")


def test_it_need_not_end_with_what_becomes_of_the_run() -> None:
    diff = DagDiff(changed=(TaskChange("a", (FieldChange("priority", 0, 1),)),))
    assert texts(diff, ends=False) == ["~ a", "    priority: 0 → 1"]
