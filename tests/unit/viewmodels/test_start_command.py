"""The command that starts a run like one there was."""

import shlex

from leo_engine.state.status import RunStatus
from leo_tui.viewmodels.start_command import start_text
from run_models import run_row


def words(**fields: object) -> list[str]:
    run = run_row(run_id="0193", dag="etl", status=RunStatus.SUCCEEDED, **fields)
    return shlex.split(start_text("/work/dags", run))


def test_parameters_are_as_they_would_be_typed_and_safe_in_a_shell() -> None:
    params = {"day": "2026-03-01; rm -rf ~", "retail": True, "n": 3, "none": None}
    assert words(params=params) == [
        *("leo-tui", "-C", "/work/dags", "--once", "etl"),
        *("-p", "day=2026-03-01; rm -rf ~", "-p", "retail=true", "-p", "n=3"),
    ]


def test_a_run_of_some_tasks_is_one_again() -> None:
    options = {"only": ["load", "clean up"], "reach": "downstream"}
    assert words(options=options)[5:] == [
        *("--only", "load", "--only", "clean up", "--downstream"),
    ]
