"""Attempts of one run, rendered: what they see, and what they do not."""

import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from leo_engine.errors import ExecutorUnavailableError, LaunchError
from leo_engine.ports import Executor, RunRow
from leo_engine.scheduler.folders import RunFolders
from leo_engine.scheduler.workplace import Workplace, rendered, write_private
from leo_engine.spec.model import (
    Action,
    Approval,
    Argv,
    Dag,
    HttpCall,
    PythonCall,
    Secret,
    Shell,
    SubDag,
    Task,
)
from leo_engine.state.event import (
    AttemptFinished,
    AttemptStarted,
    RunCancelRequested,
    RunStarted,
)
from leo_engine.state.machine import RunMachine
from leo_engine.state.outcome import Failed, Outcome, Succeeded
from leo_engine.state.status import RunStatus
from leo_engine.testing.builders import dag, with_fields
from leo_engine.testing.fake_clock import FakeClock

ENVIRON = {"HOME": "/home/ann", "API_TOKEN": "s3cr3t", "SEEN": "yes"}
START_BY_MS = 5_000
SECRETS = (Secret("TOKEN", "env:API_TOKEN"),)


class Place:
    """A workplace in a folder, on a machine that has run what a test says."""

    def __init__(
        self,
        folder: Path,
        spec: Dag,
        done: Mapping[str, Outcome] | None = None,
        params: Mapping[str, object] | None = None,
    ) -> None:
        self.folder = folder
        self.machine = RunMachine(spec)
        self.machine.handle(RunStarted(at_ms=1, dag_hash="hash"))
        for task, outcome in (done or {}).items():
            self.machine.handle(AttemptStarted(at_ms=2, task=task, attempt=1))
            self.machine.handle(
                AttemptFinished(at_ms=3, task=task, attempt=1, outcome=outcome)
            )
        self.workplace = Workplace(
            run=RunRow(
                run_id="run",
                dag=spec.name,
                dag_hash="hash",
                file="test.toml",
                status=RunStatus.RUNNING,
                created_ms=1,
                params=params or {},
            ),
            machine=self.machine,
            folders=RunFolders(
                dag_folder=str(folder),
                run_folder=str(folder / "run"),
                staging=str(folder / "staging"),
            ),
            environ=ENVIRON,
            executor_of=no_executor,
            clock=FakeClock(),
        )

    def variables(self, task: str) -> dict[str, object]:
        """Return what the templates of a task may use."""
        return self.workplace.variables(self.workplace.task(task), 1)

    def env(self, task: str, attempt: int = 1) -> dict[str, str]:
        """Return the variables of an attempt."""
        request = self.workplace.request(
            self.workplace.task(task), attempt, START_BY_MS
        )
        return dict(request.env)

    async def settle(self, task: str, outcome: Outcome) -> Outcome:
        """Return an outcome with what the first attempt left behind."""
        return await self.workplace.settle(self.workplace.task(task), 1, outcome)


def no_executor(task: Task) -> Executor:
    raise ExecutorUnavailableError(task.id)


def test_outputs_come_from_upstream_and_a_registered_value_from_there_first(
    tmp_path: Path,
) -> None:
    spec = dag("a>b>c d", tasks={"a": {"register": "x"}, "d": {"register": "y"}})
    done: dict[str, Outcome] = {
        "a": Succeeded(output={"n": 1}, registered="7"),
        "d": Succeeded(output={"n": 2}, registered="8"),
        "b": Succeeded(),
    }
    values = Place(tmp_path, spec, done).variables("c")
    assert values["outputs"] == {"a": {"n": 1}}
    assert values["x"] == "7"
    assert values["y"] == "8"


def test_what_matrix_siblings_registered_is_a_list_in_their_order(
    tmp_path: Path,
) -> None:
    siblings = {
        f"s{n}": {"register": "x", "matrix": (("n", n),), "base": "s"}
        for n in (1, 2, 3)
    }
    spec = dag("s1>z s2>z s3>z", tasks=siblings)
    done: dict[str, Outcome] = {
        "s3": Succeeded(registered="c"),
        "s1": Succeeded(registered="a"),
        "s2": Succeeded(registered="b"),
    }
    assert Place(tmp_path, spec, done).variables("z")["x"] == ["a", "b", "c"]


