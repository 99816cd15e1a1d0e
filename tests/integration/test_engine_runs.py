"""The engine end to end: real files, real processes, the real database."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from leo_engine.app import Engine, Strategy, settings
from leo_engine.app.types import RunCommand, RunDetail, RunResult
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


def output(engine: Engine, task: str) -> str:
    return "".join("".join(engine.read_log(log)) for log in engine.logs("last", task))


def count_files(folder: Path, pattern: str) -> int:
    return len(list(folder.glob(pattern)))


async def test_runs_tasks_in_the_order_of_their_dependencies(tmp_path: Path) -> None:
    write(
        tmp_path,
        "chain",
        """
        [tasks.last]
        cmd = "test -e $LEO_STAGING/b && echo done"
        depends_on = ["b"]
        [tasks.b]
        cmd = "test -e $LEO_STAGING/a && touch $LEO_STAGING/b"
        depends_on = ["a"]
        [tasks.a]
        cmd = "touch $LEO_STAGING/a"
        """,
    )
    with engine_on(tmp_path) as engine:
        result = await run(engine, "chain")
        assert result.run.status is RunStatus.SUCCEEDED
        assert output(engine, "last") == "done\n"
        assert engine.verify("last") == []


@pytest.mark.parametrize("strategy", ["stealing", "levels", "sequential"])
async def test_every_placement_runs_every_task(tmp_path: Path, strategy: str) -> None:
    tasks = "".join(
        f"[tasks.t{n}]\ncmd = 'touch {tmp_path}/did-{n}'\n"
        + (f"depends_on = ['t{n // 3}']\n" if n else "")
        for n in range(30)
    )
    write(tmp_path, "tree", tasks)
    with engine_on(tmp_path, strategy=strategy) as engine:
        result = await run(engine, "tree")
        assert result.run.status is RunStatus.SUCCEEDED
        assert result.run.succeeded == 30
        assert count_files(tmp_path, "did-*") == 30


async def test_hands_values_on_by_register_output_and_environment(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "values",
        """
        [params]
        who = "it's me; rm -rf /"
        [tasks.one]
        cmd = "echo noise; echo noise >&2; echo 42; echo"
        register = "answer"
        [tasks.two]
        cmd = "echo rows=7 > $LEO_OUTPUT"
        [tasks.three]
        cmd = "echo {{ answer }} {{ outputs.two.rows }} $LEO_OUTPUT_TWO_ROWS {{ who }}"
        depends_on = ["one", "two"]
        [tasks.four]
        cmd = ["printf", "%s", "{{ who }}"]
        """,
    )
    with engine_on(tmp_path) as engine:
        result = await run(engine, "values")
        assert result.run.status is RunStatus.SUCCEEDED, result.failed
        assert output(engine, "three") == "42 7 7 it's me; rm -rf /\n"
        assert output(engine, "four") == "it's me; rm -rf /"


async def test_retries_until_it_works_and_counts_the_attempts(tmp_path: Path) -> None:
    write(
        tmp_path,
        "flaky",
        """
        [tasks.flaky]
        cmd = "test $LEO_ATTEMPT = 3"
        retries = 5
        retry_delay = "10ms"
        """,
    )
    with engine_on(tmp_path) as engine:
        result = await run(engine, "flaky")
        detail = engine.run_detail(result.run.run_id)
        assert [row.outcome for row in detail.attempts] == [
            "failed",
            "failed",
            "succeeded",
        ]


def is_running(pid: str) -> bool:
    return Path("/proc", pid, "exe").exists()


async def test_stops_an_attempt_whose_time_is_up_with_all_it_started(
    tmp_path: Path,
) -> None:
    pids = tmp_path / "pids"
    write(
        tmp_path / "dags",
        "slow",
        f"""
        [tasks.slow]
        cmd = "sleep 1000 & echo $! $$ > {pids}; wait"
        timeout = "300ms"
        """,
    )
    with engine_on(tmp_path / "dags") as engine:
        result = await run(engine, "slow")
        detail = engine.run_detail(result.run.run_id)
        assert detail.attempts[0].outcome == "timed_out"
    assert not any(is_running(pid) for pid in pids.read_text().split())


async def test_a_failure_spoils_what_is_downstream_and_nothing_else(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "broken",
        """
        on_failure = "page"
        on_exit = "bye"
        [tasks.bad]
        cmd = "echo oh no; exit 7"
        [tasks.after]
        cmd = "true"
        depends_on = ["bad"]
        [tasks.beside]
        cmd = "true"
        [tasks.page]
        type = "forensic"
        cmd = "echo {{ failed_task }} because {{ error }}"
        [tasks.bye]
        cmd = "echo {{ run_status }}"
        """,
    )
    with engine_on(tmp_path) as engine:
        result = await run(engine, "broken")
        assert result.run.status is RunStatus.FAILED
        assert statuses(engine.run_detail("last")) == {
            "bad": "failed",
            "after": "upstream_failed",
            "beside": "succeeded",
            "page": "succeeded",
            "bye": "succeeded",
        }
        assert output(engine, "page") == "bad because exit 7\n"
        assert output(engine, "bye") == "failed\n"
        assert [(f.task, f.reason, f.tail) for f in result.failed] == [
            ("bad", "exit 7", ("oh no",))
        ]


RESUMABLE = """
[tasks.a]
cmd = "echo a >> {ledger}"
[tasks.b]
cmd = "echo b >> {ledger}; test -e {flag}"
depends_on = ["a"]
[tasks.c]
cmd = "echo c >> {ledger}"
depends_on = ["b"]
[tasks.d]
cmd = "echo d >> {ledger}"
"""


async def test_resume_runs_what_failed_and_what_is_downstream_of_it(
    tmp_path: Path,
) -> None:
    ledger, flag = tmp_path / "ledger", tmp_path / "flag"
    dags = tmp_path / "dags"
    write(dags, "etl", RESUMABLE.format(ledger=ledger, flag=flag))
    with engine_on(dags) as engine:
        first = await run(engine, "etl")
        assert first.run.status is RunStatus.FAILED
        ledger.unlink()
        flag.touch()
        preview = engine.preview_resume("last")
        assert {choice.task: choice.keeps for choice in preview.choices} == {
            "a": True,
            "b": False,
            "c": False,
            "d": True,
        }
        second = await engine.resume("last")
        assert second.run.status is RunStatus.SUCCEEDED
        assert second.run.run_id == first.run.run_id
        assert second.run.generation == 2
        assert ledger.read_text().split() == ["b", "c"]
        assert engine.verify("last") == []


async def test_an_edited_task_runs_again_with_all_that_depends_on_it(
    tmp_path: Path,
) -> None:
    ledger, flag = tmp_path / "ledger", tmp_path / "flag"
    dags = tmp_path / "dags"
    write(dags, "etl", RESUMABLE.format(ledger=ledger, flag=flag))
    with engine_on(dags) as engine:
        await run(engine, "etl")
        flag.touch()
        ledger.unlink()
        edited = RESUMABLE.replace("echo d", "echo D").format(ledger=ledger, flag=flag)
        write(dags, "etl", edited)
        result = await engine.resume("last")
        assert result.run.status is RunStatus.SUCCEEDED
        assert sorted(ledger.read_text().split()) == ["D", "b", "c"]


async def test_resume_with_another_parameter_runs_what_mentions_it(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "params",
        """
        [params]
        day = "mon"
        count = 3
        [tasks.uses]
        cmd = "echo {{ day }} {{ count + 1 }}"
        [tasks.ignores]
        cmd = "echo plain"
        """,
    )
    with engine_on(tmp_path) as engine:
        first = await run(engine, "params")
        result = await engine.resume("last", params={"day": "tue"})
        assert result.run.params == {"day": "tue", "count": 3}
        assert result.run.input_hash != first.run.input_hash
        assert output(engine, "uses") == "tue 4\n"
        detail = engine.run_detail("last")
        assert {row.task: row.attempt for row in detail.tasks} == {
            "uses": 2,
            "ignores": 1,
        }
        other = await run(engine, "params", {"day": "tue"})
        assert result.run.input_hash == other.run.input_hash


async def test_retry_of_one_task_leaves_the_others_alone(tmp_path: Path) -> None:
    ledger, flag = tmp_path / "ledger", tmp_path / "flag"
    dags = tmp_path / "dags"
    flag.touch()
    write(dags, "etl", RESUMABLE.format(ledger=ledger, flag=flag))
    with engine_on(dags) as engine:
        await run(engine, "etl")
        ledger.unlink()
        await engine.retry("last", ["b"])
        assert ledger.read_text().split() == ["b"]
        await engine.retry("last", ["b"], downstream=True)
        assert ledger.read_text().split() == ["b", "b", "c"]
        assert engine.verify("last") == []


async def test_a_sub_dag_is_a_run_of_its_own_and_is_resumed_not_repeated(
    tmp_path: Path,
) -> None:
    ledger, flag = tmp_path / "ledger", tmp_path / "flag"
    dags = tmp_path / "dags"
    write(dags, "child", RESUMABLE.format(ledger=ledger, flag=flag))
    write(
        dags,
        "parent",
        """
        [tasks.inner]
        dag = "child"
        [tasks.after]
        cmd = "true"
        depends_on = ["inner"]
        """,
    )
    with engine_on(dags, slots=1) as engine:
        first = await run(engine, "parent")
        assert first.run.status is RunStatus.FAILED
        assert sorted(ledger.read_text().split()) == ["a", "b", "d"]
        flag.touch()
        ledger.unlink()
        parent = first.run.run_id
        second = await engine.resume(parent)
        assert second.run.status is RunStatus.SUCCEEDED
        assert ledger.read_text().split() == ["b", "c"]
        assert len(engine.runs(RunFilter())) == 2


async def test_a_whole_dag_that_overruns_is_timed_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        "long",
        "timeout = '200ms'\n[tasks.long]\ncmd = 'sleep 1000'\n",
    )
    with engine_on(tmp_path) as engine:
        result = await run(engine, "long")
        assert result.run.status is RunStatus.TIMED_OUT


async def test_pools_bound_how_many_run_at_once(tmp_path: Path) -> None:
    tasks = "".join(
        f"[tasks.t{n}]\npool = 'one'\n"
        "cmd = 'mkdir $LEO_STAGING/lock && sleep 0.01 && rmdir $LEO_STAGING/lock'\n"
        for n in range(8)
    )
    write(tmp_path, "pooled", f"pools = {{ one = 1 }}\n{tasks}")
    with engine_on(tmp_path) as engine:
        result = await run(engine, "pooled")
        assert result.run.status is RunStatus.SUCCEEDED, result.failed


async def test_a_run_that_could_not_be_begun_is_nobody_s(tmp_path: Path) -> None:
    write(tmp_path, "work", '[tasks.a]\ncmd = "true"\n')
    in_the_way = tmp_path / ".leo" / "runs"
    in_the_way.parent.mkdir(mode=0o700)
    in_the_way.touch()
    with engine_on(tmp_path) as engine:
        with pytest.raises(FileExistsError):
            await run(engine, "work")
        in_the_way.unlink()
        assert engine.runs(RunFilter())[0].status is RunStatus.INTERRUPTED
        result = await run(engine, "work")
        assert result.run.status is RunStatus.SUCCEEDED
        assert result.adopted
        assert len(engine.runs(RunFilter())) == 1
