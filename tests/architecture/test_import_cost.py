"""A command imports what it needs: what a quick start must not pay for is listed here.

Each case is a process of its own; what it imported is read from `-X importtime`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRON = {**os.environ, "PYTHONPATH": f"{ROOT / 'tui'}:{ROOT / 'engine'}"}

FOR_RUNS_OF_A_SHELL_DAG = frozenset(
    {
        *(
            "textual",
            "rich",
            "watchfiles",
            "docker",
            "httpx",
            "kubernetes",
            "nats",
            "requests",
        ),
        *("jinja2", "yaml", "sqlite_utils", "jsonschema", "psutil", "difflib"),
        *("dotenv", "cronsim", "importlib.metadata", "email", "unittest"),
        *("leo_engine.executors.docker_leftovers", "leo_engine.loader.script"),
        *("leo_engine.spec.restrict", "shutil"),
    }
)
FOR_LISTS = (FOR_RUNS_OF_A_SHELL_DAG - {"shutil"}) | {
    "leo_engine.scheduler.run_loop",
    "leo_engine.state.machine",
}
FOR_HELP = FOR_LISTS | {"asyncio", "msgspec", "sqlite3", "leo_engine.app"}


def imported(folder: Path, *arguments: str, code: int = 0) -> set[str]:
    """Return the modules that one call of the command line imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "leo_tui", *arguments],
        cwd=folder,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stderr
    return {
        text.rpartition("|")[2].strip()
        for text in done.stderr.splitlines()
        if text.startswith("import time:")
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a DAG folder whose store exists already."""
    path = tmp_path_factory.mktemp("dags")
    (path / "one.toml").write_text('[tasks.a]\ncmd = "true"\n')
    imported(path, "--once")
    return path


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["completion", "zsh"]]
)
def test_help_imports_neither_engine_nor_loop(
    arguments: list[str], folder: Path
) -> None:
    assert imported(folder, *arguments) & FOR_HELP == set()


def test_a_run_of_a_shell_dag_imports_nothing_it_does_not_use(folder: Path) -> None:
    assert imported(folder, "--once") & FOR_RUNS_OF_A_SHELL_DAG == set()


def test_a_list_of_runs_imports_neither_run_loop_nor_machine(folder: Path) -> None:
    assert imported(folder, "runs") & FOR_LISTS == set()


def test_a_screen_that_cannot_be_opened_imports_no_textual(folder: Path) -> None:
    assert imported(folder, code=2) & {"textual", "rich", "watchfiles"} == set()