def test_a_task_sees_its_own_matrix_values_over_parameters(tmp_path: Path) -> None:
    spec = dag("s", tasks={"s": {"matrix": (("day", "tue"),)}})
    values = Place(tmp_path, spec, params={"day": "mon"}).variables("s")
    assert values["day"] == "tue"
    assert values["params"] == {"day": "mon"}
    assert values["matrix"] == {"day": "tue"}


def test_a_hook_is_told_which_task_failed_and_why(tmp_path: Path) -> None:
    spec = with_fields(
        dag("a b", hooks="page", tasks={"b": {"on_failure": "page"}}),
        on_failure=("page",),
    )
    done: dict[str, Outcome] = {
        "a": Failed(reason="first", exit_code=1),
        "b": Failed(reason="second", exit_code=2),
    }
    values = Place(tmp_path, spec, done).variables("page")
    assert values["failed_task"] == "b", "b called for it"
    assert values["error"] == "second"
    assert values["failed_tasks"] == ["a", "b"]
    assert values["run_status"] == "failed"


def test_a_hook_of_a_run_without_failures_names_none(tmp_path: Path) -> None:
    spec = with_fields(dag("a", hooks="bye"), on_exit=("bye",))
    values = Place(tmp_path, spec, {"a": Succeeded()}).variables("bye")
    assert (values["failed_task"], values["error"]) == ("", "")
    assert values["run_status"] == "succeeded"


def test_a_hook_of_a_cancelled_run_is_not_told_that_it_succeeded(
    tmp_path: Path,
) -> None:
    spec = with_fields(dag("a", hooks="bye"), on_exit=("bye",))
    place = Place(tmp_path, spec)
    place.machine.handle(RunCancelRequested(at_ms=2))
    assert place.variables("bye")["run_status"] == "cancelled"


def test_a_plain_task_has_no_word_for_failures(tmp_path: Path) -> None:
    assert "failed_task" not in Place(tmp_path, dag("a")).variables("a")


@pytest.mark.parametrize(
    ("wanted", "folder"),
    [
        ("", "{dags}"),
        ("sub", "{dags}/sub"),
        ("../beside", "{parent}/beside"),
        ("/abs", "/abs"),
        ("{{ run_id }}/x", "{dags}/run/x"),
    ],
)
def test_the_working_folder_is_relative_to_the_dag_file(
    tmp_path: Path, wanted: str, folder: str
) -> None:
    place = Place(tmp_path, dag("a", working_dir=wanted))
    request = place.workplace.request(place.workplace.task("a"), 1, START_BY_MS)
    assert request.working_dir == folder.format(dags=tmp_path, parent=tmp_path.parent)


def test_a_home_folder_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    place = Place(tmp_path, dag("a", working_dir="~/work"))
    request = place.workplace.request(place.workplace.task("a"), 1, START_BY_MS)
    assert request.working_dir == "/home/ann/work"


def test_a_secret_reaches_only_the_task_that_declares_it(tmp_path: Path) -> None:
    place = Place(tmp_path, dag("has has_not", tasks={"has": {"secrets": SECRETS}}))
    assert place.env("has").get("TOKEN") == ENVIRON["API_TOKEN"]
    assert "s3cr3t" not in str(place.env("has_not"))


def test_the_source_of_a_secret_is_hidden_from_every_task_and_template(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, dag("has has_not", tasks={"has": {"secrets": SECRETS}}))
    for name in ("has", "has_not"):
        task = place.workplace.task(name)
        assert place.workplace.request(task, 1, START_BY_MS).hidden == ("API_TOKEN",)
        assert "s3cr3t" not in str(place.variables(name))


def test_own_variables_win_over_the_dags_which_win_over_dotenv(tmp_path: Path) -> None:
    (tmp_path / "dag.env").write_text("A=dotenv\nB=dotenv\nC=dotenv\n")
    (tmp_path / "task.env").write_text("D=task dotenv\nB=task dotenv\n")
    spec = with_fields(
        dag("a", env=(("C", "own {{ env.B }}"),), dotenv=("task.env",)),
        dotenv=("dag.env",),
        env=(("B", "dag"), ("E", "{{ env.SEEN }}")),
    )
    env = Place(tmp_path, spec).env("a")
    assert {name: env[name] for name in "ABCDE"} == {
        "A": "dotenv",
        "B": "task dotenv",
        "C": "own dag",
        "D": "task dotenv",
        "E": "yes",
    }


