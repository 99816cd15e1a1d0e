"""Workflows that prove their own order: every task checks what it reads was written."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from leo_engine.app import Engine, Strategy, settings
from leo_engine.app.types import RunCommand, RunResult
from leo_engine.state.status import RunStatus

Upstream = Mapping[int, list[int]]


def random_upstream(seed: int, count: int) -> dict[int, list[int]]:
    chance = random.Random(seed)
    return {
        number: sorted(chance.sample(range(number), min(number, chance.randint(0, 4))))
        for number in range(count)
    }


def write_workflow(dags: Path, upstream: Upstream, ledger: Path, broken: Path) -> None:
    """Each task fails unless its upstream wrote, and while its name is in `broken`."""
    dags.mkdir(exist_ok=True)
    tasks = []
    for number, needs in upstream.items():
        reads = "".join(f"test -e f{need} || exit 9; " for need in needs)
        tasks.append(
            f"[tasks.t{number}]\n"
            f"depends_on = {[f't{need}' for need in needs]}\n"
            f"cmd = 'cd $LEO_STAGING; {reads}! test -e {broken}/t{number} || exit 3; "
            f"echo t{number} >> {ledger}; : > f{number}'\n"
        )
    (dags / "flow.toml").write_text("".join(tasks))


def downstream_of(upstream: Upstream, first: int) -> set[str]:
    found = {first}
    for number, needs in upstream.items():
        if found.intersection(needs):
            found.add(number)
    return {f"t{number}" for number in found}


async def run_all(engine: Engine) -> RunResult:
    (result,) = await engine.run([RunCommand(dag=engine.load("flow"))])
    return result


@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_failed_workflow_resumes_with_exactly_what_it_lacks(
    tmp_path: Path, strategy: Strategy, seed: int
) -> None:
    ledger, broken = tmp_path / "ledger", tmp_path / "broken"
    broken.mkdir()
    upstream = random_upstream(seed, 40)
    (broken / "t7").touch()
    write_workflow(tmp_path / "dags", upstream, ledger, broken)
    wanted = settings(str(tmp_path / "dags"), slots=4, strategy=strategy)
    with Engine(wanted) as engine:
        first = await run_all(engine)
        lacking = downstream_of(upstream, 7)
        every = {f"t{number}" for number in upstream}
        assert first.run.status is RunStatus.FAILED
        assert sorted(ledger.read_text().split()) == sorted(every - lacking)
        ledger.unlink()
        (broken / "t7").unlink()
        second = await engine.resume("last")
        assert second.run.status is RunStatus.SUCCEEDED
        assert sorted(ledger.read_text().split()) == sorted(lacking)
        assert engine.verify("last") == []


def leo(dags: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "leo_tui", "-C", str(dags), *arguments]


def wait_for(path: Path) -> None:
    """Wait for a file; the time limit of the test is the deadline."""
    while not path.exists():
        time.sleep(0.01)


def test_what_ran_when_the_engine_was_killed_is_adopted_not_repeated(
    tmp_path: Path,
) -> None:
    dags, ledger, go_on = tmp_path / "dags", tmp_path / "ledger", tmp_path / "go"
    dags.mkdir()
    wait = f"while ! test -e {go_on}; do sleep 0.01; done"
    (dags / "long.toml").write_text(
        f"""
        [tasks.short]
        cmd = "echo short >> {ledger}"
        [tasks.ends_before]
        cmd = "touch {tmp_path}/a; echo before >> {ledger}; sleep 0.3; exit 4"
        [tasks.ends_after]
        cmd = "touch {tmp_path}/b; echo after >> {ledger}; {wait}"
        depends_on = ["short"]
        [tasks.last]
        cmd = "echo last >> {ledger}"
        depends_on = ["ends_after"]
        """
    )
    engine = subprocess.Popen(leo(dags, "--once", "-j", "4"), stdout=subprocess.DEVNULL)
    for name in "ab":
        wait_for(tmp_path / name)
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    resumed = subprocess.Popen(leo(dags, "resume", "last"), stdout=subprocess.PIPE)
    go_on.touch()
    resumed.communicate()
    assert resumed.returncode == 1
    assert sorted(ledger.read_text().split()) == ["after", "before", "last", "short"]
    with Engine(settings(str(dags))) as looking:
        rows = {row.task: row for row in looking.run_detail("last").attempts}
        assert rows["ends_before"].exit_code == 4
        assert {task: row.attempt for task, row in rows.items()} == dict.fromkeys(
            ("short", "ends_before", "ends_after", "last"), 1
        )
        assert looking.verify("last") == []


async def test_the_time_limit_of_a_run_begins_anew_when_it_is_resumed(
    tmp_path: Path,
) -> None:
    text = "timeout = '{}'\n[tasks.a]\ncmd = 'sleep 0.3; test -e {}/go'\n"
    (tmp_path / "flow.toml").write_text(text.format("30s", tmp_path))
    with Engine(settings(str(tmp_path))) as engine:
        first = await run_all(engine)
        assert first.run.status is RunStatus.FAILED
        (tmp_path / "go").touch()
        ended_ms = first.run.ended_ms
        assert ended_ms is not None
        resumed = await engine.resume("last")
        assert resumed.run.status is RunStatus.SUCCEEDED
        assert resumed.run.started_ms is not None
        assert resumed.run.started_ms >= ended_ms
