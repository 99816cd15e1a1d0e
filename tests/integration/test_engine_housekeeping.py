"""What is left lying about: processes, staging, old runs; put away, and recorded."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leo_engine.app import Engine, settings
from leo_engine.app.reconciler import STOPPED, Reconciler
from leo_engine.app.staging import FREED
from leo_engine.app.types import Finding, RunCommand, RunResult
from leo_engine.clock import SystemClock
from leo_engine.ports import AuditEntry, RunFilter, RunStore
from leo_engine.state.status import RunStatus
from place import Place, Process, wait_until

HIDING = """
[tasks.{name}]
cmd = '''
up=$LEO_STAGING/up
{before} setsid sh -c "touch $up; {does}" & while ! test -e $up; do :; done
'''
"""
"""A task that ends once what it has started has a session of its own."""
# Without exec: a look at a process in the middle of one sees no environment.
HIDES = HIDING.format(name="hides", before="", does="sleep 1000; :")
STAGES = """
[params]
code = 0
[tasks.stages]
cmd = "echo rows > $LEO_STAGING/rows.csv; test -e {flag} || exit $LEO_PARAM_CODE"
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path / "place")
    for name, value in made.environ.items():
        # Tasks of the engines of this process are to be found as well.
        monkeypatch.setenv(name, value)
    yield made
    made.clear()


@pytest.fixture
def engine(place: Place) -> Iterator[Engine]:
    with Engine(settings(str(place.dags), slots=4)) as engine:
        yield engine


async def run(engine: Engine, name: str = "work", **params: int) -> RunResult:
    loaded = engine.load(name)
    bound = engine.bind_params(loaded.dag, params)
    (result,) = await engine.run([RunCommand(dag=loaded, params=bound)])
    return result


def of_tasks(place: Place) -> list[Process]:
    return [one for one in place.processes() if one.attempt]


def audit(engine: Engine, action: str) -> list[AuditEntry]:
    store: RunStore = engine._opened()
    return [one for one in store.audit() if one.action == action]


def staged(place: Place, run_id: str) -> bool:
    return (place.dags / ".leo" / "staging" / run_id / "rows.csv").exists()


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not is_so():  # noqa: ASYNC110 -- it happens in another process
            await asyncio.sleep(0.01)


async def test_a_run_that_has_ended_leaves_no_process_behind(
    place: Place, engine: Engine
) -> None:
    place.write_dag(HIDES)
    result = await run(engine)
    assert result.run.status is RunStatus.SUCCEEDED
    assert of_tasks(place) == []
    (entry,) = audit(engine, STOPPED)
    assert entry.run_id == result.run.run_id
    assert entry.subject == "attempt 1 of hides"
    assert entry.reason == "the attempt has ended: succeeded"


async def test_what_is_left_of_an_attempt_goes_while_its_run_goes_on(
    place: Place, engine: Engine
) -> None:
    flag = place.folder / "flag"
    wait = f"while ! test -e {flag}; do sleep 0.01; done"
    place.write_dag(f"{HIDES}[tasks.long]\ncmd = '{wait}'\n")
    running = asyncio.create_task(run(engine))
    await until(lambda: audit(engine, STOPPED))
    await until(lambda: not [one for one in of_tasks(place) if "hides" in one.attempt])
    assert [one for one in of_tasks(place) if "long" in one.attempt]
    flag.touch()
    assert (await running).run.status is RunStatus.SUCCEEDED


async def test_what_ends_by_itself_a_moment_later_says_its_last_word(
    place: Place, engine: Engine
) -> None:
    does = "sleep 0.1; echo late"
    place.write_dag(HIDING.format(name="late", before="", does=does))
    await run(engine)
    assert audit(engine, STOPPED) == []
    (log,) = engine.logs("last", "late")
    assert list(engine.read_log(log)) == ["late\n"]