def test_a_dotenv_file_that_cannot_be_read_keeps_the_attempt_from_starting(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, dag("a", dotenv=("none.env",)))
    with pytest.raises(LaunchError, match=r"dotenv file none\.env"):
        place.env("a")


def test_a_template_that_fails_keeps_the_attempt_from_starting(tmp_path: Path) -> None:
    place = Place(tmp_path, dag("a", action=Shell("echo {{ nobody }}")))
    with pytest.raises(LaunchError, match="nobody"):
        place.env("a")


def test_every_attempt_is_told_who_it_is(tmp_path: Path) -> None:
    env = Place(tmp_path, dag("a")).env("a", attempt=3)
    assert env["LEO_TASK"] == "a"
    assert env["LEO_ATTEMPT"] == "3"
    assert env["LEO_OUTPUT"] == str(tmp_path / "run" / "a" / "3.output")
    assert "LEO_INPUTS" not in env, "there is nothing to hand on"


def test_everything_handed_on_is_in_one_private_json_file(tmp_path: Path) -> None:
    spec = dag("a>b", tasks={"a": {"register": "x"}})
    done = {"a": Succeeded(output={"n": [1, None]}, registered="7")}
    place = Place(tmp_path, spec, done, params={"day": "mon"})
    env = place.env("b")
    inputs = Path(env["LEO_INPUTS"])
    assert msgspec.json.decode(inputs.read_bytes()) == {
        "params": {"day": "mon"},
        "outputs": {"a": {"n": [1, None]}},
        "registered": {"x": "7"},
    }
    assert stat.S_IMODE(inputs.stat().st_mode) == 0o600
    assert stat.S_IMODE(inputs.parent.stat().st_mode) == 0o700
    assert env["LEO_OUTPUT_A_N"] == "[1,null]"


def test_a_private_file_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_private(str(path), b"longer")
    write_private(str(path), b"short")
    assert path.read_bytes() == b"short"


async def test_what_an_attempt_leaves_is_read_masked_and_scrubbed(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, dag("a", secrets=SECRETS, register="x"))
    files = tmp_path / "run" / "a"
    write_private(str(files / "1.output"), b'{"key": "s3cr3t"}')
    write_private(str(files / "1.out.log"), b"is s3cr3t\n")
    write_private(str(files / "1.log"), b"error: s3cr3t\n")
    outcome = await place.settle("a", Succeeded())
    assert outcome == Succeeded(output={"key": "***"}, registered="is ***")
    assert all(b"s3cr3t" not in path.read_bytes() for path in files.iterdir())


async def test_no_half_of_a_secret_is_left_where_a_reason_is_cut(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path, dag("a", secrets=SECRETS))
    for before in range(440, 500):
        line = f"{'x' * before}s3cr3t no value"
        write_private(str(tmp_path / "run" / "a" / "1.output"), line.encode())
        outcome = await place.settle("a", Succeeded())
        assert isinstance(outcome, Failed)
        assert "s3" not in outcome.reason
        assert len(outcome.reason) <= 500


async def test_what_no_task_declared_secret_is_let_be(tmp_path: Path) -> None:
    place = Place(tmp_path, dag("a"))
    outcome = Failed(reason="s3cr3t", exit_code=1)
    assert await place.settle("a", outcome) is outcome


def test_a_condition_that_holds_or_not_or_fails_is_answered(tmp_path: Path) -> None:
    conditions = {"yes": "n > 1", "no": "n > 2", "broken": "nobody > 1"}
    spec = dag(
        "yes no broken",
        tasks={name: {"condition": text} for name, text in conditions.items()},
    )
    place = Place(tmp_path, spec, params={"n": 2})
    yes, no, broken = (
        place.workplace.evaluate_condition(name) for name in ("yes", "no", "broken")
    )
    assert (yes.holds, no.holds, broken.holds) == (True, False, False)
    assert broken.error.startswith("if: ")
    assert "nobody" in broken.error


RAW = msgspec.Raw(b'{"day": "{{ day }}"}')
MONDAY = msgspec.Raw(b'{"day":"it\'s mon"}')


