"""Attempts of one run, rendered: what they see, and what they do not."""

import stat
from pathlib import Path

import msgspec
import pytest

from attempt_place import ENVIRON, SECRETS, START_BY_MS, Place
from leo_engine.errors import LaunchError
from leo_engine.scheduler.private_file import write_private
from leo_engine.scheduler.rendering import rendered
from leo_engine.spec.model import (
    Action,
    Approval,
    Argv,
    HttpCall,
    PythonCall,
    Shell,
    SubDag,
)
from leo_engine.state.event import (
    RunCancelRequested,
)
from leo_engine.state.outcome import Failed, Outcome, Succeeded
from leo_engine.testing.builders import dag, with_fields


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


def test_an_environment_that_is_shown_holds_no_secret_and_is_that_of_the_attempt(
    tmp_path: Path,
) -> None:
    fields = {"secrets": SECRETS, "env": (("URL", "http://u:s3cr3t@h"),)}
    done: dict[str, Outcome] = {
        "a": Succeeded(output={"rows": 3}),
        "b": Succeeded(output={"left": 1}),
    }
    place = Place(tmp_path, dag("a>b", tasks={"b": fields}), done)
    task = place.workplace.task("b")
    shown = place.workplace.environment(task, 1)
    assert "s3cr3t" not in str(shown)
    assert (shown["TOKEN"], shown["URL"]) == ("***", "http://u:***@h")
    assert "LEO_INPUTS" not in shown
    assert not (tmp_path / "run").exists()
    given = place.env("b")
    assert shown["PWD"] == place.workplace.request(task, 1, START_BY_MS).working_dir
    assert shown.keys() - {"PWD"} | {"LEO_INPUTS"} == given.keys() - {
        "LEO_OUTPUT_B_LEFT"
    }
    assert shown["LEO_OUTPUT_A_ROWS"] == given["LEO_OUTPUT_A_ROWS"] == "3"
    assert place.workplace.environment(task, 1)["LEO_INPUTS"] == given["LEO_INPUTS"]


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


def test_what_matrix_siblings_hand_on_is_a_list_in_their_order(tmp_path: Path) -> None:
    spec = dag(
        "x>z y>z w>z",
        tasks={
            name: {"base": "m", "matrix": (("k", name),)} for name in ("x", "y", "w")
        },
    )
    done: dict[str, Outcome] = {
        "w": Succeeded(output={"k": 3}),
        "y": Succeeded(),
        "x": Succeeded(output={"k": 1}),
    }
    place = Place(tmp_path, spec, done)
    order = [{"k": 1}, {"k": 3}]
    assert place.variables("z")["outputs"] == {"x": order[0], "w": order[1], "m": order}
    inputs = msgspec.json.decode(Path(place.env("z")["LEO_INPUTS"]).read_bytes())
    assert inputs["outputs"]["m"] == order


def test_a_hook_is_handed_what_all_tasks_have_handed_on(tmp_path: Path) -> None:
    spec = dag("a hook", tasks={"hook": {"is_hook": True}})
    place = Place(tmp_path, spec, {"a": Succeeded(output={"n": 1})})
    inputs = msgspec.json.decode(Path(place.env("hook")["LEO_INPUTS"]).read_bytes())
    assert inputs["outputs"] == {"a": {"n": 1}}


def test_a_call_is_told_where_its_venv_is_and_what_it_is_called_with(
    tmp_path: Path,
) -> None:
    call = PythonCall("m:f", RAW, "{{ day }}/v")
    place = Place(tmp_path, dag("a>b", tasks={"b": {"action": call}}), {}, {"day": "1"})
    request = place.workplace.request(place.workplace.task("b"), 1, START_BY_MS)
    assert isinstance(request.action, PythonCall)
    assert request.action.venv == str(tmp_path / "1" / "v")
    assert request.call_path == str(tmp_path / "run" / "b" / "1.call.json")
    told = msgspec.json.decode(Path(request.call_path).read_bytes())
    assert told["arguments"] == {"day": "1"}
    assert told["upstream"] == ["a"]


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
