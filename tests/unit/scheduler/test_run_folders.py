"""Files of attempts never leave their run's folder and never meet."""

from pathlib import PurePosixPath

import pytest

from leo_engine.scheduler.folders import LOG, OUTPUT, RunFolders

FOLDERS = RunFolders(dag_folder="/dags", run_folder="/leo/runs/1", staging="/leo/s/1")


def test_files_of_an_attempt_are_named_by_task_and_number() -> None:
    assert FOLDERS.attempt("load[n=1]", 2, LOG) == "/leo/runs/1/load[n=1]/2.log"
    assert FOLDERS.attempt("load", 1, OUTPUT) == "/leo/runs/1/load/1.output"


@pytest.mark.parametrize("task", ["..", "../../x", "/etc/passwd", "a/../..", ".", ""])
def test_no_task_id_leads_out_of_the_run_folder(task: str) -> None:
    path = PurePosixPath(FOLDERS.attempt(task, 1, LOG))
    assert path.parent.parent == PurePosixPath("/leo/runs/1")
    assert ".." not in path.parts