@pytest.mark.slow
async def test_who_was_cancelled_while_stopping_an_orphan_begins_again(
    place: Place, engine: Engine
) -> None:
    place.write_dag("[tasks.quick]\ncmd = 'true'\n")
    result = await run(engine)
    run_id = result.run.run_id
    marks = {"LEO_RUN_ID": run_id, "LEO_TASK": "quick", "LEO_ATTEMPT": "1"}
    stubborn = "trap '' TERM; while :; do sleep 0.1; done"
    orphan = place.start_python(
        "-c",
        f"import os; os.execve('/bin/sh', ['sh', '-c', {stubborn!r}], "
        f"{{**os.environ, **{marks!r}}})",
    )
    reconciler = Reconciler(store=engine._opened(), clock=SystemClock())
    await until(lambda: of_tasks(place))
    first = asyncio.create_task(reconciler.stop_orphans())
    await until(lambda: audit(engine, STOPPED))
    first.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await first
    assert orphan.poll() is None
    assert await reconciler.stop_orphans() == 1
    assert orphan.wait(5) == -signal.SIGKILL


async def test_a_process_that_dropped_the_mark_is_left_alone(
    place: Place, engine: Engine
) -> None:
    before, does = "env -u LEO_RUN_ID", "exec sleep 1000"
    place.write_dag(HIDING.format(name="daemon", before=before, does=does))
    await run(engine)
    assert [one for one in place.processes() if one.command == "sleep 1000"]
    assert audit(engine, STOPPED) == []


async def test_processes_of_a_run_that_nobody_owns_are_left_to_who_adopts_it(
    place: Place, engine: Engine
) -> None:
    place.write_dag("[tasks.long]\ncmd = 'exec sleep 1000'\n")
    leo = place.start("--once", "work")
    await until(lambda: of_tasks(place))
    leo.kill()
    leo.wait()
    place.write_dag(HIDES, "other")
    assert (await run(engine, "other")).run.status is RunStatus.SUCCEEDED
    assert [one.command for one in of_tasks(place)] == ["sleep 1000"]


async def test_processes_of_another_folder_are_left_alone(
    place: Place, engine: Engine, tmp_path: Path
) -> None:
    stranger = Place(tmp_path / "stranger")
    stranger.write_dag("[tasks.long]\ncmd = 'exec sleep 1000'\n")
    leo = stranger.start("--once")
    try:
        await until(lambda: of_tasks(stranger))
        place.write_dag(HIDES)
        await run(engine)
        assert [one.command for one in of_tasks(stranger)] == ["sleep 1000"]
    finally:
        stranger.clear()
        await asyncio.to_thread(leo.wait)


async def test_engines_that_stop_the_same_orphan_at_once_disturb_nobody(
    place: Place, engine: Engine
) -> None:
    place.write_dag("max_active_runs = 3\n" + HIDES)
    engines = [Engine(settings(str(place.dags))) for _ in range(3)]
    loaded = engine.load("work")
    with contextlib.ExitStack() as stack:
        for one in engines:
            stack.enter_context(one)
        command = RunCommand(dag=loaded, new=True)
        results = await asyncio.gather(*(one.run([command]) for one in engines))
    assert [str(one.run.status) for (one,) in results] == ["succeeded"] * 3
    assert of_tasks(place) == []


async def test_staging_is_freed_when_its_run_has_succeeded(
    place: Place, engine: Engine
) -> None:
    place.write_dag(STAGES.format(flag=place.folder / "flag"))
    result = await run(engine)
    assert not staged(place, result.run.run_id)
    assert [one.reason for one in audit(engine, FREED)] == ["its run succeeded"]


async def test_staging_of_a_failure_is_kept_wanted_again_and_freed_in_the_end(
    place: Place, engine: Engine
) -> None:
    flag = place.folder / "flag"
    place.write_dag(STAGES.format(flag=flag))
    failed = await run(engine, code=1)
    assert staged(place, failed.run.run_id)
    flag.touch()
    resumed = await engine.resume(failed.run.run_id)
    assert resumed.run.status is RunStatus.SUCCEEDED
    assert not staged(place, failed.run.run_id)


async def test_staging_of_a_failure_goes_when_its_time_is_over(
    place: Place, engine: Engine
) -> None:
    place.write_dag(STAGES.format(flag=place.folder / "flag"))
    (place.dags / "leo.toml").write_text("staging_ttl = 0\n")
    failed = await run(engine, code=1)
    await run(engine, code=0)
    assert not staged(place, failed.run.run_id)
    assert len(audit(engine, FREED)) == 2


