"""Several engines on one folder: they follow, ask and wait for one another."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from leo_engine.app import Engine, Strategy, resuming, settings
from leo_engine.app.types import RunCommand, RunDetail, RunResult
from leo_engine.errors import RunBusyError
from leo_engine.ports import RunFilter
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


def statuses(detail: RunDetail) -> dict[str, str]:
    return {row.task: str(row.status) for row in detail.tasks}


def task_statuses(engine: Engine) -> list[str]:
    if not engine.runs(RunFilter()):
        return []
    return [str(row.status) for row in engine.run_detail("last").tasks]


async def eventually(is_so: Callable[[], object]) -> None:
    """Return once another engine's work shows; fail when it does not in time."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 -- what another engine stores rings no bell
            await asyncio.sleep(0.01)


async def test_an_approval_waits_for_its_answer(tmp_path: Path) -> None:
    write(
        tmp_path,
        "release",
        """
        [tasks.ask]
        approval = "Ship it?"
        [tasks.ship]
        cmd = "true"
        depends_on = ["ask"]
        """,
    )
    with engine_on(tmp_path) as engine, engine_on(tmp_path) as other:
        running = asyncio.create_task(run(engine, "release"))
        await eventually(lambda: task_statuses(other) == ["ready", "pending"])
        (row,) = other.runs(RunFilter())
        assert row.status in (RunStatus.RUNNING, RunStatus.PENDING)
        assert other.run_detail("last").waits["ask"] == "waits for an answer"
        other.approve("last", "ask", approved=True, by="ann")
        result = await running
        assert result.run.status is RunStatus.SUCCEEDED
        assert other.run_detail("last").tasks[0].reason == "approved by ann"


async def test_the_same_dag_with_the_same_parameters_is_followed_not_started_twice(
    tmp_path: Path,
) -> None:
    flag = tmp_path / "flag"
    dags = tmp_path / "dags"
    write(
        dags,
        "long",
        f"""
        [params]
        day = "mon"
        [tasks.long]
        cmd = "while ! test -e {flag}; do sleep 0.01; done"
        """,
    )
    with engine_on(dags) as engine, engine_on(dags) as other:
        running = asyncio.create_task(run(engine, "long"))
        await eventually(lambda: other.runs(RunFilter()))
        following = asyncio.create_task(run(other, "long"))
        with pytest.raises(RunBusyError) as busy:
            await run(other, "long", {"day": "tue"})
        flag.touch()
        first, second = await running, await following
        assert busy.value.occupant == first.run.run_id
        assert second.followed
        assert second.run.run_id == first.run.run_id
        assert len(engine.runs(RunFilter())) == 1


async def test_cancelling_stops_what_runs_and_leaves_it_resumable(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "long",
        """
        [tasks.long]
        cmd = "test $LEO_ATTEMPT = 2 || sleep 1000"
        [tasks.after]
        cmd = "true"
        depends_on = ["long"]
        """,
    )
    with engine_on(tmp_path) as engine, engine_on(tmp_path) as other:
        running = asyncio.create_task(run(engine, "long"))
        await eventually(lambda: "running" in task_statuses(other))
        other.cancel("last", by="ann")
        result = await running
        assert result.run.status is RunStatus.CANCELLED
        assert statuses(engine.run_detail("last")) == {
            "long": "cancelled",
            "after": "cancelled",
        }
        resumed = await engine.resume("last")
        assert resumed.run.status is RunStatus.SUCCEEDED


async def test_a_request_is_answered_only_when_what_it_asked_for_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "long", "[tasks.long]\ncmd = 'sleep 1000'\n")
    stored_by_then: list[str] = []
    with engine_on(tmp_path) as engine, engine_on(tmp_path) as other:
        store = engine._opened()
        answer = store.answer

        def watched(request_id: int, text: str) -> None:
            (row,) = store.runs(RunFilter())
            events = [stored.event for stored in store.events(row.run_key)]
            stored_by_then.extend(type(event).__name__ for event in events)
            answer(request_id, text)

        monkeypatch.setattr(store, "answer", watched)
        running = asyncio.create_task(run(engine, "long"))
        await eventually(lambda: "running" in task_statuses(other))
        other.cancel("last", by="ann")
        await running
    assert "RunCancelRequested" in stored_by_then


async def test_interrupting_terminates_records_and_returns(tmp_path: Path) -> None:
    write(tmp_path, "long", "[tasks.long]\ncmd = 'sleep 1000'\n")
    with engine_on(tmp_path) as engine, engine_on(tmp_path) as other:
        running = asyncio.create_task(run(engine, "long"))
        await eventually(lambda: "running" in task_statuses(other))
        engine.interrupt()
        result = await running
        assert result.run.status is RunStatus.CANCELLED
        assert engine.run_detail("last").attempts[0].outcome == "cancelled"


async def test_pools_of_the_folder_are_shared_by_every_process(tmp_path: Path) -> None:
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "leo.toml").write_text("[pools]\nlicence = 1\n")
    lock = tmp_path / "lock"
    for name in ("one", "two"):
        tasks = "".join(
            f"[tasks.t{n}]\npool = 'licence'\n"
            f"cmd = 'mkdir {lock} && sleep 0.02 && rmdir {lock}'\n"
            for n in range(4)
        )
        write(dags, name, tasks)
    with engine_on(dags) as engine, engine_on(dags) as other:
        results = await asyncio.gather(run(engine, "one"), run(other, "two"))
        for result in results:
            assert result.run.status is RunStatus.SUCCEEDED, result.failed


async def test_output_of_tasks_that_run_at_once_is_followed_side_by_side(
    tmp_path: Path,
) -> None:
    flag = tmp_path / "flag"
    write(
        tmp_path / "dags",
        "talk",
        f"""
        [tasks.first]
        cmd = "echo begins; while ! test -e {flag}; do sleep 0.01; done; printf ends"
        [tasks.second]
        cmd = "echo meanwhile"
        """,
    )
    with engine_on(tmp_path / "dags") as engine, engine_on(tmp_path / "dags") as other:
        running = asyncio.create_task(run(engine, "talk"))
        await eventually(lambda: "running" in task_statuses(other))
        seen: list[tuple[str, str]] = []
        async for line in other.follow_log("last"):
            seen.append(line)
            if len(seen) == 2:
                flag.touch()
        await running
    assert sorted(seen[:2]) == [("first", "begins\n"), ("second", "meanwhile\n")]
    assert seen[2:] == [("first", "ends")]


async def test_what_another_engine_has_gone_on_with_meanwhile_is_not_run_again(
    tmp_path: Path,
) -> None:
    write(tmp_path, "etl", '[tasks.a]\ncmd = "echo a >> ledger; test -e fixed"\n')
    with engine_on(tmp_path) as engine, engine_on(tmp_path) as other:
        failed = (await run(engine, "etl")).run
        (tmp_path / "fixed").touch()
        wanted = resuming.plan(engine._opened(), failed, engine.load("etl"), {})
        assert (await other.resume(failed.run_id)).run.status is RunStatus.SUCCEEDED
        async with engine._session(None) as running:
            with pytest.raises(RunBusyError, match="has gone on"):
                await resuming.resume(running._session, wanted, None)
        assert other.run_detail("last").run.status is RunStatus.SUCCEEDED
    assert (tmp_path / "ledger").read_text() == "a\na\n"