@pytest.mark.parametrize(
    ("action", "filled"),
    [
        (Shell("echo {{ day }}"), Shell(r"echo 'it'\''s mon'")),
        (Shell("echo $HOME"), Shell("echo $HOME")),
        (Argv(("a {{ day }}", "b")), Argv(("a it's mon", "b"))),
        (PythonCall("m:f", RAW, "{{ day }}"), PythonCall("m:f", MONDAY, "it's mon")),
        (HttpCall(RAW), HttpCall(MONDAY)),
        (SubDag("other", RAW), SubDag("other", MONDAY)),
        (Approval("ok?"), Approval("ok?")),
    ],
)
def test_every_kind_of_action_is_rendered(action: Action, filled: Action) -> None:
    done = rendered(action, lambda: {"day": "it's mon"})
    assert msgspec.json.encode(done) == msgspec.json.encode(filled)


def http(text: str) -> dict[str, object]:
    return {"action": HttpCall(msgspec.Raw(text.encode()))}


def options_of(place: Place, task: str) -> dict[str, object]:
    request = place.workplace.request(place.workplace.task(task), 1, START_BY_MS)
    assert isinstance(request.action, HttpCall)
    found: dict[str, object] = msgspec.json.decode(request.action.options)
    return found


def test_a_request_is_given_its_secrets_and_its_own_environment(tmp_path: Path) -> None:
    table = http('{"url": "{{ secrets.TOKEN }} {{ env.OWN }} {{ env.SEEN }}"}')
    own = {**table, "secrets": SECRETS, "env": (("OWN", "mine"),)}
    place = Place(tmp_path, dag("a", tasks={"a": own}))
    assert options_of(place, "a") == {"url": "s3cr3t mine yes"}
    request = place.workplace.request(place.workplace.task("a"), 1, START_BY_MS)
    assert request.masks == ("s3cr3t",)


def test_secrets_are_in_no_other_template(tmp_path: Path) -> None:
    tables: dict[str, dict[str, object]] = {
        "env": {**http('{"url": "u"}'), "env": (("A", "{{ secrets.TOKEN }}"),)},
        "cmd": {"action": Shell("echo {{ secrets.TOKEN }}")},
        "through": http('{"url": "{{ env.TOKEN }}"}'),
    }
    spec = dag("env cmd through", tasks=tables, secrets=SECRETS)
    place = Place(tmp_path, spec)
    for name in tables:
        with pytest.raises(LaunchError, match=r"is undefined|no attribute"):
            place.workplace.request(place.workplace.task(name), 1, START_BY_MS)
    assert "secrets" not in place.variables("through")


def test_what_a_poll_waits_for_is_handed_on_as_it_was_written(tmp_path: Path) -> None:
    until = "json.n == day && json.m == {{ params.day }} && status"
    table = {"url": "{{ day }}", "poll": {"until": until, "interval_ms": 1}}
    spec = dag("a", tasks={"a": http(msgspec.json.encode(table).decode())})
    place = Place(tmp_path, spec, params={"day": "' or true or '"})
    assert options_of(place, "a") == {
        "url": "' or true or '",
        "poll": {
            "until": until,
            "interval_ms": 1,
            "variables": {
                "day": "' or true or '",
                "params": {"day": "' or true or '"},
            },
        },
    }


def test_the_address_of_a_request_is_known_before_its_secrets_are(
    tmp_path: Path,
) -> None:
    own = {**http("{}"), "secrets": SECRETS, "env": (("HOST", "{{ host }}"),)}
    place = Place(tmp_path, dag("a", tasks={"a": own}), params={"host": "there"})
    task = place.workplace.task("a")
    address = place.workplace.address
    assert (
        address(task, "http://{{ env.HOST }}/{{ secrets.TOKEN }}") == "http://there/-"
    )
    assert address(task, "http://here/") == "http://here/"
    assert address(task, "http://{{ nobody }}/") == ""


def test_a_request_knows_whether_its_output_is_checked(tmp_path: Path) -> None:
    spec = dag("a b", tasks={"a": {"output_schema": {}}})
    place = Place(tmp_path, spec)
    needs = [
        place.workplace.request(place.workplace.task(name), 1, 0).needs_output
        for name in "ab"
    ]
    assert needs == [True, False]
