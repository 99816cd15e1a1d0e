"""What tasks see of their surroundings, and what is for nobody else to see."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from leo_engine.app import Engine, Strategy, settings
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.spec.model import Json
from leo_engine.state.status import RunStatus


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(text)


def engine_on(folder: Path, *, slots: int = 4, strategy: str = "stealing") -> Engine:
    return Engine(settings(str(folder), slots=slots, strategy=Strategy(strategy)))


async def run(
    engine: Engine, name: str, params: Mapping[str, Json] | None = None
) -> RunResult:
    loaded = engine.load(name)
    bound = engine.bind_params(loaded.dag, params or {})
    (result,) = await engine.run([RunCommand(dag=loaded, params=bound)])
    return result


def output(engine: Engine, task: str) -> str:
    return "".join("".join(engine.read_log(log)) for log in engine.logs("last", task))


async def test_secrets_reach_the_task_that_declares_them_and_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_TOKEN", "s3cr3t-value")
    write(
        tmp_path,
        "secretive",
        """
        [secrets]
        TOKEN = "env:API_TOKEN"
        [tasks.has]
        cmd = "echo token=$TOKEN; echo key=$TOKEN > $LEO_OUTPUT; echo last $TOKEN"
        secrets = ["TOKEN"]
        register = "line"
        [tasks.has_not]
        cmd = "env"
        """,
    )
    with engine_on(tmp_path) as engine:
        result = await run(engine, "secretive")
        assert result.run.status is RunStatus.SUCCEEDED, result.failed
        assert "s3cr3t" not in output(engine, "has")
        assert "s3cr3t" not in output(engine, "has_not")
        exported = engine.export("last", None, with_logs=False)
        assert isinstance(exported, bytes)
        assert b"s3cr3t" not in exported
    for path in (tmp_path / ".leo").rglob("*"):
        if path.is_file():
            assert b"s3cr3t" not in path.read_bytes(), path


async def test_files_of_a_run_are_for_its_owner_alone(tmp_path: Path) -> None:
    write(tmp_path, "one", "[tasks.one]\ncmd = 'echo hello'\n")
    with engine_on(tmp_path) as engine:
        await run(engine, "one")
    for path in (tmp_path / ".leo").rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode & 0o077 == 0, f"{path} is {mode:o}"


async def test_a_task_sees_the_callers_environment_but_no_leo_variables_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEN", "yes")
    monkeypatch.setenv("LEO_PRIVATE", "no")
    write(
        tmp_path,
        "envs",
        """
        env = { REGION = "eu" }
        [tasks.all]
        cmd = "echo $SEEN $REGION $EXTRA [$LEO_PRIVATE]"
        env = { EXTRA = "{{ dag }}-x" }
        [tasks.clean]
        cmd = "echo [$SEEN] $LEO_TASK"
        clean_env = true
        """,
    )
    assert os.environ["LEO_PRIVATE"] == "no"
    with engine_on(tmp_path) as engine:
        result = await run(engine, "envs")
        assert result.run.status is RunStatus.SUCCEEDED, result.failed
        assert output(engine, "all") == "yes eu envs-x []\n"
        assert output(engine, "clean") == "[] clean\n"