async def test_retention_of_the_folder_is_applied_once_the_hour_is_over(
    place: Place, engine: Engine
) -> None:
    place.write_dag(STAGES.format(flag=place.folder / "flag"))
    (place.dags / "leo.toml").write_text("[retention]\nkeep_runs = 2\n")
    for _ in range(3):
        await run(engine)
    assert len(engine.runs(RunFilter())) == 3
    os.utime(place.dags / ".leo" / "retained", (0, 0))
    last = await run(engine)
    kept = engine.runs(RunFilter())
    assert len(kept) == 2
    assert kept[0].run_id == last.run.run_id
    assert len(list((place.dags / ".leo" / "runs").iterdir())) == 2


def findings(engine: Engine, *, fix: bool = False) -> dict[str, Finding]:
    return {
        one.subject: one
        for one in engine.doctor(fix=fix)
        if "executor" not in one.subject
    }


async def test_doctor_tells_of_an_interrupted_run_and_of_what_still_runs_in_it(
    place: Place, engine: Engine
) -> None:
    place.write_dag("[tasks.long]\ncmd = 'exec sleep 1000'\n")
    leo = place.start("--once")
    await until(lambda: of_tasks(place))
    leo.kill()
    leo.wait()
    (run_row,) = engine.runs(RunFilter())
    found = await asyncio.to_thread(findings, engine)
    stale = found[f"run {run_row.run_id}"]
    assert stale.severity == "warning"
    assert f"long still runs, pid {of_tasks(place)[0].pid}" in stale.message
    assert found["processes"].severity == "ok", "they may yet be adopted"
    await engine.end(run_row.run_id, by="ann")
    assert "runs" in await asyncio.to_thread(findings, engine)


def test_doctor_repairs_what_nothing_needs(place: Place, engine: Engine) -> None:
    place.write_dag("[tasks.t]\ncmd = 'true'\n")
    place.leo("--once")
    state = place.dags / ".leo"
    nobody = "01a1fded-24b3-73f1-b8b8-5375f91353e6"
    for name in ("staging", "runs"):
        (state / name / nobody).mkdir()
    found = findings(engine)
    assert found["staging"].severity == found["folders"].severity == "warning"
    assert found["staging"].remedy == "leo-tui doctor --fix"
    findings(engine, fix=True)
    assert not (state / "staging" / nobody).exists()
    assert not (state / "runs" / nobody).exists()
    assert {one.run_id for one in engine._opened().audit(2)} == {nobody}
    assert {one.severity for one in findings(engine).values()} == {"ok"}


def test_doctor_stops_what_is_left_of_attempts_that_are_over(
    place: Place, engine: Engine
) -> None:
    place.write_dag("[tasks.t]\ncmd = 'true'\n")
    place.leo("--once")
    (run_row,) = engine.runs(RunFilter())
    marks = {"LEO_RUN_ID": run_row.run_id, "LEO_TASK": "t", "LEO_ATTEMPT": "1"}
    orphan = subprocess.Popen(["/bin/sleep", "1000"], env={**place.environ, **marks})
    assert wait_until(lambda: findings(engine)["processes"].severity == "warning")
    assert "1 of attempt 1 of t" in findings(engine)["processes"].message
    findings(engine, fix=True)
    assert orphan.wait(5) == -signal.SIGTERM
    assert len(audit(engine, STOPPED)) == 1


def test_verify_names_an_attempt_that_the_records_say_was_started_twice(
    place: Place, engine: Engine
) -> None:
    place.write_dag("[tasks.t]\ncmd = 'true'\n")
    place.leo("--once")
    assert engine.verify("last") == []
    (record,) = (place.dags / ".leo" / "wardens").glob("*-*-*")
    lines = record.read_text().splitlines(keepends=True)
    starts = [line for line in lines if line.startswith("S")]
    record.write_text("".join(lines + starts))
    (finding,) = engine.verify("last")
    assert finding.message == "attempt 1 of t was started 2 times"
